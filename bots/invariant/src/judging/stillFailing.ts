import { evaluate } from '../checks/evaluate.ts';
import type { View } from '../checks/index.ts';
import type { OpeningPrices } from '../checks/tradeEffects.ts';
import type { Verdict } from '../checks/verdict.ts';
import { severityOf } from '../checks/verdict.ts';
import type { PoolEvent } from '../readings/events.ts';

/**
 * Checks that failed critically at a block, confirmed by two operators: reasons for a pause, if they last.
 */
export interface PendingPause {
  block: number;
  checks: readonly string[];
  /** The view of the checks at that time: a check that compares blocks uses the same earlier block again. */
  view: View;
}

/**
 * Returns the checks that still fail in a later block. A fall still fails while the price is below its
 * expected value from the reserves before the fall: if the next block reverses a fall, it does not count.
 */
export function stillFailing(
  suspected: PendingPause | undefined,
  view: View,
  verdicts: readonly Verdict[],
): string[] {
  if (!suspected || suspected.block >= view.now.block.number) return [];
  return suspected.checks.filter(name => {
    const verdict = verdicts.find(({ check }) => check.name === name);
    if (!verdict) return false;
    const { check } = verdict;
    if (!check.needs?.includes('before')) return isCritical(verdict);
    const since: View = {
      ...view,
      before: suspected.view.before,
      diagnostics: closerSince(suspected.view, view),
    };
    return evaluate([check], since).some(isCritical);
  });
}

const isCritical = (verdict: Verdict) => severityOf(verdict) === 'critical';

/** Returns the known events and prices of both blocks. */
function closerSince({ diagnostics: then }: View, { diagnostics: now }: View) {
  const events: PoolEvent[] = [...(then?.events ?? []), ...(now?.events ?? [])];
  const openingPrices: OpeningPrices = new Map([
    ...(then?.openingPrices ?? new Map<number, bigint>()),
    ...(now?.openingPrices ?? new Map<number, bigint>()),
  ]);
  return { events, openShorts: now?.openShorts ?? then?.openShorts, openingPrices };
}
