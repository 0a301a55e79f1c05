import { describe, expect, it } from '@jest/globals';
import { LookTiming } from './lookTiming.ts';

const blockTime = 12;

interface Behaviour {
  /** Seconds after a block at which the bot begins. */
  begunAt: number;
  /** The chain's time jumps by so much at this block, which is seen late by so many seconds. */
  jump?: { block: number; by: number; late: number };
}

/** Looks at a chain with a block every 12 s: how long after its block each block was seen, and how many looks it took. */
function looksAt({ begunAt, jump }: Behaviour, blocks: number) {
  const timing = new LookTiming(blockTime);
  const seen: { delay: number; looks: number }[] = [];
  let looks = 0;
  let offset = Number.POSITIVE_INFINITY;
  let now = begunAt;
  let head = -1;
  while (seen.length < blocks) {
    looks += 1;
    const number = Math.floor(now / blockTime);
    const hasJumped = jump !== undefined && number >= jump.block;
    const timestamp = number * blockTime + (hasJumped ? jump.by : 0);
    if (number > head) {
      if (number === jump?.block) now += jump.late;
      seen.push({ delay: now - number * blockTime, looks });
      // As the runtime's clock of the chain learns: the least offset is when blocks are made, and a jump is a jump.
      const ours = now - timestamp;
      offset = ours > offset + 3 * blockTime ? ours : Math.min(offset, ours);
      [head, looks] = [number, 0];
    }
    const later = timing.after({ number, hash: String(number), timestamp });
    const due = timestamp + blockTime + offset + later * blockTime;
    now = Math.max(due, now + 1);
  }
  return seen;
}

describe('when to look for a block', () => {
  it.each([0, 1, 5, 9.5, 11.9])(
    'begun %s s after a block, it soon sees each within a second or so, with one look',
    begunAt => {
      const seen = looksAt({ begunAt }, 1_000).slice(6);
      expect(Math.max(...seen.map(({ delay }) => delay))).toBeLessThan(1.5);
      expect(Math.max(...seen.map(({ looks }) => looks))).toBe(1);
    },
  );

  it.each([0, 1, 5, 9.5, 11.9])('begun %s s after a block, it learns that with few looks', begunAt => {
    const looks = looksAt({ begunAt }, 6).map(each => each.looks);
    expect(looks.reduce((sum, each) => sum + each, 0)).toBeLessThan(20);
  });

  it.each([3_600, -3_600])(
    'a jump of the chain’s time by %s s makes it learn anew, but not look more for good',
    by => {
      const seen = looksAt({ begunAt: 5, jump: { block: 20, by, late: 7 } }, 60);
      expect(seen[20]?.delay).toBeGreaterThan(7);
      expect(seen.slice(10, 20).map(({ looks }) => looks)).toEqual(Array(10).fill(1));
      const after = seen.slice(30);
      expect(after.map(({ looks }) => looks)).toEqual(Array(30).fill(1));
      expect(Math.max(...after.map(({ delay }) => delay))).toBeLessThan(1.5);
    },
  );
});
