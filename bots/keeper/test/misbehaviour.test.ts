import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type DevnetPrizePool,
  type MisbehavesWhen,
  type MisbehavingPool,
  type Misbehaviour,
  misbehavingPool,
  openAlertsOf,
  type PoolCall,
  prizePoolInterfaces,
  raised,
  resolved,
  until,
} from '@service-bots/devnet';
import {
  dueAt,
  envOf,
  eventsOf,
  hour,
  minute,
  openScene,
  openVault,
  type Scene,
  transactionsOf,
  week,
} from './scene.ts';
import { alertLines, looks, over, statusOf, watching } from './watch.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene([]);
});
afterEach(() => scene.killKeepers());
afterAll(() => scene.close());

type Rule = [call: PoolCall, misbehaviour: Misbehaviour, when?: MisbehavesWhen];

/** A pool without an anchor, whose first round has tickets and is due in two hours. */
async function oddPool(
  ...rules: Rule[]
): Promise<{ pool: DevnetPrizePool; odd: MisbehavingPool; due: number }> {
  const due = (await scene.now()) + 2 * hour;
  const pool = await scene.addPool(dueAt(due));
  await pool.buyTickets();
  const odd = await misbehavingPool(scene.anvil, pool);
  for (const rule of rules) await odd.rule(...rule);
  return { pool, odd, due };
}

async function start(pools: readonly DevnetPrizePool[], env: Record<string, string> = {}) {
  const wallet = await scene.wallet();
  const keeper = await scene.startKeeper({
    POOL_ADDRESSES_V2: pools.map(({ address }) => address).join(','),
    PRIVATE_KEY: wallet.privateKey,
    ...env,
  });
  await watching(keeper);
  /** The keeper's transactions of one kind. */
  const sent = async (name: 'commit' | 'settle') => {
    const { selector } = prizePoolInterfaces.pool.getFunction(name) as { selector: string };
    return (await transactionsOf(scene.anvil, wallet.address)).filter(({ data }) =>
      data.startsWith(selector),
    );
  };
  return { keeper, sent };
}

/** Waits until the pool has left an event of this name for the round; @returns its block and time. */
const eventOf = (pool: DevnetPrizePool, name: string, round: number) =>
  until(`${name} of round ${round}`, async () => {
    const found = (await eventsOf(scene.anvil, pool, name)).find(event => event.round === round);
    return found && { block: found.block, timestamp: found.timestamp };
  });

const news = (keeper: BotProcess, check: string) => keeper.lines.filter(line => line.check === check);
const byHand = (pool: DevnetPrizePool, name: string, round: number) =>
  `cast send ${pool.address} "${name}(uint256)" ${round} --rpc-url "$RPC_URL" --interactive`;

/** Returns every text in a log line. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

const nasty = 'no\0 \u001b[31m\u009b \u202eyad\u2028\nforged';
const cleaned = 'no\\u0000 \\u001b[31m\\u009b \\u202eyad\\u2028\\nforged';

describe('a commit that is refused from its anchor until four minutes later', () => {
  it('is critical while most of the lead is left, and is committed within it as soon as the contract lets', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    const odd = await misbehavingPool(scene.anvil, pool);
    await odd.rule('commit', { revertsWithText: nasty }, { untilTime: anchor + 260 });
    await scene.moveTo(anchor - 2 * minute);
    const { keeper } = await start([pool], envOf([vault]));

    // Before the anchor the commit is simulated as if the anchor had come.
    const early = await raised(keeper, 'quarantined', 'error');
    expect(early.message).toContain('is likely to be refused at its anchor');
    await scene.moveTo(anchor + 1);
    await until('the commit is refused', async () =>
      (await openAlertsOf(keeper, 'quarantined'))[0]?.message.includes('try'),
    );
    await scene.moveTo(anchor + 20);
    const alert = await raised(keeper, 'quarantined', 'critical');
    expect(alert.message).toContain(`would revert: ${cleaned} (`);
    expect(alert.message).toContain(new Date((anchor + 300) * 1000).toISOString().slice(0, 19));
    expect(alert.message).toContain(byHand(pool, 'commit', 1));
    await scene.moveTo(anchor + 250);
    expect((await raised(keeper, 'overdue', 'critical')).message).toContain(byHand(pool, 'commit', 1));

    expect(await over(pool, 1)).toBe('Settled');
    const { timestamp } = await eventOf(pool, 'RoundCommitted', 1);
    expect(timestamp - (anchor + 260)).toBeGreaterThanOrEqual(0);
    expect(timestamp - (anchor + 260)).toBeLessThan(7);
    await resolved(keeper, 'quarantined');
  });
});

describe('a draw that is refused for a part of its window', () => {
  it('is critical within seconds, with the blocks that are left, and is made as soon as the contract lets', async () => {
    const { pool, odd, due } = await oddPool(['settle', { revertsWithText: nasty }]);
    const { keeper } = await start([pool]);
    await scene.moveTo(due);
    const alert = await raised(keeper, 'quarantined', 'critical');
    expect(alert.message).toContain(`would revert: ${cleaned} (`);
    expect(alert.message).toMatch(
      /the draw is lost, and the round has no winner, after block \d+, \d+ blocks from now/,
    );
    expect(alert.message).toContain(byHand(pool, 'settle', 1));
    await odd.rule('settle', 'honest');
    const { number } = await scene.anvil.time.latest();
    expect(await over(pool, 1)).toBe('Settled');
    expect((await eventOf(pool, 'RoundSettled', 1)).block - number).toBeLessThan(12);
    await resolved(keeper, 'quarantined');
  });
});

describe('a settle that succeeds with its event and changes nothing', () => {
  it('is paid for three times at the most within its window, is critical and no news', async () => {
    const zero = `0x${'00'.repeat(20)}`;
    const { pool, odd, due } = await oddPool([
      'settle',
      { emits: 'RoundSettled', args: [1, zero, 0, 0, 0, 0, 0, 0] },
    ]);
    const { keeper, sent } = await start([pool]);
    await scene.moveTo(due);
    const alert = await raised(keeper, 'quarantined', 'critical');
    expect(alert.message).toContain('succeeded, and changed nothing: round 1 is still committed');
    await until('three are paid for', async () => (await sent('settle')).length >= 3);
    await looks(keeper, 4);
    expect(await sent('settle')).toHaveLength(3);
    expect(news(keeper, 'round-settled')).toEqual([]);

    await odd.rule('settle', 'honest');
    await scene.moveTo((await scene.now()) + 2 * minute);
    expect(await over(pool, 1)).toBe('Settled');
    await resolved(keeper, 'quarantined');
    expect(news(keeper, 'round-settled')).toHaveLength(1);
  });
});

describe('a commit outside of a deadline that costs gas and does nothing', () => {
  it.each<[string, Rule, string]>([
    [
      'succeeds with its event and changes nothing',
      ['commit', { emits: 'RoundCommitted', args: [1, 99] }],
      'succeeded, and changed nothing: round 1 is still open',
    ],
    [
      'succeeds without an event and changes nothing',
      ['commit', { returnsData: '0x' }],
      'succeeded, and changed nothing: round 1 is still open',
    ],
    [
      'reverts in its block, after it succeeded when simulated',
      ['commit', { revertsWithError: 'BadState' }, { minedOnly: true }],
      'and reverted (0x',
    ],
  ])(
    '%s: is tried once a minute and more rarely, is critical from the second time on, and is no news',
    async (_, rule, says) => {
      const { pool, odd, due } = await oddPool(rule);
      const { keeper, sent } = await start([pool]);
      await scene.moveTo(due);
      const alert = await raised(keeper, 'quarantined', 'error');
      expect(alert.message).toContain(says);
      expect(alert.message).toContain('1 transaction paid for');
      await looks(keeper, 3);
      expect(await sent('commit')).toHaveLength(1);
      await scene.moveTo((await scene.now()) + 61);
      expect((await raised(keeper, 'quarantined', 'critical')).message).toContain('2 transactions paid for');
      await looks(keeper, 3);
      expect(await sent('commit')).toHaveLength(2);
      expect(news(keeper, 'round-committed')).toEqual([]);

      await odd.rule('commit', 'honest');
      await scene.moveTo((await scene.now()) + 121);
      expect(await over(pool, 1)).toBe('Settled');
      await resolved(keeper, 'quarantined');
    },
  );
});

describe('a pool whose views misbehave', () => {
  const huge = 2n ** 256n - 1n;
  const views: Rule[] = [
    [['getCommitAfterTime', 1], { revertsWithText: nasty }],
    ['getCommitAfterTime', 'burns'],
    ['getCommitAfterTime', { returns: [2n ** 64n - 1n] }],
    ['nextExecutable', { revertsWithText: nasty }],
    ['nextExecutable', { returns: [1, 9] }],
    ['nextExecutable', { returnsData: '0x1234' }],
    ['currentRoundId', { revertsWithData: '0xdeadbeef' }],
    [['getRoundInfo', 2], { returnsData: '0x' }],
    ['getRoundInfo', { revertsWithText: nasty }],
    ['getRoundInfo', { returns: [77, 1, 1, 1, 1, 1, 1, 1, 1, `0x${'00'.repeat(20)}`, 0, false] }],
    ['paused', { revertsWithText: nasty }],
  ];

  it('is driven all the same, one view at a time, and unreadable views are raised in characters that are safe to show', async () => {
    const due = (await scene.now()) + 2 * hour;
    const pools = await scene.prizePools.addPools(views.map(() => dueAt(due)));
    for (const [i, rule] of views.entries()) {
      const pool = pools[i] as DevnetPrizePool;
      await pool.buyTickets();
      await (await misbehavingPool(scene.anvil, pool)).rule(...rule);
    }
    await scene.moveTo(due);
    const { keeper } = await start(pools);
    for (const pool of pools) await eventOf(pool, 'RoundSettled', 1);

    const unread = await openAlertsOf(keeper, 'view-unread');
    expect(unread.map(({ pool }) => pool)).toContain(pools[0]?.address);
    const texts = keeper.lines.flatMap(line => stringsIn(line));
    expect(texts.join('\n')).toContain(cleaned);
    expect(texts.filter(text => /[^\P{Cc}\n]|\p{Cf}/u.test(text))).toEqual([]);
    expect((await openAlertsOf(keeper, 'draw-lost')).length).toBe(0);
  });

  it('names a round that does not exist, with a number without bounds: the real one is committed and settled', async () => {
    const { pool, due } = await oddPool(['currentRoundId', { returns: [huge] }]);
    const jumping = await oddPool(['nextExecutable', { returns: [huge, 1] }]);
    await scene.moveTo(Math.max(due, jumping.due));
    const { keeper } = await start([pool, jumping.pool]);
    for (const each of [pool, jumping.pool]) await eventOf(each, 'RoundCommitted', 1);
    expect((await raised(keeper, 'quarantined', 'error')).message).toContain(`round ${huge}`);
  });
});

describe('a pool that asks for nothing although its commit has been due for minutes', () => {
  it('is overdue by its round’s state and time, and is committed by them in the end', async () => {
    const { pool, due } = await oddPool(['nextExecutable', { returns: [1, 0] }]);
    await scene.moveTo(due + 5 * minute);
    const { keeper } = await start([pool]);
    const alert = await raised(keeper, 'overdue', 'error');
    expect(alert.message).toContain('its contract asks for nothing (nextExecutable() says None)');
    expect(alert.message).toContain(byHand(pool, 'commit', 1));
    expect((await pool.roundInfo(1)).state).toBe('Open');
    await looks(keeper, 2);
    await scene.moveTo((await scene.now()) + 31);
    await eventOf(pool, 'RoundCommitted', 1);
    await eventOf(pool, 'RoundSettled', 1);
  });
});

describe('an old round that can never be settled', () => {
  it('holds up neither the next commit nor its draw, and is named', async () => {
    const { pool, due } = await oddPool([['settle', 1], { revertsWithError: 'NoBlockhash' }]);
    await scene.moveTo(due);
    await pool.commit(1);
    await pool.buyTickets();
    await pool.mineToTarget(1, 300);
    await scene.moveTo(due + week);
    const { keeper } = await start([pool]);
    await eventOf(pool, 'RoundCommitted', 2);
    await eventOf(pool, 'RoundSettled', 2);
    const alert = await raised(keeper, 'quarantined', 'error');
    expect(alert.message).toContain('settle round 1 of');
    expect(alert.message).toContain('would revert: NoBlockhash()');
    expect((await raised(keeper, 'draw-lost', 'info')).message).toContain('round 1 of');
    expect((await pool.nextExecutable()).rid).toBe(1);
    expect(alertLines(keeper, 'quarantined')).toEqual(['error']);
    expect((await statusOf(keeper)).openAlerts.filter(({ check }) => check === 'pool-failing')).toEqual([]);
  });
});
