import type { Observation } from '@service-bots/core/alerts';
import type { Finding } from './condition.ts';

/** Decides which findings have held long enough to be raised, and which ones the bots raise themselves. */
export class Patience {
  /** The time at which each present finding was first seen, ms since 1970. */
  readonly #sinceMs = new Map<string, number>();
  readonly #raised = new Set<string>();

  /**
   * Returns the observations for these findings. A finding that waits, or that its bot has raised, gives no
   * observation, so it neither raises nor resolves an alert. A finding that was raised here stays raised
   * until the condition is gone.
   * @param nowMs milliseconds since 1970
   */
  observations(findings: readonly Finding[], nowMs: number): Observation[] {
    return findings.flatMap((finding): Observation[] => {
      const { check, subject, pool } = finding;
      const key = `${check} ${subject} ${pool ?? ''}`;
      const about = { check, subject, ...(pool === undefined ? {} : { pool }) };
      if (!finding.failing) {
        this.#sinceMs.delete(key);
        this.#raised.delete(key);
        return [{ ...about, failing: false }];
      }
      const sinceMs = Math.min(this.#sinceMs.get(key) ?? nowMs, nowMs);
      this.#sinceMs.set(key, sinceMs);
      const isRaised = this.#raised.has(key);
      if (!isRaised && (finding.raisedByBot !== undefined || nowMs - sinceMs < finding.patienceMs)) return [];
      this.#raised.add(key);
      return [{ ...about, failing: true, severity: finding.severity, message: finding.message }];
    });
  }
}
