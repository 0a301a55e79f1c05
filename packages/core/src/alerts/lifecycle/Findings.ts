import { failingClosed, redactAll, serialise } from '../../logger/index.ts';
import type { Alert, AlertKind, AlertTable, News, Observation, Severity } from '../model/alert.ts';
import type { Condition, StoredAlert } from '../model/condition.ts';
import { type AlertTexts, withTexts } from '../model/lazyTexts.ts';
import { type Event, isOutweighed } from './lifecycle.ts';

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
  /** Returns the owner of an alert. @default `on-call` */
  ownerOf?(bot: string, check: string, severity: Severity): string;
}

/** The chain's name in the keys of alerts that are raised before an endpoint has reported the chain. */
export const unknownChain = 'unknown';

const maxDataBytes = 16_384;
const maxMessageBytes = 4_096;

/** Returns the chain that a key names. */
function chainIn(key: string): string {
  return key.split(':', 3)[2] ?? unknownChain;
}

/** A finding in the form for people: complete, plain and redacted. */
interface Finding {
  alert: StoredAlert;
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

/** Turns the observations of a round into events of alerts: keys, texts for people, owners, links. */
export class Findings {
  readonly #origin: Origin;
  readonly #conditions: () => ReadonlyMap<string, Condition>;
  /**
   * The keys of alerts that stand for a common cause, by check and cause. They are kept for a round, since
   * 2,000 findings may have the same cause.
   */
  readonly #groupKeys = new Map<string, Memo>();
  /** Subjects and causes of a round, redacted. They are kept since many findings may share them. */
  readonly #names: Memo;
  readonly #runbooks: Memo;
  readonly #redaction: Redaction;

  /** @param conditions returns the known conditions, by key */
  constructor(origin: Origin, conditions: () => ReadonlyMap<string, Condition>) {
    this.#origin = origin;
    this.#conditions = conditions;
    const redact = failingClosed(text => origin.redact(text));
    this.#names = new Memo(redact);
    this.#redaction = { redact, redactName: text => this.#names.of(text) };
    this.#runbooks = new Memo(page => `${origin.runbookUrl}/${page}.md`);
  }

  /**
   * Returns the events of a round, by the key of the alert; of several findings about one key the worst.
   * @param onUnreadable called with the error of an observation that cannot be read, since a getter of its
   * data throws; the other observations still count
   */
  events(
    observations: readonly Observation[],
    now: number,
    onUnreadable: (error: unknown) => void,
  ): Map<string, Event> {
    this.#groupKeys.clear();
    this.#names.clear();
    const events = new Map<string, Event>();
    for (const observation of observations)
      try {
        const key = this.#keyOf(observation);
        const event = this.#eventOf(key, observation, now);
        if (!isOutweighed(event, events.get(key))) events.set(key, event);
      } catch (error) {
        onUnreadable(error);
      }
    return events;
  }

  /** Returns news in the form of an alert, which a notice carries. */
  newsAlert(news: News, now: number): Alert {
    const observation = { ...news, failing: true as const, severity: 'info' as const };
    const place = { group: undefined, chain: this.#origin.chain(), now };
    const finding = this.#findingOf(this.#keyOf(observation), observation, place);
    return { ...finding.alert, title: news.title, data: finding.data() };
  }

  /** Returns the kind of a check from the bot's table. */
  kindOf(check: string): AlertKind {
    // A check outside the table is a defect, but losing its alert would be worse.
    return this.#origin.table[check] ?? { title: check, severity: 'error', runbook: 'index' };
  }

  /** Returns the key of an observation, given the known conditions. */
  #keyOf(observation: Observation): string {
    const known = this.#conditions();
    const { pool = '-', check } = observation;
    const subject = this.#subjectOf(observation);
    const end = subject === undefined ? pool : `${pool}:${subject}`;
    const keyOn = (chain: string) => `${this.#origin.bot}:${check}:${chain}:${end}`;
    const here = this.#origin.chain();
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

  /** Returns the key of the alert for all findings with a cause. */
  #groupOf({ check, cause }: Observation): string | undefined {
    if (cause === undefined) return undefined;
    let keys = this.#groupKeys.get(check);
    if (!keys) {
      keys = new Memo(each => this.#keyOf({ check, subject: each, failing: false }));
      this.#groupKeys.set(check, keys);
    }
    return keys.of(cause);
  }

  #eventOf(key: string, observation: Observation, now: number): Event {
    if (!observation.failing)
      return observation.ended === undefined ? { kind: 'fine' } : { kind: 'ended', why: observation.ended };
    const chain = this.#origin.chain();
    const place = {
      group: this.#groupOf(observation),
      chain: chain === unknownChain ? chainIn(key) : chain,
      now,
    };
    return { kind: 'failing', ...this.#findingOf(key, observation, place) };
  }

  /** A check's name comes from the bot's own table, but a subject comes from outside and is redacted. */
  #subjectOf({ subject }: Observation): string | undefined {
    return subject === undefined ? undefined : this.#names.of(subject);
  }

  /**
   * Returns a finding in the form for people. Message and data are serialised and redacted together, when one
   * of them is first read: of 2,000 conditions that last, a round reads only those that it reports.
   */
  #findingOf(
    dedupKey: string,
    observation: Observation & { failing: true },
    { group, chain, now }: Place,
  ): Finding {
    const { bot, version, ownerOf = () => 'on-call' } = this.#origin;
    // The message is read now: a getter that throws must not cost the other findings.
    const { check, pool, cause, message } = observation;
    const kind = this.kindOf(check);
    const severity = observation.severity ?? kind.severity;
    const texts = new FindingTexts({ message, data: observation.data ?? {}, cause }, this.#redaction);
    const alert = {
      dedupKey,
      severity,
      bot,
      check,
      chain,
      pool,
      subject: this.#subjectOf(observation),
      group,
      title: kind.title,
      runbook: this.#runbooks.of(kind.runbook),
      owner: ownerOf(bot, check, severity),
      version,
      since: now,
      count: 1,
    };
    return {
      alert: withTexts(alert, texts),
      data: () => texts.data,
      forgetData: () => texts.forgetData(),
    };
  }
}

/** Removes secrets from a text, and from a name that many findings of a round share. */
interface Redaction {
  redact(text: string): string;
  redactName(text: string): string;
}

/** The message and data of a check, serialised and redacted together when one of them is first read. */
class FindingTexts implements AlertTexts {
  readonly #message: unknown;
  #data: unknown;
  readonly #cause: string | undefined;
  readonly #redaction: Redaction;
  #redacted: readonly [Alert['message'], Alert['data']] | undefined;

  constructor(
    { message, data, cause }: { message: unknown; data: unknown; cause: string | undefined },
    redaction: Redaction,
  ) {
    this.#message = message;
    this.#data = data;
    this.#cause = cause;
    this.#redaction = redaction;
  }

  get cause(): string | undefined {
    return this.#cause === undefined ? undefined : this.#redaction.redactName(this.#cause);
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
    const { redact } = this.#redaction;
    this.#redacted ??= redactAll(
      [serialise(this.#message, maxMessageBytes, redact), serialise(this.#data, maxDataBytes, redact)],
      redact,
    ) as unknown as [Alert['message'], Alert['data']];
    return this.#redacted;
  }
}

/** Keeps the result of `make` for each text, until it is cleared. */
class Memo {
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
