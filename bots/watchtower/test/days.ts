import { overviewOf } from '../src/overview/overview.ts';
import { eventSchema, type Overview } from '../src/overview/schema.ts';
import { withTrends } from '../src/overview/trends.ts';
import { answered, unanswered, unseen, type Watched } from '../src/polling/watched.ts';
import { walletsIn } from '../src/wallets.ts';
import { poolA, poolB, statusOf } from './fixtures.ts';

export { poolA } from './fixtures.ts';

const iso = (secondsFromNow: number) => new Date(Date.now() + secondsFromNow * 1000).toISOString();
const hour = 3_600;
const day = 86_400;
const endpoint = (host: string, over = {}) => ({
  host,
  state: 'ok',
  breaker: 'closed',
  lag: 0,
  latencyMs: 38,
  trafficShare: 0.92,
  ...over,
});
const wallet = (byte: string, currency: string, functions: string[]) => ({
  address: `0x${byte.repeat(20)}`,
  currency,
  balanceWei: '4381200000000000000',
  actionsLeft: 412,
  functions,
});
const checks = (headroomPart: string) => ({
  checks: {
    solvency: { outcome: 'holds', headroom: '812400.5 shares', headroomPart },
    'total-shares': { outcome: 'holds', headroom: '12.1 shares', headroomPart: '41.2 %' },
  },
});

/** Returns the processes of a deployment, as they answer now. */
function bots(): Watched[] {
  const times = {
    time: iso(0),
    startedAt: iso(-11 * day),
    rounds: { completed: 41_022, failed: 3, last: { at: iso(-8), durationMs: 212 }, lateAfter: iso(300) },
    head: { number: 21_504_117, hash: '0xabcd', time: iso(-9) },
    channels: [
      { name: 'pagerduty', waiting: 0, lastDelivered: iso(-2 * day) },
      { name: 'slack', waiting: 0, lastDelivered: iso(-5 * hour) },
    ],
  };
  const minted = {
    what: 'minted checkpoint 2026-11-30T00:00Z',
    at: iso(-5 * hour),
    hash: `0x${'ef'.repeat(32)}`,
  };
  const statuses = [
    statusOf('checkpoint', {
      ...times,
      wallet: wallet('3c', 'ETH', ['checkpoint(uint256 _checkpointTime, uint256 _maxIterations)']),
      endpoints: [
        endpoint('mainnet.example.com'),
        endpoint('rpc.example.org', { latencyMs: 95, trafficShare: 0.08 }),
      ],
      pools: [
        {
          address: poolA,
          name: 'sUSDe 182 days',
          lastAction: minted,
          next: { what: 'checkpoint 2026-12-01T00:00Z', at: iso(7 * hour) },
        },
        {
          address: poolB,
          name: 'stETH 182 days',
          next: { what: 'checkpoint 2026-12-01T00:00Z', at: iso(7 * hour) },
        },
      ],
    }),
    statusOf('invariant', {
      ...times,
      endpoints: [endpoint('mainnet.example.com')],
      details: { checked: 21_504_117, waiting: 0 },
      pools: [
        { address: poolA, name: 'sUSDe 182 days', details: checks('18.4 %') },
        { address: poolB, name: 'stETH 182 days', details: checks('63.0 %') },
      ],
    }),
    statusOf('keeper', {
      ...times,
      chain: { id: 143, name: 'monad' },
      wallet: wallet('7d', 'MON', ['commit(uint256 rid)', 'settle(uint256 rid)']),
      endpoints: [endpoint('monad.example.com', { latencyMs: 12, trafficShare: 1 })],
      pools: [
        {
          address: `0x${'c1'.repeat(20)}`,
          name: 'Vault A',
          next: { what: 'commit round 31', at: iso(2 * day) },
        },
      ],
    }),
  ];
  return statuses.map(status =>
    answered(
      unseen({ id: status.bot, name: status.bot, url: `http://${status.bot}:8080/status` }, Date.now()),
      {
        status,
        atMs: Date.now(),
        tookMs: 3,
      },
    ),
  );
}

const events = () =>
  [
    {
      at: iso(-5 * hour),
      kind: 'action',
      bot: 'checkpoint',
      pool: poolA,
      text: 'minted checkpoint 2026-11-30T00:00Z · sUSDe 182 days',
    },
    { at: iso(-11 * day), kind: 'start', bot: 'keeper', text: 'started, version 0.1.0' },
  ].map((event, id) => eventSchema.parse({ ...event, id }));

function overview(watched: Watched[], over: Partial<Parameters<typeof overviewOf>[0]> = {}): Overview {
  const made = overviewOf({
    nowMs: Date.now(),
    pollMs: 10_000,
    name: 'mainnet',
    version: '0.1.0',
    startedAtMs: Date.now() - 11 * day * 1000,
    instance: 'this',
    watched,
    chains: {
      views: [
        {
          chainId: 1,
          name: 'mainnet',
          block: 21_504_117,
          blockTime: Date.now() / 1000,
          readAtMs: Date.now() - 4_000,
          listed: undefined,
          added: [],
          left: [],
          hyperdrive: [],
          prize: [],
          lookedAt: [],
          feeWei: 1n,
          wallets: [],
        },
      ],
      problems: new Map(),
    },
    ownAlerts: [],
    here: {
      id: undefined,
      name: 'bots-1',
      addresses: ['bots-1.example.com'],
      uptimeSeconds: 40 * day,
      load: 0.21,
      cores: 2,
      memoryAvailableBytes: 2.1e9,
      memoryTotalBytes: 4e9,
      diskAvailableBytes: 31e9,
      diskTotalBytes: 50e9,
    },
    wallets: walletsIn(
      watched,
      [],
      new Map([[`0x${'3c'.repeat(20)}@1`, { days: 96, actionCost: undefined }]]),
    ),
    holders: new Map([
      ['checkpoint', ['jalextowle', 'jrhea']],
      ['keeper', ['mcclurejt']],
    ]),
    timeline: events(),
    wellSinceMs: Date.now() - 3 * day * 1000,
    ...over,
  });
  const course = Array.from({ length: 60 }, (_, i) => ({ value: 20 + 4 * Math.sin(i / 7) - i / 20 }));
  return { ...made, pools: withTrends(made.pools, () => course) };
}

export function goodDay(): Overview {
  return overview(bots());
}

/** Returns a day on which the checkpoint bot is silent and the keeper has raised two alerts. */
export function badDay(): Overview {
  const [checkpoint, invariant, keeper] = bots() as [Watched, Watched, Watched];
  let silent = checkpoint;
  for (let i = 0; i < 12; i += 1)
    silent = unanswered(silent, 'no complete answer within 5 s', Date.now() - 125_000);
  const keeperAnswer = keeper.answer;
  const alerts = [
    {
      key: 'keeper:low-balance:monad:-:-',
      check: 'low-balance',
      severity: 'warning',
      title: 'the wallet runs low',
      message: 'The wallet holds 0.18 MON and pays for 9 actions; 16 are wanted.',
      since: iso(-3 * hour),
      lastSent: iso(-2 * hour),
      owner: 'on-call',
      runbook: 'https://example.com/runbooks/low-balance',
      decided: { kind: 'ack', by: 'jrhea', why: 'top-up is on its way', at: iso(-hour) },
    },
  ];
  if (keeperAnswer) {
    const status = statusOf('keeper', { ...keeperAnswer.status, openAlerts: alerts });
    return overview([silent, invariant, { ...keeper, answer: { ...keeperAnswer, status } }], {
      ownAlerts: [
        {
          dedupKey: 'watchtower:bot-unreachable:unknown:-:checkpoint',
          severity: 'critical',
          bot: 'watchtower',
          check: 'bot-unreachable',
          chain: 'unknown',
          pool: undefined,
          subject: 'checkpoint',
          title: 'a bot does not answer',
          message:
            'checkpoint gives no valid answer at checkpoint:8080 for 2 min (12 looks): no complete answer within 5 s. No checkpoint is minted by it: matured positions wait. First read its log; then restart it.',
          runbook: 'https://example.com/runbooks/bot-unreachable',
          owner: 'jalextowle, jrhea, mcclurejt',
          version: '0.1.0',
          since: Date.now() - 115_000,
          count: 11,
          lastSentAt: Date.now() - 114_000,
          isFlapping: false,
          decision: undefined,
        },
      ],
    });
  }
  return overview([silent, invariant, keeper]);
}

/** Returns the same overview, one second later. */
export function laterOf(overview: Overview): Overview {
  return { ...overview, at: new Date(Date.parse(overview.at) + 1_000).toISOString() };
}
