import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../clock/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Logger } from '../../logger/index.ts';
import type { Store } from '../../store/index.ts';
import type { Acknowledgement } from '../model/alert.ts';
import type { AcknowledgementRecords } from '../model/schemas.ts';

const readEveryMs = 1_000;
/** Two readings of two clocks differ by this much without any reason. */
const toleranceMs = 2_000;

interface AcknowledgementsOptions {
  clock: Clock;
  logger: Logger;
  acknowledgements?: Pick<Store<AcknowledgementRecords>, 'read'> | undefined;
}

/** The acknowledgements and mutes from the command line, as they were last read. */
export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  #found: AcknowledgementRecords = {};
  /** When each decision with an end was first seen here, by both clocks. */
  #seen = new Map<string, { at: number; wallMs: number; steadyMs: number }>();
  #readAt = -Infinity;

  /** Without a store there are none. */
  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  /**
   * Returns the decision about a key, with its end on the present clock: four hours remain four hours even
   * when the clock is set meanwhile.
   */
  about(key: string): Acknowledgement | undefined {
    // A look-up of a key that is no property yet costs more than all else that a finding which lasts does.
    if (this.#seen.size === 0) return undefined;
    const decision = this.#found[key];
    const seen = this.#seen.get(key);
    if (decision?.until === undefined || !seen) return decision;
    const { clock } = this.#options;
    // A decision from the future shows that the clock was set back since, so its age is unknown.
    const oldMs = Math.max(seen.wallMs - decision.at, 0);
    const leftMs = decision.until - decision.at - oldMs - (clock.monotonicMs() - seen.steadyMs);
    const until = Math.round(clock.now() + leftMs);
    return Math.abs(until - decision.until) < toleranceMs
      ? decision
      : { ...decision, until, untilAsMade: decision.until };
  }

  get all(): [key: string, decision: Acknowledgement][] {
    return Object.keys(this.#found).map(key => [key, this.about(key) as Acknowledgement]);
  }

  /** Reads the file, at most once a second. Never rejects. @returns whether it has changed */
  async refresh(): Promise<boolean> {
    const { clock, logger, acknowledgements } = this.#options;
    const now = clock.monotonicMs();
    if (!acknowledgements || now - this.#readAt < readEveryMs) return false;
    this.#readAt = now;
    try {
      const before = this.#found;
      this.#found = await acknowledgements.read();
      this.#note();
      return !isDeepStrictEqual(before, this.#found);
    } catch (error) {
      logger.warning('acknowledgements and mutes could not be read; the ones known before still apply', {
        reason: reasonOf(error),
      });
      return false;
    }
  }

  #note(): void {
    const { clock } = this.#options;
    const seen = new Map<string, { at: number; wallMs: number; steadyMs: number }>();
    for (const [key, { at }] of Object.entries(this.#found)) {
      const known = this.#seen.get(key);
      const isKnown = known?.at === at;
      seen.set(key, isKnown ? known : { at, wallMs: clock.now(), steadyMs: clock.monotonicMs() });
    }
    this.#seen = seen;
  }
}
