import { describe, expect, it } from '@jest/globals';
import { read, resultOf, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import { solvency } from './solvency.ts';

const view = (market: Parameters<typeof snapshotOf>[0], c = units(1.1)) =>
  viewOf({ now: snapshotOf(market, { vaultSharePrice: read(c) }) });

describe('solvency', () => {
  it('default: holds, and reports the headroom in shares and as a part', () => {
    // 1000 − 100/1.1 − 10
    expect(resultOf(solvency, view({}))).toMatchObject({
      outcome: 'holds',
      headroom: {
        left: { value: 899_090_909_090_909_090_910n, unit: 'shares' },
        part: 899_090_909_090_909_090n,
      },
    });
  });
  it('rounds the debt down as the contract does: 0 left holds, a wei less fails', () => {
    const owed = (units(100) * 10n ** 18n) / units(1.1);
    expect(resultOf(solvency, view({ shareReserves: owed + units(10) })).outcome).toBe('holds');
    expect(resultOf(solvency, view({ shareReserves: owed + units(10) - 1n }))).toMatchObject({
      outcome: 'fails',
      by: { value: -1n },
    });
  });
  it('leaves a vault whose shares are worth nothing to vault-answers', () => {
    expect(resultOf(solvency, view({}, 0n))).toMatchObject({ outcome: 'skipped', see: 'vault-answers' });
  });
  it('is indeterminate without the state or the vault share price', () => {
    const now = snapshotOf();
    expect(resultOf(solvency, viewOf({ now: { ...now, market: unread } })).outcome).toBe('indeterminate');
    expect(resultOf(solvency, viewOf({ now: { ...now, vaultSharePrice: unread } })).outcome).toBe(
      'indeterminate',
    );
  });
});
