import type { Observation } from '@service-bots/core/alerts';

/** What many blocks of one round said, without what they only said again: people hear of changes. */
export class Transitions {
  readonly observations: Observation[] = [];
  readonly #last = new Map<string, Observation>();

  add(observations: readonly Observation[]): void {
    for (const observation of observations) {
      const key = `${observation.check} ${observation.pool} ${observation.subject}`;
      const last = this.#last.get(key);
      if (last && stateOf(last) === stateOf(observation)) continue;
      this.#last.set(key, observation);
      this.observations.push(observation);
    }
  }
}

function stateOf(observation: Observation): string {
  return observation.failing ? (observation.severity ?? 'failing') : 'holds';
}
