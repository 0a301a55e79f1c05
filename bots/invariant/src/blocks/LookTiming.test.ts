import { describe, expect, it } from '@jest/globals';
import { LookTiming } from './LookTiming.ts';

const slotSeconds = 12;

/** A chain with a slot every 12 s. */
interface Chain {
  /** Seconds after the slot's beginning until its block can be seen; 0 when absent. */
  delay?: (slot: number) => number;
  /** Whether a slot has no block. */
  isMissed?: (slot: number) => boolean;
  /** From this slot on the chain's time is ahead by so much; its block is seen late by so many seconds. */
  jump?: { slot: number; by: number; late: number };
  /** Block time as the runtime has learnt it. */
  pace?: number;
}

/**
 * Simulates a bot that begins so many seconds after a slot's beginning. Returns the delay and the number of
 * looks for each block.
 */
function looksAt(
  begunAt: number,
  slots: number,
  { delay = () => 0, isMissed = () => false, jump, pace }: Chain = {},
) {
  const timing = new LookTiming(slotSeconds);
  const seen: { late: number; looks: number }[] = [];
  const blocks = Array.from({ length: slots }, (_, slot) => slot)
    .filter(slot => !isMissed(slot))
    .map((slot, number) => ({
      slot,
      number,
      hash: String(number),
      bornAt: slot * slotSeconds + delay(slot),
      timestamp: slot * slotSeconds + (jump && slot >= jump.slot ? jump.by : 0),
    }));
  let looks = 0;
  let offset = Number.POSITIVE_INFINITY;
  let now = begunAt;
  let last = -1;
  for (;;) {
    looks += 1;
    const head = blocks.findLast(({ bornAt }) => bornAt <= now);
    if (head === undefined || head === blocks.at(-1)) return seen;
    if (head.number > last) {
      if (head.slot === jump?.slot) now += jump.late;
      seen.push({ late: now - head.bornAt, looks });
      // The same learning as in the runtime's clock of the chain: the least offset is the arrival of blocks,
      // and a jump is a jump.
      const ours = now - head.timestamp;
      offset = ours > offset + 3 * slotSeconds ? ours : Math.min(offset, ours);
      [last, looks] = [head.number, 0];
    }
    const due = head.timestamp + offset + timing.after(head, pace);
    now = Math.max(due, now + 1);
  }
}

const most = (numbers: number[]) => Math.max(...numbers);
const begins = [0, 1, 5, 9.5, 11.9];

describe('when to look for a block', () => {
  it.each(begins)(
    'begun %s s after a block, it soon sees each within a second or so, with one look',
    begunAt => {
      const seen = looksAt(begunAt, 1_000).slice(6);
      expect(most(seen.map(({ late }) => late))).toBeLessThan(1.5);
      expect(most(seen.map(({ looks }) => looks))).toBe(1);
    },
  );

  it.each(begins)('begun %s s after a block, it learns that with few looks', begunAt => {
    const looks = looksAt(begunAt, 8).slice(0, 6);
    expect(looks.reduce((sum, each) => sum + each.looks, 0)).toBeLessThan(20);
  });

  it('a pace that the runtime has learnt too short costs a look only until the block time is measured', () => {
    const seen = looksAt(5, 100, { pace: (slotSeconds * 7) / 8 }).slice(6);
    expect(most(seen.map(({ looks }) => looks))).toBe(1);
    expect(most(seen.map(({ late }) => late))).toBeLessThan(1.5);
  });

  it('on a chain that is faster than its row, it looks at the pace of the blocks', () => {
    const timing = new LookTiming(slotSeconds);
    const waits = Array.from({ length: 20 }, (_, number) =>
      timing.after({ number, hash: String(number), timestamp: number }, 0.9),
    );
    expect(most(waits.slice(4))).toBeLessThan(1.2);
  });

  it.each([3_600, -3_600])(
    'a jump of the chain’s time by %s s makes it learn anew, but not look more for good',
    by => {
      const seen = looksAt(5, 60, { jump: { slot: 20, by, late: 7 } });
      expect(seen[20]?.late).toBeGreaterThan(7);
      expect(most(seen.slice(10, 20).map(({ looks }) => looks))).toBe(1);
      const after = seen.slice(30);
      expect(most(after.map(({ looks }) => looks))).toBe(1);
      expect(most(after.map(({ late }) => late))).toBeLessThan(1.5);
    },
  );

  it('where blocks are not punctual, it looks late enough that hardly a block costs a second look', () => {
    // 0.5 to 2.5 s, in irregular order.
    const delay = (slot: number) => 0.5 + ((slot * 7_919) % 101) / 50;
    const seen = looksAt(5, 2_000, { delay }).slice(200);
    const twice = seen.filter(({ looks }) => looks > 1);
    expect(twice.length / seen.length).toBeLessThan(0.03);
    expect(most(seen.map(({ late }) => late))).toBeLessThan(3.5);
  });

  it('a slot without a block does not make it look later', () => {
    const seen = looksAt(5, 2_000, { isMissed: slot => slot % 30 === 29 }).slice(6);
    expect(most(seen.map(({ late }) => late))).toBeLessThan(1.5);
  });
});
