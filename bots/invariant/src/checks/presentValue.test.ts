import { describe, expect, it } from '@jest/globals';
import { read, resultOf, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import { presentValueCheck } from './presentValue.ts';

const of = (now: ReturnType<typeof snapshotOf>) => resultOf(presentValueCheck, viewOf({ now }));

describe('present-value', () => {
  it('default: holds, with the value beyond idle as headroom', () => {
    const result = of(snapshotOf());
    expect(result.outcome).toBe('holds');
    expect(result).toHaveProperty('headroom.part');
  });

  it('fails when more lies idle than the pool is worth', () => {
    // Longs that nothing is set aside for: worth less than what the books call idle.
    const now = snapshotOf({ longExposure: 0n, longsOutstanding: units(400) });
    expect(of(now)).toMatchObject({ outcome: 'fails', by: { unit: 'shares' } });
  });

  it('fails when the contract gives no price, or reverts', () => {
    expect(of({ ...snapshotOf(), lpSharePrice: read(0n) })).toMatchObject({
      outcome: 'fails',
      message: expect.stringContaining('its LP share price is 0'),
    });
    const reverted = { ok: false, reason: 'the call reverted (0xaabb)', reverted: true } as const;
    expect(of({ ...snapshotOf(), lpSharePrice: reverted, vaultSharePrice: reverted })).toMatchObject({
      outcome: 'fails',
      message: expect.stringContaining('the call reverted (0xaabb)'),
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

  it('does not apply without LP shares', () => {
    expect(of(snapshotOf({}, { lpTotalSupply: read(0n) })).outcome).toBe('skipped');
  });
});
