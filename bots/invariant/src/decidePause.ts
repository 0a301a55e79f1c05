import type { Observation } from '@service-bots/core/alerts';
import type { Inspection } from './inspect.ts';
import { type Confirmations, muteOf } from './observe.ts';
import { severityOf } from './severity.ts';
import type { WatchedPool } from './watchedPool.ts';

/** What is to be done about a pool that a bot may pause. */
export type PauseDecision =
  /** Two endpoints say that these checks fail critically. */
  | { what: 'pause'; because: readonly string[] }
  /** They fail by what one endpoint says, or by a past that none told: enough to page people, and not to pause a pool. */
  | { what: 'doubt'; because: readonly string[] }
  /** It is paused, whoever did it, or there is no reason to. */
  | { what: 'leave' }
  /** What would be a reason could not be decided. */
  | { what: 'wait' };

/** @param pauseOn names of the checks whose confirmed critical failure pauses a pool */
export function decidePause(
  { view: { now, pool }, verdicts }: Inspection,
  confirmations: Confirmations,
  pauseOn: readonly string[],
  nowMs: number,
): PauseDecision {
  if (now.market.ok && now.market.value.isPaused) return { what: 'leave' };
  const asked = verdicts.filter(
    ({ check: { name } }) => pauseOn.includes(name) && !muteOf(pool.settings, name, nowMs),
  );
  const because = asked
    .filter(verdict => severityOf(verdict, confirmations.get(verdict.check.name)) === 'critical')
    .map(({ check }) => check.name);
  const certain = because.filter(name => confirmations.get(name)?.certain);
  if (certain.length > 0) return { what: 'pause', because: certain };
  if (because.length > 0) return { what: 'doubt', because };
  const isDecided = now.market.ok && asked.every(({ result }) => result.outcome !== 'indeterminate');
  return { what: isDecided ? 'leave' : 'wait' };
}

/** What the decision alone says about `pause-failed`: nobody has to pause what is paused, or is well. */
export function pauseObservations(
  { address, name }: Pick<WatchedPool, 'address' | 'name'>,
  decision: PauseDecision,
): Observation[] {
  const about = { check: 'pause-failed', pool: address };
  if (decision.what === 'leave') return [{ ...about, failing: false }];
  if (decision.what !== 'doubt') return [];
  const message = `did not pause ${name} because of ${decision.because.join(', ')}: fewer than two endpoints confirmed it by themselves`;
  return [{ ...about, failing: true, message }];
}
