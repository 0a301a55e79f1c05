import { describe, expect, it } from '@jest/globals';
import type { ChainView } from '../src/chain/ChainView.ts';
import type { Deployment, Finding } from '../src/conditions/condition.ts';
import { conditions } from '../src/conditions/index.ts';
import { Patience } from '../src/conditions/Patience.ts';
import { answered, unseen, type Watched } from '../src/polling/watched.ts';
import { walletsIn } from '../src/wallets.ts';
import { at, deployment, nowMs, poolA, poolB, silent, statusOf, working } from './fixtures.ts';

const findingsOf = (given: Deployment) => conditions.flatMap(condition => condition(given));
/** Returns `check subject severity` of every failing finding. */
const wrong = (given: Deployment) =>
  findingsOf(given).flatMap(each => (each.failing ? [`${each.check} ${each.subject} ${each.severity}`] : []));
const checkpoint = (over = {}) => working('checkpoint', statusOf('checkpoint', over));
const invariant = (over = {}) =>
  working('invariant', statusOf('invariant', { details: { checked: 99, waiting: 1 }, ...over }));
const keeper = (over = {}) =>
  working('keeper', statusOf('keeper', { chain: { id: 143, name: 'monad' }, ...over }));
const dueIn = (seconds: number) => ({
  pools: [
    {
      address: poolA,
      name: 'Vault A',
      consecutiveErrors: 0,
      next: { what: 'commit round 3', at: at(seconds) },
    },
  ],
});
/** Returns a bot whose list of pools has changed. @param startedAt the start of the process that has the new list */
const withPools = (bot: Watched, minutesAgo: number, addresses: string[], startedAt = at(-86_400)) =>
  answered(bot, {
    status: statusOf(bot.target.name, {
      pools: addresses.map(address => ({ address, name: 'P' })),
      details: { checked: 99, waiting: 1 },
      startedAt,
      time: at(-60 * minutesAgo),
    }),
    atMs: nowMs - minutesAgo * 60_000,
    tookMs: 4,
  });
const hour = 3_600;
const standingBy = { standingBy: { heldBy: { host: 'host-2', pid: 7, since: at(-hour) } }, healthy: true };
const wallet = {
  address: `0x${'12'.repeat(20)}`,
  currency: 'ETH',
  balanceWei: '1000000000000000000',
  actionsLeft: 40,
  functions: [],
};
/** Returns a deployment whose wallet lasts this many days at its rate. */
const lasting = (days: number): Partial<Deployment> => ({
  wallets: walletsIn(
    [checkpoint({ wallet })],
    [],
    new Map([[`${wallet.address}@1`, { days, actionCost: undefined }]]),
  ),
});
const open = (check: string) => ({
  key: `k:${check}`,
  check,
  severity: 'critical',
  title: check,
  message: 'm',
  since: at(-60),
  lastSent: at(-50),
});

describe('the conditions', () => {
  it('find nothing wrong with a deployment that works', () => {
    const given = deployment([checkpoint(), invariant(), keeper()]);
    expect(wrong(given)).toEqual([]);
    // Each condition was examined, so an earlier alert would be resolved.
    expect(new Set(findingsOf(given).map(({ check }) => check)).size).toBeGreaterThanOrEqual(10);
  });

  const cases: [string, Watched[], string[], Partial<Deployment>?][] = [
    ['one lost answer is none', [silent(checkpoint(), 1, 5)], []],
    [
      'a silent checkpoint bot is critical',
      [silent(checkpoint(), 2, 15)],
      ['bot-unreachable checkpoint critical'],
    ],
    ['a silent invariant bot is an error', [silent(invariant(), 2, 15)], ['bot-unreachable invariant error']],
    [
      '… and critical after a quarter of an hour',
      [silent(invariant(), 90, 901)],
      ['bot-unreachable invariant critical'],
    ],
    [
      'a silent keeper an hour before its anchor is critical',
      [silent(keeper(dueIn(1800)), 2, 15)],
      ['bot-unreachable keeper critical'],
    ],
    [
      '… also when the anchor has passed',
      [silent(keeper(dueIn(-60)), 2, 15)],
      ['bot-unreachable keeper critical'],
    ],
    [
      '… an error on the day of its anchor',
      [silent(keeper(dueIn(5 * hour)), 2, 15)],
      ['bot-unreachable keeper error'],
    ],
    [
      '… a warning days before',
      [silent(keeper(dueIn(72 * hour)), 2, 15)],
      ['bot-unreachable keeper warning'],
    ],
    [
      '… critical where nothing is known of it',
      [silent(keeper(), 2, 15)],
      ['bot-unreachable keeper critical'],
    ],
    [
      '… critical while a draw waits for its block',
      [
        silent(
          keeper({
            pools: [
              { address: poolA, name: 'A', consecutiveErrors: 0, next: { what: 'settle', at: 'block 77' } },
            ],
          }),
          2,
          15,
        ),
      ],
      ['bot-unreachable keeper critical'],
    ],
    [
      'a silent copy is a warning while another one works',
      [
        checkpoint(),
        silent(working('checkpoint', statusOf('checkpoint', standingBy), 'checkpoint-2'), 2, 15),
      ],
      ['bot-unreachable checkpoint-2 warning'],
    ],
    [
      'the active copy is silent and the other one stands by: nobody works',
      [
        silent(checkpoint(), 2, 15),
        working('checkpoint', statusOf('checkpoint', standingBy), 'checkpoint-2'),
      ],
      ['bot-unreachable checkpoint critical', 'no-active-copy checkpoint critical'],
    ],
    [
      'a bot that has never answered has a minute to start',
      [
        silent(
          unseen({ id: 'checkpoint', name: 'checkpoint', url: 'http://c/status' }, nowMs - 30_000),
          3,
          30,
        ),
      ],
      [],
    ],
    [
      '… and no more',
      [
        silent(
          unseen({ id: 'checkpoint', name: 'checkpoint', url: 'http://c/status' }, nowMs - 61_000),
          6,
          61,
        ),
      ],
      ['bot-unreachable checkpoint critical'],
    ],
    ['not healthy', [checkpoint({ healthy: false })], ['bot-unhealthy checkpoint critical']],
    [
      'not healthy yet, just started',
      [checkpoint({ healthy: false, startedAt: at(-20), rounds: { completed: 0, failed: 0 } })],
      [],
    ],
    [
      'late for its round',
      [
        invariant({
          rounds: { completed: 3, failed: 0, last: { at: at(-200), durationMs: 1 }, lateAfter: at(-20) },
        }),
      ],
      ['round-late invariant error'],
    ],
    [
      'late for its round, and unhealthy for that reason: one alert',
      [
        checkpoint({
          healthy: false,
          rounds: { completed: 3, failed: 0, last: { at: at(-200), durationMs: 1 }, lateAfter: at(-20) },
        }),
      ],
      ['round-late checkpoint critical'],
    ],
    [
      'late by a clock that is ahead',
      [
        checkpoint({
          time: at(7_200),
          rounds: { completed: 3, failed: 0, last: { at: at(7_100), durationMs: 1 }, lateAfter: at(7_300) },
        }),
      ],
      ['bot-clock checkpoint warning'],
    ],
    [
      'started four times in ten minutes',
      [{ ...checkpoint(), startsMs: [-500, -300, -100, -5].map(s => nowMs + s * 1000) }],
      ['bot-restarting checkpoint error'],
    ],
    [
      'started three times in ten minutes',
      [{ ...checkpoint(), startsMs: [-300, -100, -5].map(s => nowMs + s * 1000) }],
      [],
    ],
    [
      'started four times in eleven minutes',
      [{ ...checkpoint(), startsMs: [-660, -300, -100, -5].map(s => nowMs + s * 1000) }],
      [],
    ],
    ['another version', [checkpoint({ version: '0.0.9' })], ['bot-version checkpoint warning']],
    [
      'another version nine minutes after the wanted one has changed',
      [checkpoint({ version: '0.0.9' })],
      [],
      { wantedSinceMs: nowMs - 9 * 60_000 },
    ],
    [
      'another version ten minutes after the wanted one has changed',
      [checkpoint({ version: '0.0.9' })],
      ['bot-version checkpoint warning'],
      { wantedSinceMs: nowMs - 10 * 60_000 },
    ],
    [
      'another chain than it was first seen on',
      [{ ...checkpoint({ chain: { id: 10, name: 'chain-10' } }), firstChainId: 1 }],
      ['bot-chain checkpoint error'],
    ],
    [
      'another chain than the operator gave',
      [checkpoint()],
      ['bot-chain checkpoint error'],
      { chainIds: new Map([['checkpoint', 8453]]) },
    ],
    [
      'the given chain, whatever was first seen',
      [{ ...checkpoint(), firstChainId: 5 }],
      [],
      { chainIds: new Map([['checkpoint', 1]]) },
    ],
    ['a clock six seconds behind', [checkpoint({ time: at(-6) })], ['bot-clock checkpoint warning']],
    ['a keeper with a clock six seconds ahead', [keeper({ time: at(6) })], ['bot-clock keeper error']],
    ['a clock four seconds ahead', [checkpoint({ time: at(4) })], []],
    ['a status without a time says nothing of its clock', [checkpoint({ time: undefined })], []],
    [
      'another block at the same height',
      [checkpoint(), invariant({ head: { number: 100, hash: '0xbb', time: at(-12) } })],
      ['bot-heads checkpoint error', 'bot-heads invariant error'],
    ],
    [
      'a head five minutes older than the other bot’s',
      [checkpoint({ head: { number: 70, hash: '0xcc', time: at(-312) } }), invariant()],
      ['bot-heads checkpoint error'],
    ],
    [
      'an old look at a head that was fresh then',
      [
        checkpoint({
          head: { number: 85, hash: '0xcc', time: at(-190) },
          rounds: { completed: 3, failed: 0, last: { at: at(-180), durationMs: 1 }, lateAfter: at(300) },
        }),
        invariant(),
      ],
      [],
    ],
    [
      'a checked block too far behind',
      [invariant({ details: { checked: 10, waiting: 90 } })],
      ['checks-behind invariant error'],
    ],
    [
      'two bots with one wallet',
      [checkpoint({ wallet }), invariant({ wallet })],
      [`wallet-shared ${wallet.address}@1 error`],
    ],
    ['one wallet on two chains', [checkpoint({ wallet }), keeper({ wallet })], []],
    [
      'one wallet, and one of the two only rehearses',
      [checkpoint({ wallet }), invariant({ wallet, dryRun: true })],
      [],
    ],
    [
      'a pool that only one kind of bot watches',
      [checkpoint(), invariant({ pools: [poolA, poolB].map(address => ({ address, name: 'P' })) })],
      ['pool-unwatched checkpoint error'],
    ],
    [
      'a pool that one bot has discovered fourteen minutes before the other',
      [checkpoint(), withPools(invariant(), 14, [poolA, poolB])],
      [],
    ],
    [
      'a pool that one bot has discovered fifteen minutes before the other',
      [checkpoint(), withPools(invariant(), 15, [poolA, poolB])],
      ['pool-unwatched checkpoint error'],
    ],
    [
      'a pool that one bot has dropped a minute before the other',
      [withPools(checkpoint(), 1, []), invariant()],
      [],
    ],
    [
      'a pool that one bot has dropped by a restart',
      [withPools(checkpoint(), 1, [], at(-60)), invariant()],
      ['pool-unwatched checkpoint error'],
    ],
    [
      'a pool in another spelling is the same',
      [checkpoint(), invariant({ pools: [{ address: poolA.toUpperCase().replace('0X', '0x'), name: 'P' }] })],
      [],
    ],
    [
      'two bots of one kind with the same pools',
      [
        checkpoint({ wallet }),
        working(
          'checkpoint-b',
          statusOf('checkpoint', { wallet: { ...wallet, address: `0x${'34'.repeat(20)}` } }),
        ),
      ],
      ['pool-watched-twice checkpoint warning'],
    ],
    [
      'a wallet that is empty tomorrow',
      [checkpoint({ wallet })],
      ['wallet-runway checkpoint warning'],
      lasting(1.5),
    ],
    ['… or today', [checkpoint({ wallet })], ['wallet-runway checkpoint error'], lasting(0.4)],
    ['… or next month', [checkpoint({ wallet })], [], lasting(30)],
    [
      'a wallet that pays for four actions',
      [checkpoint({ wallet: { ...wallet, actionsLeft: 4 } })],
      ['wallet-runway checkpoint warning'],
    ],
    [
      'a wallet with more actions than there are numbers',
      [checkpoint({ wallet: { ...wallet, actionsLeft: 1e300, balanceWei: '9'.repeat(70) } })],
      [],
    ],
    [
      '… or for none',
      [checkpoint({ wallet: { ...wallet, actionsLeft: 0 } })],
      ['wallet-runway checkpoint error'],
    ],
  ];
  it.each(cases)('%s', (_, watched, expected, ...[over]) => {
    expect(wrong(deployment(watched, over)).sort()).toEqual([...expected].sort());
  });

  it('look at nothing that a bot would have to answer for, while it does not answer', () => {
    const checks = findingsOf(deployment([silent(checkpoint({ healthy: false, version: '9' }), 5, 50)]));
    expect(checks.map(({ check }) => check)).toEqual(['bot-unreachable', 'bot-restarting']);
  });

  it('state where, since when, what it means and what to do first', () => {
    const [finding] = findingsOf(deployment([silent(checkpoint(), 3, 25)])) as (Finding & {
      message: string;
    })[];
    expect(finding?.message).toMatch(
      /^checkpoint gives no valid answer at checkpoint:8080 since 2026-11-30 11:59:35 UTC \(25 s, 3 looks\): no complete answer within 5 s\. It last answered at .* UTC\. No checkpoint is minted by it: .* First read its log; then restart it\.$/,
    );
  });
});

describe('the conditions of the chain', () => {
  const now = nowMs / 1000;
  const view = (over: Partial<ChainView> = {}): ChainView => ({
    chainId: 143,
    name: 'monad',
    block: 1_000,
    blockTime: now,
    readAtMs: nowMs,
    listed: undefined,
    left: [],
    added: [],
    hyperdrive: [],
    prize: [],
    lookedAt: [],
    feeWei: 1n,
    wallets: [],
    ...over,
  });
  const settle = (targetBlock: number): Partial<ChainView> => ({
    prize: [{ address: poolA, due: 'settle', round: 3, targetBlock }],
  });
  const commit = (sinceSeconds: number): Partial<ChainView> => ({
    prize: [{ address: poolA, due: 'commit', round: 4, eligibleAt: now - sinceSeconds }],
  });
  const unminted = (ago: number): Partial<ChainView> => ({
    hyperdrive: [{ address: poolA, name: 'Pool A', checkpointDuration: 86_400, unminted: [now - ago] }],
  });
  const raisedBy = (check: string) => ({
    ...dueIn(-300),
    openAlerts: [{ ...open(check), pool: poolA }],
  });
  const anchored: Partial<Deployment> = {
    // The anchor is on Mondays at 12:10, ten minutes from now.
    anchors: new Map([[poolA, { weekday: 1, hour: 12, minute: 10 }]]),
  };
  const wallets = (balanceWei: bigint) => [{ address: wallet.address, balanceWei, nonce: 3 }];
  const cases: [string, Partial<ChainView>, Watched[], string[], Partial<Deployment>?][] = [
    ["a commit whose anchor is to come, by the operator's own schedule", commit(900), [], [], anchored],
    [
      '… and that its keeper says is due tomorrow',
      commit(900),
      [keeper(dueIn(86_400))],
      ['round-due monad critical'],
    ],
    [
      "a commit that is off the operator's schedule",
      { prize: [{ address: poolA, due: 'commit', round: 4, eligibleAt: now - 10_000 }] },
      [],
      ['round-due monad critical'],
      anchored,
    ],
    [
      'a wallet that is empty on chain, whatever its bot says',
      { chainId: 1, wallets: wallets(0n) },
      [checkpoint({ wallet })],
      ['wallet-runway checkpoint error'],
    ],
    [
      '… also while the bot is silent',
      { chainId: 1, wallets: wallets(0n) },
      [silent(checkpoint({ wallet }), 1, 5)],
      ['wallet-runway checkpoint error'],
    ],
    [
      'a wallet that has half of what its bot said',
      { chainId: 1, wallets: wallets(5n * 10n ** 17n) },
      [checkpoint({ wallet: { ...wallet, balanceWei: '1000000000000000000', actionsLeft: 9 } })],
      ['wallet-runway checkpoint warning'],
    ],
    [
      'a live pool that no keeper drives, and a driven one that is not live',
      {},
      [keeper({ ...dueIn(9_000), chain: { id: 143, name: 'monad' } })],
      ['pool-retired keeper warning', 'pool-unwatched manifest:keeper error'],
      { live: { pools: [poolB], changesMs: new Map(), problem: undefined } },
    ],
    [
      'a list of live pools that cannot be read is compared as it was',
      {},
      [keeper(dueIn(9_000))],
      ['manifest-unread manifest warning'],
      { live: { pools: [poolA], changesMs: new Map(), problem: 'HTTP 500' } },
    ],
    [
      'a live pool that the list has had for a minute',
      {},
      [keeper(dueIn(9_000))],
      [],
      { live: { pools: [poolA, poolB], changesMs: new Map([[poolB, nowMs - 60_000]]), problem: undefined } },
    ],
    ['a draw that has just become possible', settle(990), [], []],
    ['a draw with 155 blocks left', settle(900), [], ['round-due monad critical']],
    [
      'a draw that is lost',
      { prize: [{ address: poolA, due: 'lost', round: 3 }] },
      [],
      ['round-due monad error'],
    ],
    ['a commit before its anchor', commit(299), [], []],
    ['a commit a minute after its anchor', commit(361), [], ['round-due monad critical']],
    ['a commit that its keeper holds for an anchor within the hour', commit(900), [keeper(dueIn(600))], []],
    ['… and that the keeper has let pass', commit(900), [keeper(dueIn(-61))], ['round-due monad critical']],
    [
      '… and that it announces for tomorrow',
      commit(900),
      [keeper(dueIn(86_400))],
      ['round-due monad critical'],
    ],
    [
      'a keeper that is silent announces nothing',
      commit(900),
      [silent(keeper(dueIn(600)), 1, 5)],
      ['round-due monad critical'],
    ],
    ['a checkpoint that is half its duration old', unminted(43_200), [], []],
    [
      'a checkpoint that is three quarters of it old',
      unminted(64_801),
      [],
      ['checkpoint-overdue monad error'],
    ],
    ['a checkpoint of three days ago', unminted(260_000), [], ['checkpoint-overdue monad critical']],
    ['nothing due', { prize: [{ address: poolA, due: 'none' }] }, [], []],
    [
      'a pool of the registry that no bot watches',
      { chainId: 1, listed: [poolA, poolB] },
      [checkpoint()],
      ['pool-unwatched registry@1:checkpoint error'],
    ],
    [
      'a pool that the registry lists for a minute',
      { chainId: 1, listed: [poolA, poolB], added: [{ address: poolB, sinceMs: nowMs - 60_000 }] },
      [checkpoint()],
      [],
    ],
    [
      'a registry that lists what is watched',
      { chainId: 1, listed: [poolA] },
      [checkpoint(), invariant()],
      [],
    ],
  ];
  it.each(cases)('%s', (_, over, watched, expected, ...[more]) => {
    expect(wrong(deployment(watched, { chains: [view(over)], ...more })).sort()).toEqual(expected);
  });

  it.each([
    ['overdue', true],
    ['low-balance', false],
  ])("leave a late commit to the keeper's own alert: %s", (check, isLeft) => {
    const given = deployment([keeper(raisedBy(check))], { chains: [view(commit(500))] });
    const found = findingsOf(given).find(({ check: each }) => each === 'round-due');
    expect(found?.failing && found.raisedByBot !== undefined).toBe(isLeft);
  });

  it('report an endpoint that cannot be read, and that it can be again', () => {
    const chainProblems = new Map([
      ['chain 1', 'no endpoint answers'],
      ['endpoint a', undefined],
    ]);
    const found = findingsOf(deployment([], { chainProblems }));
    expect(found.map(({ subject, failing }) => [subject, failing])).toEqual([
      ['chain 1', true],
      ['endpoint a', false],
    ]);
  });
});

describe('Patience', () => {
  const finding = (patienceMs: number, raisedByBot = false): Finding => ({
    check: 'bot-version',
    subject: 'keeper',
    failing: true,
    severity: 'warning',
    message: 'm',
    patienceMs,
    ...(raisedByBot
      ? { raisedByBot: statusOf('keeper', { openAlerts: [open('clock-skew')] }).openAlerts[0] }
      : {}),
  });
  const gone: Finding = { check: 'bot-version', subject: 'keeper', failing: false };

  it('raises a finding once it has held for its time, and resolves it at once', () => {
    const patience = new Patience();
    expect(patience.observations([finding(60_000)], 0)).toEqual([]);
    expect(patience.observations([finding(60_000)], 59_999)).toEqual([]);
    expect(patience.observations([finding(60_000)], 60_000)).toMatchObject([{ failing: true }]);
    expect(patience.observations([gone], 60_001)).toMatchObject([{ failing: false }]);
    expect(patience.observations([finding(60_000)], 60_002)).toEqual([]);
  });

  it('leaves to a bot what the bot has raised, and raises it when the bot does not', () => {
    const patience = new Patience();
    expect(patience.observations([finding(0, true)], 0)).toEqual([]);
    expect(patience.observations([finding(0)], 1)).toMatchObject([{ failing: true }]);
    // The bot was later. The finding stays raised here, since people would otherwise read that the problem is
    // over.
    expect(patience.observations([finding(0, true)], 2)).toMatchObject([{ failing: true }]);
  });

  it('waits no longer when the clock is set back', () => {
    const patience = new Patience();
    patience.observations([finding(60_000)], 1_000_000);
    patience.observations([finding(60_000)], 500_000);
    expect(patience.observations([finding(60_000)], 560_000)).toMatchObject([{ failing: true }]);
  });

  it.each([
    ['sent, by a channel that works', { openAlerts: [open('chain-standstill')] }, true],
    ['not sent yet', { openAlerts: [{ ...open('chain-standstill'), lastSent: undefined }] }, false],
    [
      'sent, but every channel fails',
      {
        openAlerts: [open('chain-standstill')],
        channels: [{ name: 'slack', failing: { since: at(-9), reason: 'HTTP 500' } }],
      },
      false,
    ],
    ['sent, but there is no channel', { openAlerts: [open('chain-standstill')], channels: [] }, false],
    ['another alert', { openAlerts: [open('low-balance')] }, false],
  ])("an unhealthy bot's own alert counts when it was %s", (_, over, counts) => {
    const given = deployment([checkpoint({ healthy: false, ...over })]);
    const found = findingsOf(given).find(({ check }) => check === 'bot-unhealthy');
    expect(found?.failing && found.raisedByBot !== undefined).toBe(counts);
  });
});
