import { z } from 'zod';

/**
 * The records of a campaign's history, one JSON object a line.
 *
 * Times named `atMs` are milliseconds since 1970 on the campaign's monotonic clock
 * (`performance.timeOrigin + performance.now()`): a wall clock that is set changes none of them. Wei and token
 * amounts are decimal strings. Names of bots, chains and channels are those of their `…` deployment records.
 */
const atMs = z.number().positive();
const name = z.string().min(1);
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'an address is 0x and 40 hex digits');
const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/, 'a hash is 0x and 64 hex digits');
const amount = z.string().regex(/^-?\d+$/, 'an amount is a whole number, as text');

/** The first record. */
const run = z.object({
  type: z.literal('run'),
  atMs,
  version: z.literal(1),
  seed: z.string(),
  /** The chain time that the campaign was asked for. */
  hours: z.number().positive(),
});

/** A chain. Its node has to serve the state and the logs of every block of the run to the checker. */
const chain = z.object({
  type: z.literal('chain'),
  atMs,
  chain: name,
  chainId: z.number().int().positive(),
  /** The node itself, without a proxy that injects faults. */
  rpcUrl: z.url(),
  /** Wall-clock seconds from one block to the next. */
  blockTimeSeconds: z.number().positive(),
  registry: address.optional(),
});

const hyperdrivePool = z.object({
  type: z.literal('pool'),
  atMs,
  kind: z.literal('hyperdrive'),
  chain: name,
  address,
  name,
  /** The part of a checkpoint that bots leave to others (`WAITING_PERIOD`). */
  waitingPeriod: z.number().min(0).max(1),
});

const prizePool = z.object({
  type: z.literal('pool'),
  atMs,
  kind: z.literal('prize'),
  chain: name,
  address,
  name,
  /**
   * The weekly time of the pool's commits, in UTC; weekday 0 is Sunday. Without it, rounds are committed as soon
   * as possible.
   */
  anchor: z
    .object({
      weekday: z.number().int().min(0).max(6),
      hour: z.number().int().min(0).max(23),
      minute: z.number().int().min(0).max(59),
    })
    .optional(),
  /** `KEEPER_LATE_COMMIT`: whether a commit after its anchor fires at once or waits for the next anchor. */
  lateCommit: z.enum(['fire', 'hold']),
  /** `KEEPER_ANCHOR_LEAD_SECONDS` and `KEEPER_HOLD_LIMIT_SECONDS`. */
  leadSeconds: z.number().nonnegative(),
  holdLimitSeconds: z.number().nonnegative(),
});

/** A function that a wallet may call: `0x` and the selector's eight digits. */
const call = z.object({
  to: address,
  selector: z.string().regex(/^0x[0-9a-f]{8}$/),
  /** For `approve`: the only address that may be approved. */
  spender: address.optional(),
});

/** The calls that a wallet may sign, by the documents. No other bot uses its key. */
const wallet = z.object({
  type: z.literal('wallet'),
  atMs,
  chain: name,
  bot: name,
  address,
  calls: z.array(call),
  maxGas: z.number().int().positive(),
  maxFeeWei: amount,
  maxPriorityFeeWei: amount,
  gasPerHour: z.number().int().positive(),
  gasPerDay: z.number().int().positive(),
  /** Below this balance `low-balance` is due. */
  lowBalanceWei: amount,
});

export const botKinds = ['checkpoint', 'invariant', 'keeper', 'lpandarb', 'watchtower'] as const;
/** The bots with a wallet. */
export const senderKinds = [
  'checkpoint',
  'keeper',
  'lpandarb',
] as const satisfies readonly (typeof botKinds)[number][];

/** A bot as deployed. A new record of the same name replaces the earlier one, for a changed configuration. */
const bot = z.object({
  type: z.literal('bot'),
  atMs,
  bot: name,
  kind: z.enum(botKinds),
  /** Absent for a watchtower. */
  chain: name.optional(),
  /** The longest wall-clock time between two rounds that look at everything, in ms. */
  periodMs: z.number().positive(),
  /** The longest time from the start of a process to its first round, in ms. Default 30,000. */
  startMs: z.number().nonnegative().optional(),
  /** `DISCOVERY_SECONDS` or `KEEPER_GOVERNANCE_SECONDS`, in ms. Default 600,000. */
  discoveryMs: z.number().nonnegative().optional(),
  /** `ALERT_RESOLVE_AFTER_SECONDS`, in ms. */
  resolveAfterMs: z.number().nonnegative(),
  /** The pools it looks after. Absent: all pools of the chain's registry. */
  pools: z.array(address).optional(),
  endpoints: z.array(name),
  /** The channels that it sends alerts to. */
  channels: z.array(name),
  /** The check of the dead man's switch that it pings: the `<uuid>` of `/ping/<uuid>`. */
  heartbeat: z.string().optional(),
  /** The bots that a watchtower watches. */
  targets: z.array(name).optional(),
});

const endpoint = z.object({ type: z.literal('endpoint'), atMs, endpoint: name, chain: name });

export const channelKinds = [
  'rollbar',
  'pagerduty',
  'telegram',
  'slack',
  'discord',
  'email',
  'webhook',
] as const;
export const severities = ['info', 'warning', 'error', 'critical'] as const;

/** A channel; `channel` is also the name of its sink in the evidence. */
const channel = z.object({
  type: z.literal('channel'),
  atMs,
  channel: name,
  kind: z.enum(channelKinds),
  minSeverity: z.enum(severities),
});

/** A process of a bot. Every start of one has one record, and every end. */
const process = z.object({
  type: z.literal('process'),
  atMs,
  bot: name,
  /** Tells copies of one bot apart. */
  copy: z.string(),
  pid: z.number().int().positive(),
  event: z.enum(['started', 'ended']),
  /** Of an end: the exit code or the signal. */
  code: z.number().int().nullable().optional(),
  signal: z.string().nullable().optional(),
});

/**
 * The machine gave a bot's process no processor for a while, although it was ready to run: a fault of the campaign's
 * machine. Written at its end.
 */
const starved = z.object({ type: z.literal('starved'), atMs, bot: name, lastedMs: z.number().positive() });

/**
 * The kinds of faults. The checker derives from the kind which incidents have to be alerted and which alerts
 * may follow: `checker/consequences.ts` is the table.
 */
export const faultKinds = [
  // A single endpoint, through its proxy; `parameters.fault` names the proxy's fault.
  'endpoint-down',
  'endpoint-slow',
  'endpoint-stale',
  'endpoint-lies',
  'endpoint-limits',
  'endpoint-wrong-chain',
  // Processes.
  'kill',
  'freeze',
  'out-of-memory',
  'restart',
  'restart-all',
  'redeploy',
  'rollback',
  'second-copy',
  // Disks and state files.
  'disk-full',
  'disk-read-only',
  'state-truncated',
  'state-garbage',
  'state-older-version',
  // The wall clock of a bot's process.
  'clock-shift',
  'clock-jump',
  'clock-slow',
  // Chains and transactions.
  'reorg',
  'fee-spike',
  'chain-standstill',
  'transactions-stuck',
  'transactions-dropped',
  'competitor',
  'wallet-drained',
  // Channels and the network.
  'channel-refuses',
  'channel-hangs',
  'channel-cut',
  'heartbeat-cut',
  'alert-storm',
  'dns-gone',
  // Pools.
  'pool-paused',
  'pool-drained',
  'vault-loss',
  'registry-removal',
  // Hosts of a swarm.
  'host-cut',
  'host-killed',
] as const;

/** An act that a fault makes impossible from its beginning to its end. An absent name stands for all. */
const impossible = z.discriminatedUnion('act', [
  /** The bot has no process that runs: it raises and delivers nothing. */
  z.object({ act: z.literal('run'), bot: name.optional() }),
  /** The bot gets no answer from any node of its chain. */
  z.object({ act: z.literal('read'), bot: name.optional() }),
  /** No transaction of the bot can be mined. */
  z.object({ act: z.literal('send'), bot: name.optional() }),
  /** The channel accepts nothing, of this bot or of any. */
  z.object({ act: z.literal('deliver'), channel: name.optional(), bot: name.optional() }),
  /** The pool refuses the call of every sender. */
  z.object({ act: z.literal('call'), pool: address }),
]);

const faultBegan = z.object({
  type: z.literal('fault-began'),
  atMs,
  fault: name,
  kind: z.enum(faultKinds),
  target: z.object({
    bot: name.optional(),
    chain: name.optional(),
    endpoint: name.optional(),
    channel: name.optional(),
    pool: address.optional(),
  }),
  /** Such as the depth of a reorg, the percent of a loss, or the proxy's fault. */
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  makesImpossible: z.array(impossible),
});

/** Its end. An instantaneous fault ends at once. */
const faultEnded = z.object({ type: z.literal('fault-ended'), atMs, fault: name });

export const actionKinds = [
  'trade',
  'liquidity',
  'deposit',
  'tickets',
  'rate',
  'top-up',
  'capital',
  'checkpoint',
  'commit',
  'settle',
  'governance',
  'acknowledge',
  'mute',
  'halt',
  'unwind',
  'resume',
] as const;

/** An act of a person, on a chain (with its transaction) or on a bot. */
const action = z.object({
  type: z.literal('action'),
  atMs,
  kind: z.enum(actionKinds),
  chain: name.optional(),
  pool: address.optional(),
  bot: name.optional(),
  transaction: hash.optional(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** The three clocks at one moment: written for every chain every second at least, and after every jump. */
const clock = z.object({
  type: z.literal('clock'),
  atMs,
  /** `Date.now()`, which stamps the sinks' arrivals. */
  wallMs: z.number().positive(),
  chain: name,
  block: z.number().int().nonnegative(),
  /** The block's timestamp, unix seconds. */
  timestamp: z.number().int().nonnegative(),
});

/** The profit that lpandarb states for a pool (`lpandarb report --json`, or its daily report). */
const statement = z.object({
  type: z.literal('statement'),
  atMs,
  bot: name,
  pool: address,
  /** The block to which the statement applies. */
  block: z.number().int().nonnegative(),
  /** Base received plus the payment for closing everything, less the base paid, in base wei; without gas. */
  profit: amount,
  /** The gas paid, in wei of the native currency. */
  gasWei: amount,
});

/** The last record. The campaign waits before it for at least two periods and the resolve time of every bot. */
const ended = z.object({ type: z.literal('ended'), atMs });

export const record = z.discriminatedUnion('type', [
  run,
  chain,
  z.discriminatedUnion('kind', [hyperdrivePool, prizePool]),
  wallet,
  bot,
  endpoint,
  channel,
  process,
  starved,
  faultBegan,
  faultEnded,
  action,
  clock,
  statement,
  ended,
]);

export type HistoryRecord = z.infer<typeof record>;
export type RecordOf<Type extends HistoryRecord['type']> = Extract<HistoryRecord, { type: Type }>;
export type FaultKind = (typeof faultKinds)[number];
export type BotKind = (typeof botKinds)[number];
export type ChannelKind = (typeof channelKinds)[number];
export type Severity = (typeof severities)[number];
export type Impossible = z.infer<typeof impossible>;
export type HyperdrivePool = z.infer<typeof hyperdrivePool>;
export type PrizePool = z.infer<typeof prizePool>;
