import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { coveredMs, deadlineMs, gaps, type Span, union } from './spans.ts';

const span = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20 }))
  .map(([fromMs, length]): Span => ({ fromMs, toMs: fromMs + length }));
const spans = fc.array(span, { maxLength: 8 });
const within = (all: readonly Span[], at: number) =>
  all.some(({ fromMs, toMs }) => fromMs <= at && at < toMs);
/** The whole milliseconds of a span, each judged alone. */
const instants = ({ fromMs, toMs }: Span) =>
  Array.from({ length: toMs - fromMs }, (_, index) => fromMs + index);

describe('spans of time', () => {
  it('unite into disjoint spans that hold the same instants', () => {
    fc.assert(
      fc.property(spans, all => {
        const united = union(all);
        for (let at = 0; at < 90; at += 1) expect(within(united, at)).toBe(within(all, at));
        for (const [index, { toMs }] of united.entries())
          expect(toMs).toBeLessThan(united[index + 1]?.fromMs ?? Infinity);
      }),
    );
  });

  it('cover and leave free every instant exactly once', () => {
    fc.assert(
      fc.property(spans, span, (all, looked) => {
        const covered = instants(looked).filter(at => within(all, at));
        expect(coveredMs(all, looked)).toBe(covered.length);
        expect(gaps(all, looked).flatMap(instants)).toEqual(instants(looked).filter(at => !within(all, at)));
      }),
    );
  });

  it('put a deadline off by exactly the impossible time before it', () => {
    fc.assert(
      fc.property(spans, fc.nat(60), fc.integer({ min: 1, max: 30 }), (all, fromMs, allowedMs) => {
        const free = instants({ fromMs, toMs: 200 }).filter(at => !within(all, at));
        expect(deadlineMs(fromMs, allowedMs, all)).toBe((free[allowedMs - 1] as number) + 1);
      }),
    );
  });

  it('leave a deadline that no fault touches as it is', () => {
    expect(deadlineMs(100, 50, [{ fromMs: 150, toMs: 900 }])).toBe(150);
    expect(deadlineMs(100, 51, [{ fromMs: 150, toMs: 900 }])).toBe(901);
  });
});
