import { failingClosed, redactAll, serialise } from '../../logger/index.ts';
import type { Alert, AlertKind, AlertTable, Observation, Severity } from '../model/alert.ts';
import type { Condition, Remembered } from '../model/condition.ts';
import { type AlertTexts, withTexts } from '../model/lazyTexts.ts';

/** The origin of alerts: the properties that all alerts of a process share. */
export interface Origin {
  bot: string;
  /**
   * Returns the name of the chain, or `unknownChain`. It is called each time, since the chain may be unknown
   * before the first endpoint answers.
   */
  chain(): string;
  version: string;
  table: AlertTable;
  /** Base URL of the runbook pages, without a slash at the end. */
  runbookUrl: string;
  /** Removes secrets from a text. */
  redact(text: string): string;
  /** Removes secrets from the subjects and causes of one round, which many findings may share. */
  redactName?(text: string): string;
  /** Returns the URL of a runbook's page. @default built from `runbookUrl` each time */
  runbookLink?(page: string): string;
  /** Returns the owner of an alert. @default `on-call` */
  ownerOf?(bot: string, check: string, severity: Severity): string;
}

/** The chain's name in the keys of alerts that are raised before an endpoint has reported the chain. */
export const unknownChain = 'unknown';

const maxDataBytes = 16_384;
const maxMessageBytes = 4_096;

/** Returns the kind of a check from the bot's table. */
export function kindOf({ table }: Origin, check: string): AlertKind {
  // A check outside the table is a defect, but losing its alert would be worse.
  return table[check] ?? { title: check, severity: 'error', runbook: 'index' };
}

/** Returns the key of an observation, given the known conditions. */
export function keyOf(
  origin: Origin,
  observation: Observation,
  known: ReadonlyMap<string, Condition>,
): string {
  const { pool = '-', check } = observation;
  const subject = subjectOf(origin, observation);
  const end = subject === undefined ? pool : `${pool}:${subject}`;
  const keyOn = (chain: string) => `${origin.bot}:${check}:${chain}:${end}`;
  const here = origin.chain();
  if (here !== unknownChain) {
    const key = keyOn(here);
    if (known.get(key)?.incident) return key;
    // An alert that was raised before the chain was known keeps its key until it is resolved.
    const early = keyOn(unknownChain);
    return known.get(early)?.incident ? early : key;
  }
  const early = keyOn(unknownChain);
  if (known.get(early)?.incident) return early;
  // A process that does not know the chain yet, for example in an outage, keeps the known key as well.
  for (const chain of new Set([...known.keys()].map(chainIn))) {
    const key = keyOn(chain);
    if (known.has(key)) return key;
  }
  return early;
}

/** Returns the chain that a key names. */
export function chainIn(key: string): string {
  return key.split(':', 3)[2] ?? unknownChain;
}

/** A check's name comes from the bot's own table, but a subject comes from outside and is redacted. */
function subjectOf({ redact, redactName = redact }: Origin, { subject }: Observation): string | undefined {
  return subject === undefined ? undefined : failingClosed(redactName)(subject);
}

/** A finding in the form for people: complete, plain and redacted. */
export interface Found {
  alert: Remembered;
  data(): Alert['data'];
  /**
   * Releases the data of a finding that is not reported now. The message stays, and is redacted when it is
   * read.
   */
  forgetData(): void;
}

interface Place {
  /** Key of the alert that lists all findings with the same cause. */
  group: string | undefined;
  chain: string;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * Returns a finding in the form for people. Message and data are serialised and redacted together, when one
 * of them is first read: of 2,000 conditions that last, a round reads only those that it reports.
 */
export function foundOf(
  origin: Origin,
  dedupKey: string,
  observation: Observation & { failing: true },
  { group, chain, now }: Place,
): Found {
  const { bot, version, runbookUrl, ownerOf = () => 'on-call' } = origin;
  const { runbookLink = page => `${runbookUrl}/${page}.md` } = origin;
  const redact = failingClosed(text => origin.redact(text));
  // The message is read now: a getter that throws must not cost the other findings.
  const { check, pool, cause, message } = observation;
  const subject = subjectOf(origin, observation);
  const kind = kindOf(origin, check);
  const severity = observation.severity ?? kind.severity;
  const words = new Words(message, observation.data ?? {}, cause, redact, origin.redactName ?? redact);
  const alert = {
    dedupKey,
    severity,
    bot,
    check,
    chain,
    pool,
    subject,
    group,
    title: kind.title,
    runbook: runbookLink(kind.runbook),
    owner: ownerOf(bot, check, severity),
    version,
    since: now,
    count: 1,
  };
  return {
    alert: withTexts(alert, words),
    data: () => words.data,
    forgetData: () => words.forgetData(),
  };
}

/** The message and data of a check, serialised and redacted together when one of them is first read. */
class Words implements AlertTexts {
  readonly #said: unknown;
  #data: unknown;
  readonly #cause: string | undefined;
  readonly #redact: (text: string) => string;
  readonly #redactName: (text: string) => string;
  #redacted: readonly [Alert['message'], Alert['data']] | undefined;

  constructor(
    message: unknown,
    data: unknown,
    cause: string | undefined,
    redact: (text: string) => string,
    redactName: (text: string) => string,
  ) {
    this.#said = message;
    this.#data = data;
    this.#cause = cause;
    this.#redact = redact;
    this.#redactName = failingClosed(redactName);
  }

  get cause(): string | undefined {
    return this.#cause === undefined ? undefined : this.#redactName(this.#cause);
  }

  get message(): Alert['message'] {
    return this.#both()[0];
  }

  get data(): Alert['data'] {
    return this.#both()[1];
  }

  forgetData(): void {
    this.#data = {};
    if (this.#redacted) this.#redacted = [this.#redacted[0], {}];
  }

  #both(): readonly [Alert['message'], Alert['data']] {
    this.#redacted ??= redactAll(
      [
        serialise(this.#said, maxMessageBytes, this.#redact),
        serialise(this.#data, maxDataBytes, this.#redact),
      ],
      this.#redact,
    ) as unknown as [Alert['message'], Alert['data']];
    return this.#redacted;
  }
}

/** Keeps the result of `make` for each text, until it is cleared. */
export class Memo {
  readonly #make: (text: string) => string;
  readonly #made = new Map<string, string>();

  constructor(make: (text: string) => string) {
    this.#make = make;
  }

  of(text: string): string {
    let made = this.#made.get(text);
    if (made === undefined) {
      made = this.#make(text);
      this.#made.set(text, made);
    }
    return made;
  }

  clear(): void {
    this.#made.clear();
  }
}
