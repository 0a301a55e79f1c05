import { seededRandom } from '@service-bots/devnet';

/** Repeatable randomness: the same seed gives the same walk. */
export interface Random {
  /** From 0 up to, but without, 1. */
  next(): number;
  /** Returns a random item. */
  pick<T>(items: readonly T[]): T;
  /** Returns a part of an amount, between two fractions of it; small parts are as likely as large ones. */
  partOf(amount: bigint, least: number, most: number): bigint;
}

export function randomFrom(seed: number): Random {
  const next = seededRandom(seed);
  return {
    next,
    pick: items => items[Math.floor(next() * items.length)] as (typeof items)[number],
    partOf(amount, least, most) {
      const fraction = least * (most / least) ** next();
      return (amount * BigInt(Math.round(fraction * 1e12))) / 10n ** 12n;
    },
  };
}
