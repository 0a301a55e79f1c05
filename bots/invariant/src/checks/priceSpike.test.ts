import { describe, expect, it } from '@jest/globals';
import { noHistory, noon, poolOf, resultOf, snapshotOf, units, viewOf } from '../../test/view.ts';
import { priceSpike } from './priceSpike.ts';

const weightedBefore = (weightedSpotPrice: bigint) => ({
  ...noHistory,
  moments: [{ block: 999, time: noon - 12, vaultSharePrice: units(1), weightedSpotPrice }],
});
/** At reserves of 1000 and 3000 and a time stretch of 0.0009: (1/3)^0.0009, 5.16 % a year over a week. */
const of = (weighted: bigint, market: Parameters<typeof snapshotOf>[0] = {}) =>
  resultOf(priceSpike, viewOf({ now: snapshotOf(market), history: weightedBefore(weighted) }));

describe('price-spike', () => {
  it('default: holds for a rate near its average, and reports the distance to the breaker', () => {
    expect(of(units(0.999))).toMatchObject({ outcome: 'holds', headroom: { left: { unit: 'a year' } } });
  });
  it('fails at the breaker’s distance, up and down', () => {
    // 0.99 is 52.7 % a year over a week.
    expect(of(units(0.99)).outcome).toBe('holds');
    expect(of(units(0.989)).outcome).toBe('fails');
    const sensitive = poolOf();
    const pool = { ...sensitive, config: { ...sensitive.config, circuitBreakerDelta: units(0.01) } };
    const view = viewOf({ pool, history: weightedBefore(units(0.999999)) });
    expect(resultOf(priceSpike, view)).toMatchObject({ outcome: 'fails', by: { unit: 'a year' } });
  });
  it('fails at the very distance of the breaker, not a wei before', () => {
    const result = of(units(0.99));
    const headroom = 'headroom' in result ? result.headroom?.left.value : undefined;
    const { config } = poolOf();
    const outcomeAt = (more: bigint) => {
      const circuitBreakerDelta = config.circuitBreakerDelta - (headroom ?? 0n) + more;
      const pool = poolOf({ config: { ...config, circuitBreakerDelta } });
      return resultOf(priceSpike, viewOf({ pool, history: weightedBefore(units(0.99)) })).outcome;
    };
    expect([outcomeAt(0n), outcomeAt(1n)]).toEqual(['fails', 'holds']);
  });
  it('does not apply without a weighted price, or without reserves', () => {
    expect(of(0n).outcome).toBe('skipped');
    expect(resultOf(priceSpike, viewOf()).outcome).toBe('skipped');
    expect(of(units(0.999), { bondReserves: 0n }).outcome).toBe('skipped');
    expect(of(units(0.999), { shareAdjustment: units(1_000) }).outcome).toBe('skipped');
  });
});
