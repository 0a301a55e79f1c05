import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RequestLimit } from './RequestLimits.ts';

/** Answers full-size requests, `times` times. */
const answer = (budget: RequestLimit, times: number) => {
  for (let i = 0; i < times; i += 1) budget.answered(budget.size);
};

describe('RequestLimit', () => {
  it('begins with the operator’s limit', () => expect(new RequestLimit(500).size).toBe(500));

  it('is the size that the endpoint states, and never more again', () => {
    const budget = new RequestLimit(10_000);
    budget.refused(10_000, 500);
    expect(budget.size).toBe(500);
    answer(budget, 1_000);
    expect(budget.size).toBe(500);
  });

  it('is not raised by a larger size that the endpoint states', () => {
    const budget = new RequestLimit(100);
    budget.refused(100, 500);
    expect(budget.size).toBe(100);
  });

  it('is half of a size that was refused without a figure', () => {
    const budget = new RequestLimit(100);
    budget.refused(100);
    expect(budget.size).toBe(50);
    budget.refused(30);
    expect(budget.size).toBe(15);
  });

  it('is halved once for several requests of the same size', () => {
    const budget = new RequestLimit(100);
    for (let i = 0; i < 8; i += 1) budget.refused(100);
    expect(budget.size).toBe(50);
  });

  it('grows back after enough full-size answers, up to its first value', () => {
    const budget = new RequestLimit(100);
    budget.refused(100);
    for (let i = 0; i < 1_000; i += 1) budget.answered(49);
    expect(budget.size).toBe(50);
    answer(budget, 19);
    expect(budget.size).toBe(50);
    answer(budget, 1_000);
    expect(budget.size).toBe(100);
  });

  it('suspects a size that was never answered at the first failure, and another size at the second', () => {
    const budget = new RequestLimit(100);
    expect(budget.failed(100)).toBe(true);
    budget.answered(40);
    expect([budget.failed(40), budget.failed(40)]).toEqual([false, true]);
    budget.answered(40);
    expect([budget.failed(41), budget.failed(30)]).toEqual([true, true]);
    expect(budget.failed(1)).toBe(false);
  });

  it('grows back sooner when the endpoint never said that the request was too large', () => {
    const budget = new RequestLimit(100);
    budget.refused(100, undefined, true);
    expect(budget.size).toBe(50);
    answer(budget, 5);
    expect(budget.size).toBe(100);
  });

  it('property: an endpoint with a fixed limit refuses few requests in the long run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), limit => {
        const budget = new RequestLimit(10_000);
        let refusals = 0;
        for (let i = 0; i < 20_000; i += 1) {
          if (budget.size <= limit) budget.answered(budget.size);
          else {
            refusals += 1;
            budget.refused(budget.size);
          }
        }
        // 14 halvings from 10,000 to 1 at most, then a trial after 20 answers, 40, 80 …
        expect(refusals).toBeLessThanOrEqual(14 + 11);
        expect(budget.size).toBeGreaterThan(limit / 2 - 1);
      }),
    );
  });

  it('property: stays between 1 and the allowed size', () => {
    const step = fc.oneof(
      fc.record({
        asked: fc.integer({ min: 1, max: 1_000 }),
        stated: fc.option(fc.nat(1_000), { nil: undefined }),
      }),
      fc.constant('answered' as const),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.array(step), (most, steps) => {
        const budget = new RequestLimit(most);
        for (const each of steps) {
          if (each === 'answered') answer(budget, 25);
          else budget.refused(each.asked, each.stated);
          expect(budget.size).toBeGreaterThanOrEqual(1);
          expect(budget.size).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});
