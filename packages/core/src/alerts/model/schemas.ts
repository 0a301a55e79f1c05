import { z } from 'zod';
import type { Plain } from '../../logger/index.ts';
import { type Acknowledgement, type Notice, occasions, severities } from './alert.ts';
import type { Condition } from './condition.ts';

/** The schemas of alerting's files, which are checked when a file is read. */

const time = z.number();
const severity = z.enum(severities);

const stored = z.object({
  dedupKey: z.string(),
  severity,
  bot: z.string(),
  check: z.string(),
  chain: z.string(),
  pool: z.string().optional(),
  subject: z.string().optional(),
  cause: z.string().optional(),
  group: z.string().optional(),
  title: z.string(),
  message: z.string(),
  runbook: z.string(),
  owner: z.string(),
  version: z.string(),
  since: time,
  count: z.number(),
});

const counted = { since: time, rounds: z.number() };

const conditionSchema = z.object({
  beginnings: z.array(time),
  incident: z
    .object({
      alert: stored,
      lastSeenAt: time,
      told: z
        .object({
          at: time,
          severity,
          worst: severity,
          times: z.number(),
          decidedAt: time.optional(),
          members: z
            .record(z.string(), z.object({ severity, since: time, isUncared: z.literal(true).optional() }))
            .optional(),
          wokenAt: time.optional(),
          changedAt: time.optional(),
          episode: z.number().optional(),
          isAcknowledged: z.literal(true).optional(),
          environment: z.string().optional(),
        })
        .optional(),
      toldTo: z.array(z.string()).optional(),
      gone: z.object(counted).optional(),
      calmer: z.object({ ...counted, severity }).optional(),
      isFlapping: z.boolean(),
      isGroup: z.literal(true).optional(),
    })
    .optional(),
}) as unknown as z.ZodType<Condition>;

const acknowledgementSchema: z.ZodType<Acknowledgement> = z.object({
  kind: z.enum(['ack', 'mute']),
  by: z.string(),
  why: z.string(),
  at: time,
  severity: severity.optional(),
  members: z.record(z.string(), severity).optional(),
  since: z.record(z.string(), time).optional(),
  until: time.optional(),
});

/** By dedup key. */
export const acknowledgementsSchema = z.record(z.string(), acknowledgementSchema);

/** The acknowledgements and mutes of a bot’s operators, by the key of the alert. */
export type AcknowledgementRecords = z.output<typeof acknowledgementsSchema>;

const noticeSchema = z.object({
  id: z.string(),
  occasion: z.enum(occasions),
  at: time,
  alert: stored.extend({ data: z.custom<Record<string, Plain>>(value => typeof value === 'object') }),
  decision: acknowledgementSchema.optional(),
  ending: z.string().optional(),
  episode: z.number().optional(),
  environment: z.string().optional(),
}) as unknown as z.ZodType<Notice>;

/** A line of the ledger. All statements of one line are true together, or none is. */
export const lineSchema = z.union([
  /** The condition of a key from here on (null: none), and the notice about it. */
  z.object({
    key: z.string(),
    condition: conditionSchema.nullable(),
    notice: noticeSchema.optional(),
    to: z.array(z.string()).optional(),
  }),
  /** A notice that waits, without its condition. */
  z.object({ notice: noticeSchema, to: z.array(z.string()) }),
  /**
   * A channel is done with a notice. `deliveredAt` is absent when the channel gave the notice up instead of
   * delivering it.
   */
  z.object({ done: z.string(), by: z.string(), deliveredAt: time.optional() }),
  /** When a channel last delivered a notice. */
  z.object({ channel: z.string(), deliveredAt: time }),
]);
export type Line = z.output<typeof lineSchema>;
