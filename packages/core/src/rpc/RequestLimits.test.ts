import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RequestLimit } from './RequestLimits.ts';

/** Answers full-size requests, `times` times. */
const answer = (budget: RequestLimit, times: number) => {
  for (let i = 0; i < times; i += 1) budget.answered(budget.size);
};

describe('the budget of an endpoint', () => {
  it('begins with what the operator said', () => expect(new RequestLimit(500).size).toBe(500));

  it('is what the endpoint states, and never more again', () => {
    const budget = new RequestLimit(10_000);
    budget.refused(10_000, 500);
    expect(budget.size).toBe(500);
    answer(budget, 1_000);
    expect(budget.size).toBe(500);
  });

  it('is not made larger by what the endpoint states', () => {
    const budget = new RequestLimit(100);
    budget.refused(100, 500);
    expect(budget.size).toBe(100);
  });

  it('is half of what was refused without a figure', () => {
    const budget = new RequestLimit(100);
    budget.refused(100);
    expect(budget.size).toBe(50);
    budget.refused(30);
    expect(budget.size).toBe(15);
  });

  it('is halved once, though several requests of that size were under way', () => {
    const budget = new RequestLimit(100);
    for (let i = 0; i < 8; i += 1) budget.refused(100);
    expect(budget.size).toBe(50);
  });

  it('grows back after a while of full-size answers, up to what it began with', () => {
    const budget = new RequestLimit(100);
    budget.refused(100);
    for (let i = 0; i < 1_000; i += 1) budget.answered(49);
    expect(budget.size).toBe(50);
    answer(budget, 19);
    expect(budget.size).toBe(50);
    answer(budget, 1_000);
    expect(budget.size).toBe(100);
  });

  it('suspects what was never answered at once, and what was answered before at the second failure', () => {
    const budget = new RequestLimit(100);
    expect(budget.failed(100)).toBe(true);
    budget.answered(40);
    expect([budget.failed(40), budget.failed(40)]).toEqual([false, true]);
    budget.answered(40);
    expect([budget.failed(41), budget.failed(30)]).toEqual([true, true]);
    expect(budget.failed(1)).toBe(false);
  });

  it('grows back sooner where the endpoint never said that it was too much', () => {
    const budget = new RequestLimit(100);
    budget.refused(100, undefined, true);
    expect(budget.size).toBe(50);
    answer(budget, 5);
    expect(budget.size).toBe(100);
  });

  it('property: an endpoint that never takes more than so much refuses few requests in the long run', () => {
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

  it('property: it stays between 1 and what was allowed', () => {
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
