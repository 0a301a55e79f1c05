import { describe, expect, it } from '@jest/globals';
import { LookTiming } from './lookTiming.ts';

/** Looks at a chain with a block every 12 s, seconds after its start; the bot begins so late after a block. */
function looksFrom(lateSeconds: number, blocks: number) {
  const blockTime = 12;
  const timing = new LookTiming();
  const delays: number[] = [];
  let looks = 0;
  let least = Number.POSITIVE_INFINITY;
  let now = lateSeconds;
  let seen = -1;
  while (delays.length < blocks) {
    looks += 1;
    const number = Math.floor(now / blockTime);
    const bornAt = number * blockTime;
    if (number > seen) {
      delays.push(now - bornAt);
      // As the runtime's clock of the chain learns: the least delay is when blocks are made.
      least = Math.min(least, now - bornAt);
      seen = number;
    }
    const later = timing.after({ hash: String(number) });
    const due = (seen + 1) * blockTime + least + later * blockTime;
    now = Math.max(due, now + 1);
  }
  return { delays, looks };
}

describe('when to look for a block', () => {
  it.each([0, 1, 5, 9.5, 11.9])(
    'begun %s s after a block, it soon sees blocks within a second or so',
    late => {
      const { delays } = looksFrom(late, 200);
      expect(Math.max(...delays.slice(6))).toBeLessThan(1.5);
    },
  );

  it.each([0, 1, 5, 9.5, 11.9])('begun %s s after a block, it looks once a block but for a few', late => {
    expect(looksFrom(late, 200).looks).toBeLessThan(200 * 1.1);
  });
});
