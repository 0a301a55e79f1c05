import type { Observation } from '@service-bots/core/alerts';
import type { Result } from '../checks/index.ts';
import { severityOf } from '../checks/verdict.ts';
import { muteOf } from '../pools/InvariantPool.ts';
import type { WatchedPool } from '../pools/WatchedPool.ts';
import type { Confirmations } from './crossCheck.ts';
import type { Inspection } from './inspect.ts';
import { stillFailing } from './stillFailing.ts';

/** The decision about a pool that a bot may pause. */
export type PauseDecision =
  /**
   * Endpoints of two operators confirmed that these checks fail critically, and they still fail in a later
   * block.
   */
  | { what: 'pause'; because: readonly string[] }
  /** They confirmed it for this block: the next one decides. */
  | { what: 'look-again'; because: readonly string[] }
  /**
   * The failure rests on one operator's answers, or on a past that no endpoint returned: enough for a page,
   * and not for a pause.
   */
  | { what: 'doubt'; because: readonly string[] }
  /** The pool is already paused, by any account, or there is no reason for a pause. */
  | { what: 'leave' }
  /** A check that could be a reason for a pause has no result yet. */
  | { what: 'wait' };

/** @param pauseOn names of the checks whose confirmed critical failure pauses a pool */
export function decidePause(
  inspection: Inspection,
  {
    confirmations,
    pauseOn,
    nowMs,
  }: { confirmations: Confirmations; pauseOn: readonly string[]; nowMs: number },
): PauseDecision {
  const { watched, view, verdicts } = inspection;
  const { now, pool } = view;
  if (now.market.ok && now.market.value.isPaused) return { what: 'leave' };
  const named = verdicts.filter(({ check: { name } }) => pauseOn.includes(name));
  // A named check that leaves its case to another check is represented by that one.
  const names = new Set(named.flatMap(({ check, result }) => [check.name, ...spokenForBy(result)]));
  const asked = verdicts.filter(
    ({ check: { name } }) => names.has(name) && !muteOf(pool.settings, name, nowMs),
  );
  const because = asked
    .filter(verdict => severityOf(verdict, confirmations.get(verdict.check.name)) === 'critical')
    .map(({ check }) => check.name);
  const certain = because.filter(name => confirmations.get(name)?.certain);
  const isAsked = (name: string) => names.has(name) && !muteOf(pool.settings, name, nowMs);
  const lasting = stillFailing(watched.suspected, view, verdicts).filter(isAsked);
  if (lasting.length > 0) return { what: 'pause', because: lasting };
  if (certain.length > 0) return { what: 'look-again', because: certain };
  if (because.length > 0) return { what: 'doubt', because };
  const isDecided = now.market.ok && asked.every(({ result }) => result.outcome !== 'indeterminate');
  return { what: isDecided ? 'leave' : 'wait' };
}

/**
 * Returns the check that reports the failure in place of this one. A check that is undecided only because of
 * it gives no reason.
 */
function spokenForBy(result: Result): string[] {
  return result.outcome === 'skipped' && result.see !== undefined ? [result.see] : [];
}

/**
 * Returns the observations about `pause-failed` that follow from the decision alone: a pool that is paused,
 * or healthy, needs no pause.
 */
export function pauseObservations(
  { address, name }: Pick<WatchedPool, 'address' | 'name'>,
  decision: PauseDecision,
): Observation[] {
  const about = { check: 'pause-failed', pool: address };
  if (decision.what === 'leave') return [{ ...about, failing: false }];
  if (decision.what !== 'doubt') return [];
  const message = `did not pause ${name} because of ${decision.because.join(', ')}: fewer than two endpoints confirmed it by themselves, of two operators. First: decide whether to pause the pool by hand`;
  return [{ ...about, failing: true, message }];
}
