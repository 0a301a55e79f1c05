import { describe, expect, it } from '@jest/globals';
import { noon, read, resultOf, snapshotOf, units, viewOf } from '../../test/view.ts';
import type { Moment } from '../pools/history.ts';
import { negativeInterest } from './negativeInterest.ts';

const moment = (secondsAgo: number, vaultSharePrice: bigint): Moment => ({
  block: 1_000 - secondsAgo,
  time: noon - secondsAgo,
  vaultSharePrice,
  weightedSpotPrice: 0n,
});
const of = (c: bigint, moments: Moment[], isPaused = false) =>
  resultOf(
    negativeInterest,
    viewOf({
      now: snapshotOf({ isPaused }, { vaultSharePrice: read(c) }),
      history: { moments },
    }),
  );
const hour = 3_600;

describe('negative-interest', () => {
  it('default: a price that rises or stays holds', () => {
    expect(of(units(1.1), [moment(hour, units(1.1))]).outcome).toBe('holds');
    expect(of(units(1.2), [moment(hour, units(1.1))]).outcome).toBe('holds');
  });
  it('a fall of 9 wei is a ripple, of 10 a warning', () => {
    expect(of(units(1.1) - 9n, [moment(hour, units(1.1))]).outcome).toBe('holds');
    expect(of(units(1.1) - 10n, [moment(hour, units(1.1))])).toMatchObject({
      outcome: 'fails',
      severity: 'warning',
    });
  });
  it('a fall to 0.999 is critical, unless the pool is paused', () => {
    const old = [moment(hour, units(1))];
    expect(of(units(0.999), old)).toMatchObject({ severity: 'critical' });
    expect(negativeInterest.worst).toBe('critical');
    expect(of(units(0.999) + 1n, old)).toMatchObject({ severity: 'warning' });
    expect(of(units(0.999), old, true)).toMatchObject({ severity: 'warning' });
  });
  it('reports the part of the ripple that is left as headroom', () => {
    const roomAt = (c: bigint) => {
      const result = of(c, [moment(hour, units(1.1))]);
      return 'headroom' in result ? result.headroom?.part : undefined;
    };
    expect(roomAt(units(1.1))).toBe(units(1));
    expect(roomAt(units(1.1) - 5n)).toBe(units(0.5));
    expect(roomAt(units(1.1) - 10n)).toBe(0n);
    expect(roomAt(units(1.1) - 20n)).toBe(-units(1));
  });
  it('compares with the newest price that is an hour old', () => {
    const moments = [moment(2 * hour, units(1)), moment(hour, units(1.1)), moment(60, units(1))];
    expect(of(units(1.1), moments).outcome).toBe('holds');
  });
  it('with less than an hour of history, only a loss counts', () => {
    const young = [moment(60, units(1))];
    expect(of(units(1) - 1_000n, young).outcome).toBe('skipped');
    expect(of(units(0.99), young)).toMatchObject({ outcome: 'fails', severity: 'critical' });
    expect(of(units(1), []).outcome).toBe('skipped');
  });
});
