import type { Finding as CheckerFinding } from '../checker/index.ts';
import type { People } from '../world/people.ts';
import type { Finding } from './minimise.ts';
import { clockOf } from './Progress.ts';
import type { Plan } from './plan.ts';

/** The result of a run, for the table, the report and the search for the smallest history. */
export interface Result {
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  /** The acts of people, by kind: done, and refused by a pool. */
  readonly people: Readonly<Record<string, { done: number; refused: number }>>;
  readonly chainSeconds: number;
  readonly realSeconds: number;
  /** How the bots ran; as processes in results that do not say so. */
  readonly runAs?: 'processes' | 'containers';
  /** Faults that the machine did not allow. */
  readonly leftOut: readonly string[];
  /** The parts for which the clock was slowed down, and how often. */
  readonly slowedBy: readonly (readonly [string, number])[];
  /** Counts of the checker, such as mints and alerts, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** Delays of the checker in ms, by what was late: from the moment an incident was visible to its delivery. */
  readonly delaysMs: Readonly<Record<string, readonly number[]>>;
}

/** Acts that people do in every run that lasts this long. */
const livelyKinds = ['trade', 'tickets', 'deposit'] as const;
const idleSeconds = 900;

/** Returns the findings that need no checker: a world in which nothing happened, a suite that did not come back, and a fault that could not be injected. */
export function ownFindings(campaign: {
  readonly crashes: readonly string[];
  readonly failedFaults: readonly string[];
  readonly chainSeconds: number;
  readonly people: Pick<People, 'done' | 'reasons'>;
}): Finding[] {
  const { done, reasons } = campaign.people;
  // Bots that have nothing to do pass every rule.
  const idle = campaign.chainSeconds < idleSeconds ? [] : livelyKinds.filter(kind => !done.has(kind));
  return [
    ...idle.map(kind => ({
      rule: 'evidence',
      text: `nobody could do this in the whole run: ${kind} (${reasons.get(kind) ?? 'nobody tried'})`,
    })),
    ...campaign.crashes.map(text => ({ rule: 'no bot ends by itself', text })),
    ...campaign.failedFaults.map(text => ({ rule: 'every bot comes back after a fault', text })),
  ];
}

/** Returns a finding of the checker in one line, with its time in the campaign. */
export function describeFinding(finding: CheckerFinding, startSeconds: number): Finding {
  const { rule, what, where, atMs, evidence } = finding;
  const at = atMs === undefined ? '' : ` at ${clockOf(atMs / 1_000 - startSeconds)}`;
  const shown = JSON.stringify(evidence, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
  return { rule, text: `${where}${at}: ${what} ${shown.slice(0, longestEvidence)}` };
}

/** The whole evidence is in the history and the deliveries. */
const longestEvidence = 400;
