import type { Observation } from '@service-bots/core/alerts';
import type { Finding } from './condition.ts';

/** Which findings have held long enough to be raised, and which the bots raise themselves. */
export class Patience {
  /** When each finding that holds was first seen, ms since 1970. */
  readonly #sinceMs = new Map<string, number>();
  readonly #raised = new Set<string>();

  /**
   * Returns what to observe. A finding that waits, or that its bot has raised, is not observed at all: it neither raises
   * nor resolves an alert. One that was raised here stays so until the condition is gone.
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
