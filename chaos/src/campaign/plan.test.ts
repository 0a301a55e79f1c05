import { describe, expect, it } from '@jest/globals';
import { specOf, specs } from '../faults/index.ts';
import { calmSeconds, drawPlan } from './plan.ts';

describe('drawPlan', () => {
  it('default: a seed repeats its plan, and another one has another', () => {
    expect(drawPlan(specs, '7', 2)).toEqual(drawPlan(specs, '7', 2));
    expect(drawPlan(specs, '7', 2)).not.toEqual(drawPlan(specs, '8', 2));
    expect(drawPlan(specs, 'autumn', 1)).not.toEqual(drawPlan(specs, 'winter', 1));
  });

  it('default: over some seeds every fault comes up, alone and beside another', () => {
    const plans = Array.from({ length: 40 }, (_, seed) => drawPlan(specs, `${seed}`, 5));
    const drawn = new Set(plans.flatMap(({ faults }) => faults.map(({ spec }) => spec)));
    expect([...drawn].sort()).toEqual(specs.map(({ name }) => name).sort());
    const beside = plans.flatMap(({ faults }) =>
      faults.filter((fault, i) => {
        const next = faults[i + 1];
        return next !== undefined && next.atSeconds < fault.atSeconds + fault.lastsSeconds;
      }),
    );
    expect(beside.length).toBeGreaterThan(100);
  });

  it('behavior: calm times at the beginning and at the end, and no more than two faults at a time', () => {
    const { faults } = drawPlan(specs, '3', 10);
    const last = 36_000 - calmSeconds.after;
    for (const { atSeconds, lastsSeconds, spec } of faults) {
      expect(atSeconds).toBeGreaterThanOrEqual(calmSeconds.before);
      expect(atSeconds + lastsSeconds).toBeLessThanOrEqual(last);
      const [least, most] = specOf(spec).lasts ?? [0, 0];
      expect(lastsSeconds).toBeGreaterThanOrEqual(least);
      expect(lastsSeconds).toBeLessThanOrEqual(most);
      const during = faults.filter(
        other => other.atSeconds <= atSeconds && atSeconds <= other.atSeconds + other.lastsSeconds,
      );
      expect(during.length).toBeLessThanOrEqual(2);
    }
  });
});
