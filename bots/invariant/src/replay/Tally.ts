import {
  type Notice,
  type Observation,
  rank,
  type Severity,
  severities,
  worse,
} from '@service-bots/core/alerts';
import { z } from 'zod';
import { invariantAlerts } from '../alerts.ts';

/** The findings of one check about one pool, over all blocks. */
const rowSchema = z.object({
  check: z.string(),
  pool: z.string(),
  name: z.string(),
  /** The cause that the finding had in common with other pools; absent when no such cause is known. */
  cause: z.string().optional(),
  /** The highest severity. */
  severity: z.enum(severities),
  firstBlock: z.number(),
  lastBlock: z.number(),
  blocks: z.number(),
  /** How often the finding would have been sent as new, alone or with others, and how often as a reminder. */
  raised: z.number(),
  reminders: z.number(),
  /** Of the last block. */
  message: z.string(),
});
export type Row = z.output<typeof rowSchema>;

export const tallySchema = z.object({
  rows: z.array(rowSchema),
  /** Notices by kind: a notice about many pools counts once. */
  notices: z.record(z.string(), z.number()),
  /**
   * The number of notices that a paging service would have received: a critical alert that began, got worse
   * or spread.
   */
  pages: z.number(),
});
export type TallyState = z.output<typeof tallySchema>;

export const emptyTally = (): TallyState => ({ rows: [], notices: {}, pages: 0 });

const wakes = ['opened', 'flapping', 'escalated', 'joined'];

/** Counts the findings of a replay. */
export class Tally {
  readonly state: TallyState;

  constructor(state: TallyState = emptyTally()) {
    this.state = state;
  }

  /** The most severe first, then in the order of the blocks. */
  get rows(): Row[] {
    return [...this.state.rows].sort(
      (a, b) => rank(b.severity) - rank(a.severity) || a.firstBlock - b.firstBlock,
    );
  }

  addFindings(
    block: number,
    observations: readonly Observation[],
    nameOf: (pool: string) => string | undefined,
  ): void {
    for (const observation of observations) {
      if (!observation.failing) continue;
      const { check, pool = '-', cause, message } = observation;
      const severity = observation.severity ?? severityOf(check);
      const row = this.#find(check, pool);
      if (row) {
        row.severity = worse(row.severity, severity);
        if (row.lastBlock !== block) row.blocks += 1;
        row.lastBlock = block;
        row.message = message;
        if (cause !== undefined) row.cause = cause;
      } else
        this.state.rows.push({
          check,
          pool,
          name: nameOf(pool) ?? pool,
          ...(cause === undefined ? {} : { cause }),
          severity,
          firstBlock: block,
          lastBlock: block,
          blocks: 1,
          raised: 0,
          reminders: 0,
          message,
        });
    }
  }

  addNotices(notices: readonly Notice[]): void {
    for (const { occasion, alert } of notices) {
      this.state.notices[occasion] = (this.state.notices[occasion] ?? 0) + 1;
      const isWake = wakes.includes(occasion);
      if (isWake && alert.severity === 'critical') this.state.pages += 1;
      const { check, pool, cause } = alert;
      const rows =
        pool === undefined
          ? this.state.rows.filter(row => row.check === check && row.cause === cause)
          : [this.#find(check, pool)];
      for (const row of rows) {
        if (row && isWake) row.raised += 1;
        if (row && occasion === 'lasting') row.reminders += 1;
      }
    }
  }

  #find(check: string, pool: string): Row | undefined {
    return this.state.rows.find(row => row.check === check && row.pool === pool);
  }
}

function severityOf(check: string): Severity {
  const table: Readonly<Record<string, { severity: Severity }>> = invariantAlerts;
  return table[check]?.severity ?? 'error';
}
