import { describe, expect, it } from '@jest/globals';
import { poolOf, read, resultOf, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import { known } from '../readings/index.ts';
import { presentValue } from './presentValue.ts';

const of = (now: ReturnType<typeof snapshotOf>) => resultOf(presentValue, viewOf({ now }));

describe('present-value', () => {
  it('default: holds, with the value beyond idle as headroom', () => {
    const result = of(snapshotOf());
    expect(result.outcome).toBe('holds');
    expect(result).toHaveProperty('headroom.part');
  });

  it('fails when more lies idle than the pool is worth', () => {
    // Longs without reserves for them: worth less than the idle amount of the books.
    const now = snapshotOf({ longExposure: 0n, longsOutstanding: units(400) });
    expect(of(now)).toMatchObject({ outcome: 'fails', by: { unit: 'shares' } });
  });

  it('fails when the contract gives no price, or reverts', () => {
    expect(of({ ...snapshotOf(), lpSharePrice: read(0n) })).toMatchObject({
      outcome: 'fails',
      message: expect.stringContaining('its LP share price is 0'),
    });
    const reverted = { ok: false, reason: 'the call reverted (0xaabb)', reverted: true } as const;
    expect(of({ ...snapshotOf(), lpSharePrice: reverted })).toMatchObject({
      outcome: 'fails',
      message: expect.stringContaining('the call reverted (0xaabb)'),
    });
  });

  it('leaves a vault that does not answer to vault-answers, where the pool distinguishes the two', () => {
    const reverted = { ok: false, reason: 'the call reverted without a reason', reverted: true } as const;
    const now = { ...snapshotOf(), lpSharePrice: reverted, vaultSharePrice: reverted };
    expect(of(now)).toMatchObject({ outcome: 'indeterminate', see: 'vault-answers' });
    const old = poolOf({ version: 'v1.0.12', convertsToBase: false });
    expect(resultOf(presentValue, viewOf({ pool: old, now }))).toMatchObject({
      outcome: 'fails',
      message: expect.stringContaining('getPoolInfo()'),
    });
  });

  it('fails when the curve cannot take the positions any more', () => {
    expect(of(snapshotOf({ shareAdjustment: units(1_001) })).outcome).toBe('fails');
  });

  it('is indeterminate when only the node failed', () => {
    expect(of({ ...snapshotOf(), lpSharePrice: unread }).outcome).toBe('indeterminate');
  });

  it('with a contract that computes in another way, its own price counts, roundings allowed for', () => {
    const now = snapshotOf();
    const told = now.lpSharePrice.ok ? now.lpSharePrice.value : 0n;
    expect(of({ ...now, lpSharePrice: read(told + 5n) }).outcome).toBe('holds');
    expect(of({ ...now, lpSharePrice: read(told / 2n) })).toMatchObject({ outcome: 'fails' });
  });

  it('decides by the contract’s price where only the bot’s arithmetic fails', () => {
    // More longs than our arithmetic can multiply, in a contract that still returns a price.
    const broken = snapshotOf({}, { lpSharePrice: read(units(1.1)) });
    const overflowing = {
      ...broken,
      market: read({ ...known(broken, 'market'), longsOutstanding: 1n << 250n }),
    };
    expect(of(overflowing)).toMatchObject({
      outcome: 'holds',
      numbers: expect.arrayContaining([expect.objectContaining({ name: 'present value by the contract' })]),
    });
    expect(of({ ...overflowing, lpSharePrice: read(0n) }).outcome).toBe('fails');
  });

  it('its headroom is 0 at the limit itself', () => {
    const value = units(900);
    const supply = units(900);
    // A different computation, so that only the contract's price counts: its roundings are allowed for.
    const now = snapshotOf(
      { longExposure: 0n, shareReserves: units(910) },
      { vaultSharePrice: read(units(1)) },
    );
    const priced = { ...now, lpTotalSupply: read(supply), lpSharePrice: read((value * units(1)) / supply) };
    expect(of(priced)).toMatchObject({ outcome: 'holds', headroom: { left: { value: 905n } } });
  });

  it('fails without any LP shares: the contract never burns those of its minimum', () => {
    expect(of(snapshotOf({}, { lpTotalSupply: read(0n) }))).toMatchObject({
      outcome: 'fails',
      message: expect.stringContaining('there are no LP shares'),
    });
  });

  it.each([0n, 1n, 500_000n])(
    'fails %s wei above zMin, where the contract itself says a price of 0',
    more => {
      const { minimumShareReserves } = poolOf().config;
      const empty = { longsOutstanding: 0n, longExposure: 0n, shortsOutstanding: 0n };
      const now = snapshotOf(
        { ...empty, shareReserves: minimumShareReserves + more },
        { lpTotalSupply: read(units(1_000_000)) },
      );
      expect(now.lpSharePrice).toEqual(read(0n));
      expect(of(now)).toMatchObject({
        outcome: 'fails',
        message: expect.stringContaining('LP shares are worth nothing'),
      });
    },
  );

  it('fails when the reserves give bonds no price', () => {
    expect(of({ ...snapshotOf({ bondReserves: 0n }), lpSharePrice: read(units(1)) })).toMatchObject({
      outcome: 'fails',
      message: expect.stringContaining('give bonds no price'),
    });
  });
});
