import { z } from 'zod';
import { severities } from '../alerts/index.ts';
import { figure, line, listOf, maybe, moment } from './lenient.ts';

/** The version of the document that `/status` returns. It rises when a field changes its meaning. */
export const statusVersion = 1;

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const hash = z.string().regex(/^0x[0-9a-fA-F]{1,64}$/);
const link = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[^\s\p{Cc}\p{Cf}]+$/u);
/** A bigint in JSON. */
const whole = z.string().regex(/^\d{1,80}$/);
const severity = z.enum(severities);

const pool = z.object({
  address,
  name: line(80).catch('unnamed'),
  lastRound: maybe(moment),
  lastAction: maybe(
    z.object({ what: line(), at: moment, hash: maybe(hash), link: maybe(link), block: maybe(figure(0)) }),
  ),
  next: maybe(z.object({ what: line(), at: line(40) })),
  consecutiveErrors: figure(0).catch(0),
  lastError: maybe(line()),
  details: maybe(z.record(z.string(), z.unknown())),
});

const openAlert = z.object({
  key: z.string().max(600),
  check: line(60),
  pool: maybe(line(60)),
  subject: maybe(line(100)),
  severity,
  title: line(120),
  message: line(600).catch(''),
  since: moment,
  lastSent: maybe(moment),
  runbook: maybe(link),
  owner: maybe(line(120)),
  decided: maybe(
    z.object({
      kind: z.enum(['ack', 'mute']),
      by: line(80),
      why: line().catch(''),
      at: moment,
      until: maybe(moment),
    }),
  ),
});

const channel = z.object({
  name: line(40),
  lastDelivered: maybe(moment),
  waiting: figure(0).catch(0),
  failing: maybe(z.object({ since: moment, reason: line() })),
});

const endpoint = z.object({
  host: line(120),
  state: line(30),
  since: maybe(moment),
  breaker: maybe(line(10)),
  head: maybe(figure(0)),
  lag: maybe(figure()),
  latencyMs: maybe(figure(0)),
  trafficShare: maybe(figure(0)),
  lastFault: maybe(line()),
});

const machine = z.object({
  id: maybe(line(60)),
  addresses: listOf(line(60), 8),
  uptimeSeconds: figure(0),
  load: figure(0),
  cores: figure(1),
  memoryAvailableBytes: figure(0),
  memoryTotalBytes: figure(0),
});

/**
 * The `/status` document of a bot, as another process reads it. Texts are printable lines of bounded length,
 * lists are bounded, and moments are ISO 8601 in UTC. Only the identity of the process is required.
 */
export const botStatusSchema = z.object({
  statusVersion: figure(0).catch(0),
  bot: line(40),
  version: line(40).catch('unknown'),
  host: line(80).catch('unknown'),
  time: maybe(moment),
  healthy: z.boolean(),
  standingBy: maybe(
    z.object({
      heldBy: maybe(z.object({ host: line(80), pid: figure(0), since: moment })),
    }),
  ),
  environment: maybe(line(60)),
  dryRun: z.boolean().catch(false),
  startedAt: moment,
  chain: maybe(z.object({ id: figure(1), name: line(40) })),
  head: maybe(z.object({ number: figure(0), hash, time: moment })),
  standsStillSince: maybe(moment),
  wallet: maybe(
    z.object({
      address,
      currency: line(12).catch(''),
      balanceWei: maybe(whole),
      actionsLeft: maybe(figure(0)),
      functions: listOf(line(120), 20),
    }),
  ),
  rounds: z
    .object({
      completed: figure(0),
      failed: figure(0).catch(0),
      last: maybe(z.object({ at: moment, durationMs: figure(0) })),
      /** When the next round has to be completed at the latest; after that the bot is late. */
      lateAfter: maybe(moment),
    })
    .catch({ completed: 0, failed: 0, last: undefined, lateAfter: undefined }),
  details: maybe(z.record(z.string(), z.unknown())),
  pools: listOf(pool, 500),
  openAlerts: listOf(openAlert, 1_000),
  channels: listOf(channel, 20),
  endpoints: listOf(endpoint, 50),
  machine: maybe(machine),
});

/** The answer of `/status`. */
export type BotStatus = z.output<typeof botStatusSchema>;
/** A pool in the answer of `/status`. */
export type PoolStatus = BotStatus['pools'][number];
/** An open alert in the answer of `/status`. */
export type StatusAlert = BotStatus['openAlerts'][number];
