import { seededRandom } from '@service-bots/devnet';

/** Pseudo-random numbers that repeat for one seed. */
export interface Random {
  /** From `least` up to `most`. */
  between(least: number, most: number): number;
  /** Returns a random item. */
  pick<T>(from: readonly T[]): T;
  /** Returns a seed for another generator. */
  seed(): number;
}

export function randomFrom(seed: number): Random {
  const next = seededRandom(seed);
  return {
    between: (least, most) => least + next() * (most - least),
    pick: <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T,
    seed: () => Math.floor(next() * 2 ** 31),
  };
}
