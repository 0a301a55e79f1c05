import type { Finding } from './minimise.ts';
import type { Plan } from './plan.ts';

/** What a run leaves for the table, the report and the search for the smallest history. */
export interface Result {
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  /** The acts of people, by kind: done, and refused by a pool. */
  readonly people: Readonly<Record<string, { done: number; refused: number }>>;
  readonly chainSeconds: number;
  readonly realSeconds: number;
  /** Figures of the checker, such as counts of mints and delays. */
  readonly figures: Readonly<Record<string, string | number>>;
}

/** Returns the findings that need no checker: a suite that did not come back, and a fault that could not be injected. */
export function ownFindings(campaign: {
  readonly crashes: readonly string[];
  readonly failedFaults: readonly string[];
}): Finding[] {
  return [
    ...campaign.crashes.map(text => ({ rule: 'no bot ends by itself', text })),
    ...campaign.failedFaults.map(text => ({ rule: 'every bot comes back after a fault', text })),
  ];
}
