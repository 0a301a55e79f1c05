import { severities } from '@service-bots/core/alerts';
import { z } from 'zod';

/** The version of the document. It rises when a field changes its meaning or is removed. */
export const overviewVersion = 1;

const moment = z.iso.datetime().describe('ISO 8601, UTC');
const level = z.enum(['ok', ...severities]);

const verdict = z.object({
  level,
  text: z.string(),
  where: z.string().optional(),
  since: moment.optional(),
  runbook: z.string().optional(),
});

const alert = z.object({
  /** The key by which an acknowledgement names the alert. */
  key: z.string(),
  /** The process that raised the alert. */
  source: z.string(),
  check: z.string(),
  severity: z.enum(severities),
  title: z.string(),
  message: z.string(),
  pool: z.string().optional(),
  subject: z.string().optional(),
  since: moment,
  lastDelivered: moment.optional(),
  owner: z.string().optional(),
  runbook: z.string().optional(),
  decision: z
    .object({
      kind: z.enum(['ack', 'mute']),
      by: z.string(),
      why: z.string(),
      at: moment,
      until: moment.optional(),
    })
    .optional(),
  /** The command that acknowledges the alert, for a shell in the checkout. */
  command: z.string(),
});

const action = z.object({ what: z.string(), at: moment, link: z.string().optional() });
/** An action that is due. `at` is a moment, or `block 123`. */
const due = z.object({ what: z.string(), at: z.string() });

const bot = z.object({
  id: z.string(),
  kind: z.string(),
  level,
  state: z.string(),
  version: z.string().optional(),
  host: z.string().optional(),
  chain: z.object({ id: z.number(), name: z.string() }).optional(),
  head: z.number().optional(),
  upSince: moment.optional(),
  lastAnswer: moment.optional(),
  lastRound: moment.optional(),
  lastAction: action.extend({ pool: z.string() }).optional(),
  next: due.extend({ pool: z.string() }).optional(),
  startsLastDay: z.number(),
  pools: z.number(),
  dryRun: z.boolean(),
  /** Whether another copy acts in its place. */
  standsBy: z.boolean().optional(),
});

const check = z.object({
  name: z.string(),
  outcome: z.string(),
  headroom: z.string().optional(),
  headroomPercent: z.number().optional(),
  /** Headroom in percent over the last 7 days, the oldest first. */
  trend: z.array(z.number()).optional(),
});

/** The profit and the positions of a bot in a pool. Amounts are decimal texts in base. */
const trading = z.object({
  profit: z.string(),
  yearly: z.string().optional(),
  liquidity: z.string().optional(),
  arbitrage: z.string().optional(),
  fees: z.string().optional(),
  gas: z.string().optional(),
  /** The parts of the profit in percent of the capital a year. */
  partsPerYear: z
    .object({ liquidity: z.string(), arbitrage: z.string(), fees: z.string(), gas: z.string() })
    .optional(),
  worthLiquidity: z.string().optional(),
  worthBonds: z.string().optional(),
  fixedRate: z.string().optional(),
  variableRate: z.string().optional(),
  band: z.string().optional(),
  positions: z.array(
    z.object({ side: z.string(), matures: z.string(), bonds: z.string(), value: z.string() }),
  ),
  plan: z.array(z.string()),
  /** Profit over the last 7 days, in base, the oldest first. */
  trend: z.array(z.number()).optional(),
});

const pool = z.object({
  address: z.string(),
  name: z.string(),
  chainId: z.number().optional(),
  link: z.string().optional(),
  watchedBy: z.array(
    z.object({
      bot: z.string(),
      next: due.optional(),
      lastAction: action.optional(),
      errorsInARow: z.number(),
      lastError: z.string().optional(),
    }),
  ),
  checks: z.array(check),
  trading: trading.optional(),
});

const wallet = z.object({
  bot: z.string(),
  address: z.string(),
  chain: z.string().optional(),
  currency: z.string(),
  balanceWei: z.string().optional(),
  actionsLeft: z.number().optional(),
  daysLeft: z.number().optional(),
  /** Whether the watchtower has read the balance on chain; otherwise it comes from the bot's last status. */
  isRead: z.boolean().optional(),
  mayCall: z.array(z.string()),
  /** The number of contracts that the wallet may call. */
  mayCallOn: z.number().optional(),
  /** The people who hold the wallet's key, from the file of owners. */
  keyHolders: z.array(z.string()).optional(),
  link: z.string().optional(),
});

const endpoint = z.object({
  bot: z.string(),
  host: z.string(),
  state: z.string(),
  latencyMs: z.number().optional(),
  lagBlocks: z.number().optional(),
  breaker: z.string().optional(),
  trafficPercent: z.number().optional(),
  lastFault: z.string().optional(),
});

/** A chain as the watchtower itself reads it. */
const chain = z.object({
  id: z.number(),
  name: z.string(),
  block: z.number(),
  readAt: moment,
  pools: z.number(),
});

const channel = z.object({
  bot: z.string(),
  name: z.string(),
  lastDelivered: moment.optional(),
  waiting: z.number(),
  failingSince: moment.optional(),
  reason: z.string().optional(),
});

const host = z.object({
  /** The machine's id, the same for all processes of one machine. */
  id: z.string().optional(),
  name: z.string(),
  addresses: z.array(z.string()),
  bots: z.array(z.string()),
  uptimeSeconds: z.number().optional(),
  load: z.number().optional(),
  cores: z.number().optional(),
  memoryAvailableBytes: z.number().optional(),
  memoryTotalBytes: z.number().optional(),
  diskAvailableBytes: z.number().optional(),
  diskTotalBytes: z.number().optional(),
  clockAheadMs: z.number().optional(),
});

/** Another watchtower, and the state of its deployment. */
const peer = z.object({
  name: z.string(),
  host: z.string(),
  level,
  state: z.string(),
  since: moment.optional(),
  version: z.string().optional(),
  bots: z.number(),
  lastAnswer: moment.optional(),
});

/** An entry of the timeline. */
export const eventSchema = z.object({
  id: z.number(),
  at: moment,
  kind: z.enum(['action', 'alert', 'resolved', 'start', 'version', 'silence', 'answer']),
  bot: z.string(),
  text: z.string(),
  pool: z.string().optional(),
  check: z.string().optional(),
  severity: z.enum(severities).optional(),
  link: z.string().optional(),
});

/** The schema of the page's whole content, which `GET /api/status` returns. */
export const overviewSchema = z.object({
  version: z.literal(overviewVersion),
  at: moment,
  deployment: z.object({
    name: z.string(),
    watchtowerVersion: z.string(),
    startedAt: moment,
    pollSeconds: z.number(),
    /** A random id of the process. */
    instance: z.string().optional(),
  }),
  verdict,
  alerts: z.array(alert),
  /** The number of open alerts that are left out. */
  alertsLeftOut: z.number().optional(),
  bots: z.array(bot),
  pools: z.array(pool),
  wallets: z.array(wallet),
  endpoints: z.array(endpoint),
  chains: z.array(chain),
  channels: z.array(channel),
  hosts: z.array(host),
  timeline: z.array(eventSchema),
  peers: z.array(peer).optional(),
});

export type Overview = z.output<typeof overviewSchema>;
export type Level = z.output<typeof level>;
export type AlertView = z.output<typeof alert>;
export type BotView = z.output<typeof bot>;
export type PoolView = z.output<typeof pool>;
export type WalletView = z.output<typeof wallet>;
export type PeerView = z.output<typeof peer>;
export type HostView = z.output<typeof host>;
export type Event = z.output<typeof eventSchema>;
