import { failingClosed, redactAll, serialise } from '../logger/index.ts';
import type { Alert, AlertKind, AlertTable, Observation } from './alert.ts';
import type { Condition, Remembered } from './condition.ts';
import type { Severity } from './severity.ts';

/** Who raises alerts: what they have in common. */
export interface Origin {
  bot: string;
  /** Name of the chain, or `unknownChain`; asked each time, since it may not be known before the first endpoint answers. */
  chain(): string;
  version: string;
  table: AlertTable;
  /** Base URL of the runbook pages, without a slash at the end. */
  runbookUrl: string;
  /** Takes secrets out of a text. */
  redact(text: string): string;
  /** Who has to deal with it; `on-call` unless given. */
  ownerOf?(bot: string, check: string, severity: Severity): string;
}

/** The chain's name in the keys of what is raised before an endpoint has told it. */
export const unknownChain = 'unknown';

const maxDataBytes = 16_384;
const maxMessageBytes = 4_096;

export function kindOf({ table }: Origin, check: string): AlertKind {
  // A check outside the table is a defect, but losing its alert would be a worse one.
  return table[check] ?? { title: check, severity: 'error', runbook: 'index' };
}

/** Under which key an observation is remembered, where these conditions are known already. */
export function keyOf(
  origin: Origin,
  observation: Observation,
  known: ReadonlyMap<string, Condition>,
): string {
  const about = aboutOf(origin, observation);
  const keyOn = (chain: string) => [origin.bot, observation.check, chain, ...about].join(':');
  const [early, here] = [keyOn(unknownChain), origin.chain()];
  // What was raised before the chain was known keeps its key until it is over.
  if (known.get(early)?.incident) return early;
  if (here !== unknownChain) return keyOn(here);
  // Nor does it get another one from a process that does not know the chain yet, in an outage say.
  for (const chain of new Set([...known.keys()].map(chainIn))) {
    const key = keyOn(chain);
    if (known.has(key)) return key;
  }
  return early;
}

/** The chain that a key names. */
export function chainIn(key: string): string {
  return key.split(':', 3)[2] ?? unknownChain;
}

/** Only a bot's own table decides on a check's name, but a subject comes from outside. */
function aboutOf(origin: Origin, { pool = '-', subject }: Observation): string[] {
  return subject === undefined ? [pool] : [pool, failingClosed(text => origin.redact(text))(subject)];
}

/** What a check found as people are told it: complete, plain, redacted. */
export interface Found {
  alert: Remembered;
  data(): Alert['data'];
  /** Lets go of what is not told now. The message stays, redacted by itself when it is read. */
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
 * Returns what a check found as people are told it. Message and data are put together, and redacted together, when one
 * of them is first read: of 2,000 conditions that last, a round reads those that it tells people of.
 */
export function foundOf(
  origin: Origin,
  dedupKey: string,
  observation: Observation & { failing: true },
  { group, chain, now }: Place,
): Found {
  const { bot, version, runbookUrl, ownerOf = () => 'on-call' } = origin;
  const redact = failingClosed(text => origin.redact(text));
  // Read now: a getter that throws must not cost the other findings.
  const { check, pool, cause, message } = observation;
  let data: unknown = observation.data ?? {};
  const [, subject] = aboutOf(origin, observation);
  const kind = kindOf(origin, check);
  const severity = observation.severity ?? kind.severity;
  let words: readonly [Alert['message'], Alert['data']] | undefined;
  const said = () => {
    words ??= redactAll(
      [serialise(message, maxMessageBytes, redact), serialise(data, maxDataBytes, redact)],
      redact,
    ) as unknown as [Alert['message'], Alert['data']];
    return words;
  };
  return {
    alert: {
      dedupKey,
      severity,
      bot,
      check,
      chain,
      pool,
      subject,
      get cause() {
        return cause === undefined ? undefined : redact(cause);
      },
      group,
      title: kind.title,
      get message() {
        return said()[0];
      },
      runbook: `${runbookUrl}/${kind.runbook}.md`,
      owner: ownerOf(bot, check, severity),
      version,
      since: now,
      count: 1,
    },
    data: () => said()[1],
    forgetData() {
      data = {};
      if (words) words = [words[0], {}];
    },
  };
}
