import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../clock/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Logger } from '../../logger/index.ts';
import { fileStore, type Store } from '../../store/index.ts';
import { type Acknowledgement, rank, type Severity, worse } from '../model/alert.ts';
import type { Incident, Notified } from '../model/condition.ts';
import { type AcknowledgementRecords, acknowledgementsSchema } from '../model/schemas.ts';

const readEveryMs = 1_000;
/** Two readings of two clocks differ by this much without any reason. */
const toleranceMs = 2_000;

interface AcknowledgementsOptions {
  clock: Clock;
  logger: Logger;
  acknowledgements?: Pick<Store<AcknowledgementRecords>, 'read'> | undefined;
}

/**
 * Opens the file of acknowledgements and mutes, which the command line writes and a bot reads.
 * @param files path of the alerts' files of a bot, without an ending
 * @param onUnreadable called with a text for people when the file had to be set aside
 */
export function acknowledgementStore(
  files: string,
  onUnreadable: (message: string) => void,
): Store<AcknowledgementRecords> {
  return fileStore({
    path: `${files}-decisions.json`,
    schema: acknowledgementsSchema,
    empty: () => ({}),
    onUnreadable: movedTo =>
      onUnreadable(
        `the file of acknowledgements and mutes could not be read and was set aside as ${movedTo}: those made before no longer apply`,
      ),
  });
}

/** The acknowledgements and mutes from the command line, as they were last read. */
export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  #found: AcknowledgementRecords = {};
  /** When each decision with an end was first seen here, by both clocks. */
  #seen = new Map<string, { at: number; wallMs: number; steadyMs: number }>();
  #isUnreadable = false;
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
      if (this.#isUnreadable) logger.info('acknowledgements and mutes can be read again');
      this.#isUnreadable = false;
      return !isDeepStrictEqual(before, this.#found);
    } catch (error) {
      // Once for each failure: the file is read every second.
      if (this.#isUnreadable) return false;
      this.#isUnreadable = true;
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

/**
 * Returns whether a decision applies to the open incident. It does not when it had expired before the
 * incident began, or when the alert is worse now than it was then. A mute applies to every later beginning,
 * and ends early only when the alert becomes critical.
 */
export function applies(incident: Incident, decision: Acknowledgement): boolean {
  const { alert } = incident;
  const { kind, at, severity, untilAsMade: until = decision.until } = decision;
  const now = severityFor(incident);
  const isWorse = severity !== undefined && rank(now) > rank(severity);
  const began = decision.since?.[alert.dedupKey];
  const isAboutThis = began === undefined ? at >= alert.since : began === alert.since;
  if (until !== undefined && until <= alert.since) return false;
  return kind === 'mute' ? !(isWorse && now === 'critical') : !isWorse && isAboutThis;
}

/**
 * Returns the severity of an alert that acknowledgements are compared with: the reported severity, even if a milder condition was found
 * since, until that has lasted.
 */
export function severityFor({ alert, told }: Incident): Severity {
  return told ? worse(told.severity, alert.severity) : alert.severity;
}

/** Returns whether a decision suppresses notices about the incident now. */
export function isActive(incident: Incident, decision: Acknowledgement, now: number): boolean {
  return now < (decision.until ?? Infinity) && applies(incident, decision);
}

/** Returns whether the recipients of an alert have not been notified of the decision yet. */
export function isPending(told: Notified | undefined, decision: Acknowledgement | undefined): boolean {
  return told !== undefined && decision !== undefined && told.decidedAt !== decision.at;
}
