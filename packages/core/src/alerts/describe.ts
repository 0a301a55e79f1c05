import { type Plain, serialise } from '../logger/index.ts';
import type { Alert, AlertKind, AlertTable, Observation } from './alert.ts';
import type { Condition } from './condition.ts';
import { failingClosed, redactAll } from './redactAll.ts';
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
  const [early, here] = [keyOn(unknownChain, origin, observation), origin.chain()];
  // What was raised before the chain was known keeps its key until it is over.
  if (known.get(early)?.incident) return early;
  if (here !== unknownChain) return keyOn(here, origin, observation);
  // Nor does it get another one from a process that does not know the chain yet, in an outage say.
  for (const [key, { incident }] of known)
    if (incident && keyOn(incident.alert.chain, origin, observation) === key) return key;
  return early;
}

function keyOn(chain: string, origin: Origin, { check, pool, subject }: Observation): string {
  return [origin.bot, check, chain, pool ?? '-', ...subjectOf(origin, subject)].join(':');
}

/** None or one. Only a bot's own table decides on a check's name, but a subject comes from outside. */
function subjectOf(origin: Origin, subject: string | undefined): string[] {
  return subject === undefined ? [] : [failingClosed(text => origin.redact(text))(subject)];
}

/** What a check found as people are told it: complete, plain, redacted. */
export function alertOf(
  origin: Origin,
  dedupKey: string,
  observation: Observation & { failing: true },
  now: number,
): Alert {
  const { bot, chain, version, runbookUrl, ownerOf = () => 'on-call' } = origin;
  const redact = failingClosed(text => origin.redact(text));
  const { check, pool } = observation;
  const [subject] = subjectOf(origin, observation.subject);
  const kind = kindOf(origin, check);
  const severity = observation.severity ?? kind.severity;
  const said: Plain = {
    message: serialise(observation.message, maxMessageBytes, redact),
    data: serialise(observation.data ?? {}, maxDataBytes, redact),
  };
  return {
    dedupKey,
    severity,
    bot,
    check,
    chain: chain(),
    pool,
    subject,
    title: kind.title,
    ...(redactAll(said, redact) as unknown as Pick<Alert, 'message' | 'data'>),
    runbook: `${runbookUrl}/${kind.runbook}.md`,
    owner: ownerOf(bot, check, severity),
    version,
    since: now,
    count: 1,
  };
}
