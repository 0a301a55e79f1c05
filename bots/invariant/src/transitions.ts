import type { Observation } from '@service-bots/core/alerts';

/** What many blocks of one round say, without what they only say again: people hear of changes. */
export class Transitions {
  readonly #last = new Map<string, Observation>();

  /** Those of the observations that differ from what the same check said before. */
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
