/** Numbers that look random and repeat for one seed. */
export interface Random {
  /** From `least` up to `most`. */
  between(least: number, most: number): number;
  /** One of them. */
  pick<T>(from: readonly T[]): T;
  /** A seed for somebody else. */
  seed(): number;
}

/** mulberry32, public domain. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    between: (least, most) => least + next() * (most - least),
    pick: <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T,
    seed: () => Math.floor(next() * 2 ** 31),
  };
}
