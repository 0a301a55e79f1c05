import { describe, expect, it } from '@jest/globals';
import { fakeClock } from '../../../test/support/fakeClock.ts';
import { probeStateDir } from './takeLease.ts';

function waiting(lastAnswerAt: () => number | undefined) {
  const clock = fakeClock();
  const told: number[] = [];
  const start = clock.now();
  let answer: (value: string) => void = () => undefined;
  const work = new Promise<string>(resolve => {
    answer = resolve;
  });
  const result = probeStateDir(work, {
    lastAnswerAt,
    clock,
    onSilent: () => void told.push((clock.now() - start) / 1_000),
  });
  /** Advances in the watch's own steps: each begins when the previous one has ended. */
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 5) await clock.advance(5_000);
  };
  return { told, answer, result, pass };
}

describe('probeStateDir', () => {
  it('default: a folder that answers in time is not spoken of', async () => {
    const { told, answer, result, pass } = waiting(() => undefined);
    await pass(25);
    answer('here');
    expect(await result).toBe('here');
    await pass(60);
    expect(told).toEqual([]);
  });

  it('behavior: one that is silent for half a minute is told of, as long as that lasts', async () => {
    const { told, answer, result, pass } = waiting(() => undefined);
    await pass(40);
    expect(told).toEqual([30, 35, 40]);
    answer('at last');
    expect(await result).toBe('at last');
    await pass(60);
    expect(told).toHaveLength(3);
  });

  it('behavior: whoever stands by hears of it all the time, until it does not', async () => {
    let answeredAt = 0;
    const { told, pass } = waiting(() => answeredAt);
    for (; answeredAt < 20; answeredAt += 1) await pass(5);
    expect(told).toEqual([]);
    await pass(35);
    expect(told).toHaveLength(1);
  });
});
