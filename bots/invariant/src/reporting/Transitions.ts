import type { Observation } from '@service-bots/core/alerts';

/** Removes repetitions from the observations of many blocks in one round: only changes are reported. */
export class Transitions {
  readonly #last = new Map<string, Observation>();

  /** Returns the observations that differ from the last one of the same check. */
  news(observations: readonly Observation[]): Observation[] {
    return observations.filter(observation => {
      const key = `${observation.check} ${observation.pool} ${observation.subject}`;
      const last = this.#last.get(key);
      this.#last.set(key, observation);
      return !last || stateOf(last) !== stateOf(observation);
    });
  }
}

function stateOf(observation: Observation): string {
  if (!observation.failing) return 'holds';
  return `${observation.severity ?? 'failing'} ${observation.cause}`;
}
