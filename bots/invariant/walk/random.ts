/** Repeatable randomness: the same seed gives the same walk. */
export interface Random {
  /** From 0 up to, but without, 1. */
  next(): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** A part of an amount, between two fractions of it; small parts as likely as large ones. */
  partOf(amount: bigint, least: number, most: number): bigint;
}

/** Mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    pick: items => items[Math.floor(next() * items.length)] as (typeof items)[number],
    partOf(amount, least, most) {
      const fraction = least * (most / least) ** next();
      return (amount * BigInt(Math.round(fraction * 1e12))) / 10n ** 12n;
    },
  };
}
