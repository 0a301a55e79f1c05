import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blockOf, noon, poolOf, read, snapshotOf, units, viewOf } from '../../test/view.ts';
import { WatchedPool } from '../pools/WatchedPool.ts';
import { observationsOf } from '../reporting/observationsOf.ts';
import { evaluate } from './evaluate.ts';
import { checkNames, checks, type View } from './index.ts';

const hourAgo = {
  block: 700,
  time: noon - 3_600,
  vaultSharePrice: units(1.1),
  weightedSpotPrice: units(0.999),
};
/** Returns a pool to which every check applies. */
const whole = (changes: Partial<View> = {}): View =>
  viewOf({
    before: snapshotOf({}, { block: blockOf(999, noon - 12) }),
    history: { moments: [hourAgo, { ...hourAgo, block: 999, time: noon - 12 }] },
    ...changes,
  });

describe('headroom', () => {
  it('default: every check reports the distance of a sound pool to a failure, as an amount and as a part', () => {
    const rooms = evaluate(checks, whole()).map(({ check, result }) => [
      check.name,
      result.outcome === 'holds' && result.headroom.part !== undefined && result.headroom.left.value >= 0n,
    ]);
    expect(rooms).toEqual(checkNames.map(name => [name, true]));
  });

  it('is never less than 0 where a check holds, and never more where it fails', () => {
    const share = fc.bigInt({ min: 0n, max: units(2_000) });
    const states = fc.record({
      shareReserves: share,
      longExposure: share,
      actual: share,
      c: fc.bigInt({ min: units(1), max: units(1.2) }),
      eth: fc.bigInt({ min: 0n, max: 2n }),
      base: fc.bigInt({ min: 0n, max: 2n }),
      unminted: fc.integer({ min: 0, max: 4 }),
    });
    fc.assert(
      fc.property(states, ({ shareReserves, longExposure, actual, c, eth, base, unminted }) => {
        const now = snapshotOf(
          { shareReserves, longExposure },
          {
            actualShares: read(actual),
            vaultSharePrice: read(c),
            ethBalance: read(eth),
            baseBalance: read(base),
            latestCheckpoint: read({
              time: noon - unminted * 40_000,
              minted: false,
              matured: 1n,
              shorts: 0n,
            }),
          },
        );
        for (const { check, result } of evaluate(checks, whole({ now }))) {
          if (!('headroom' in result) || !result.headroom) continue;
          const { value } = result.headroom.left;
          const about = { check: check.name, outcome: result.outcome, value };
          if (result.outcome === 'holds')
            expect({ ...about, right: value >= 0n }).toMatchObject({ right: true });
          else expect({ ...about, right: value <= 0n }).toMatchObject({ right: true });
        }
      }),
    );
  });

  it.each(checkNames)('of %s may have a warning level', name => {
    const { settings } = poolOf();
    const verdict = evaluate(checks, whole()).find(({ check }) => check.name === name);
    const part = verdict?.result.outcome === 'holds' ? (verdict.result.headroom.part ?? 0n) : 0n;
    const told = (limit: bigint) => {
      const view = { ...whole(), pool: poolOf({ settings: { ...settings, warnBelow: { [name]: limit } } }) };
      const watched = new WatchedPool(view.pool);
      return observationsOf({ watched, view, verdicts: evaluate(checks, view) }, new Map(), 0)
        .filter(({ check }) => check === 'low-headroom')
        .map(({ failing, subject }) => [failing, subject]);
    };
    expect(told(part)).toEqual([[false, name]]);
    expect(told(part + 1n)).toEqual([[true, name]]);
  });
});
