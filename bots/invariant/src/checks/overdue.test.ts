import { describe, expect, it } from '@jest/globals';
import { one } from '@service-bots/core/hyperdrive';
import fc from 'fast-check';
import { day, noon, read, snapshotOf, units } from '../../test/view.ts';
import { countedFromLatest, namedOverdue, overdueAt } from './overdue.ts';

const midnight = noon - day / 2;
const reserves = {
  shareReserves: 0n,
  shareAdjustment: 0n,
  bondReserves: 0n,
  shortsOutstanding: 0n,
  shortAverageMaturityTime: 0n,
};

describe('overdue positions', () => {
  it('are those of checkpoints before the latest that are not minted and in which something matured', () => {
    const at = (time: number, minted: boolean, matured: bigint, shorts = 0n) => ({
      time,
      minted,
      matured,
      shorts,
    });
    const now = snapshotOf(
      {},
      {
        pastCheckpoints: read([
          at(midnight - 3 * day, false, 5n, 2n),
          at(midnight - 2 * day, true, 5n),
          at(midnight - day, false, 0n),
        ]),
        latestCheckpoint: read(at(midnight, false, 7n)),
      },
    );
    const overdue = overdueAt(now, { chainTime: noon, checkpointDuration: day });
    expect(overdue).toEqual([{ time: midnight - 3 * day, longs: 3n, shorts: 2n }]);
    expect(namedOverdue(overdue ?? [])).toBe('the checkpoint of 2026-11-18T00:00:00.000Z');
    // A day later, today's latest checkpoint is overdue too.
    expect(overdueAt(now, { chainTime: noon + day, checkpointDuration: day })).toHaveLength(2);
  });

  it('count from the latest checkpoint: the average is that of positions of which none is older', () => {
    const position = fc.record({
      bonds: fc.bigInt({ min: 10n ** 15n, max: units(1_000_000) }),
      days: fc.integer({ min: -40, max: 365 }),
    });
    fc.assert(
      fc.property(fc.array(position, { minLength: 1, maxLength: 12 }), positions => {
        const total = positions.reduce((sum, { bonds }) => sum + bonds, 0n);
        const averageOf = (maturityOf: (days: number) => number) =>
          positions.reduce((sum, { bonds, days }) => sum + bonds * BigInt(maturityOf(days)) * one, 0n) /
          total;
        const overdue = positions
          .filter(({ days }) => days < 0)
          .map(({ bonds, days }) => ({ time: midnight + days * day, longs: bonds, shorts: 0n }));
        const told = {
          ...reserves,
          longsOutstanding: total,
          longAverageMaturityTime: averageOf(days => midnight + days * day),
        };
        const counted = countedFromLatest(told, overdue, midnight)?.longAverageMaturityTime ?? 0n;
        const expected = averageOf(days => midnight + Math.max(days, 0) * day);
        const difference = counted - expected;
        expect(difference >= -2n && difference <= 2n).toBe(true);
      }),
    );
  });

  it('are not known where an average lies behind the latest checkpoint all the same', () => {
    const longAverageMaturityTime = BigInt(midnight - day) * one;
    const behind = { ...reserves, longsOutstanding: units(5), longAverageMaturityTime };
    expect(countedFromLatest(behind, [], midnight)).toBeUndefined();
    const overdue = [{ time: midnight - day, longs: units(5), shorts: 0n }];
    expect(countedFromLatest(behind, overdue, midnight)).toMatchObject({
      longAverageMaturityTime: BigInt(midnight) * one,
    });
  });
});
