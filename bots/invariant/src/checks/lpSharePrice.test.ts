import { describe, expect, it } from '@jest/globals';
import { blockOf, day, noon, read, resultOf, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import type { PoolEvent } from '../readings/events.ts';
import type { View } from './index.ts';
import { lpSharePrice } from './lpSharePrice.ts';

const before = snapshotOf({}, { block: blockOf(999, noon - 12) });
const view = (market: Parameters<typeof snapshotOf>[0], changes: Partial<View> = {}) =>
  viewOf({ before, now: snapshotOf(market), ...changes });
const of = (market: Parameters<typeof snapshotOf>[0], changes: Partial<View> = {}) =>
  resultOf(lpSharePrice, view(market, changes));
const event = (changes: Partial<PoolEvent>): PoolEvent => ({
  name: 'OpenLong',
  block: 1_000,
  transaction: '0x12',
  what: '',
  ...changes,
});
const withEvents = (...events: PoolEvent[]) => ({ diagnostics: { events, openShorts: undefined } });

describe('lp-share-price', () => {
  it('default: an empty block and a rising vault share price change nothing, to the wei', () => {
    const now = snapshotOf({}, { vaultSharePrice: read(units(1.2)) });
    expect(resultOf(lpSharePrice, viewOf({ before, now }))).toMatchObject({
      outcome: 'holds',
      numbers: expect.arrayContaining([
        expect.objectContaining({ name: 'change beyond yield and time', value: 0n }),
      ]),
    });
  });

  it('nor does the beginning of a new checkpoint', () => {
    const now = snapshotOf({}, { block: blockOf(1_000, noon + 5 * day) });
    expect(resultOf(lpSharePrice, viewOf({ before, now })).outcome).toBe('holds');
  });

  it('a fall of 1e-4 is critical, less is not', () => {
    expect(of({ shareReserves: units(999.95) }).outcome).toBe('holds');
    const result = of({ shareReserves: units(999) }, withEvents(event({})));
    expect(result).toMatchObject({ outcome: 'fails', message: 'the LP share price fell' });
    expect(result).not.toHaveProperty('severity');
  });

  it('fails at 1e-4 itself, up and down, and not just before', () => {
    const now = snapshotOf();
    const expected = now.lpSharePrice.ok ? now.lpSharePrice.value : 0n;
    expect(expected).toBeGreaterThan(units(1));
    const outcomeAt = (price: bigint) =>
      resultOf(lpSharePrice, viewOf({ before, now: { ...now, lpSharePrice: read(price) }, ...withEvents() }))
        .outcome;
    const limit = (expected + 9_999n) / 10_000n;
    for (const sign of [1n, -1n]) {
      expect(outcomeAt(expected + sign * limit)).toBe('fails');
      expect(outcomeAt(expected + sign * (limit - 2n))).toBe('holds');
    }
  });

  describe('a rise of 1e-4', () => {
    const risen = { shareReserves: units(1_001) };
    it('is a warning when nothing explains it', () => {
      expect(of(risen, withEvents(event({})))).toMatchObject({ outcome: 'fails', severity: 'warning' });
      expect(of(risen, withEvents())).toMatchObject({ outcome: 'fails', severity: 'warning' });
    });
    it.each([
      ['a checkpoint', event({ name: 'CreateCheckpoint' })],
      ['the close of a matured position', event({ name: 'CloseShort', maturityTime: noon })],
    ])('is right with %s', (_, cause) => {
      expect(of(risen, withEvents(cause)).outcome).toBe('holds');
    });
    it('is not explained by the close of a position that has not matured', () => {
      const early = event({ name: 'CloseShort', maturityTime: noon + 1 });
      expect(of(risen, withEvents(early)).outcome).toBe('fails');
    });
    it('is indeterminate when the events could not be read', () => {
      expect(of(risen).outcome).toBe('indeterminate');
      expect(of(risen, { diagnostics: { events: undefined, openShorts: undefined } }).outcome).toBe(
        'indeterminate',
      );
    });
  });

  it('a contract whose price we cannot follow is not accused', () => {
    const now = snapshotOf({ shareReserves: units(990) });
    const price = now.lpSharePrice.ok ? now.lpSharePrice.value : 0n;
    const since = (part: bigint, seconds = 12) => ({
      before: {
        ...before,
        block: blockOf(999, noon - seconds),
        lpSharePrice: read(price + (price * part) / 1_000n),
      },
    });
    expect(of({ shareReserves: units(990) }, since(5n))).toMatchObject({
      outcome: 'indeterminate',
      reason: expect.stringContaining('v1.0.20'),
    });
    // A fall of 1 % within the hour needs no computation, unless the vault lost money.
    expect(of({ shareReserves: units(990) }, since(20n))).toMatchObject({ outcome: 'fails' });
    expect(of({ shareReserves: units(990) }, since(20n, 4_000)).outcome).toBe('indeterminate');
    const richer = { before: { ...since(20n).before, vaultSharePrice: read(units(1.2)) } };
    expect(of({ shareReserves: units(990) }, richer).outcome).toBe('indeterminate');
  });

  it('reports the fall that is left, or the rise, as headroom', () => {
    expect(of({ shareReserves: units(999.95) })).toMatchObject({
      headroom: { left: { name: 'fall that is left' } },
    });
    expect(of({ shareReserves: units(1_000.05) })).toMatchObject({
      headroom: { left: { name: 'rise that is left' } },
    });
    const risen = of({ shareReserves: units(1_001) }, withEvents());
    expect('headroom' in risen && risen.headroom && risen.headroom.left.value < 0n).toBe(true);
  });

  it('raises nothing by its own arithmetic alone, and leaves reserves without a price to present-value', () => {
    const { market } = before;
    const overflowing = market.ok ? read({ ...market.value, bondReserves: 1n << 250n }) : market;
    const broken = { ...before, market: overflowing };
    expect(of({}, { before: broken })).toMatchObject({ outcome: 'indeterminate' });
    expect(of({}, { before: { ...broken, lpSharePrice: read(0n) } })).toMatchObject({ outcome: 'skipped' });
  });

  it('does not apply without a block before, or without a price', () => {
    expect(resultOf(lpSharePrice, viewOf()).outcome).toBe('skipped');
    const now = { ...snapshotOf(), lpSharePrice: read(0n) };
    expect(resultOf(lpSharePrice, viewOf({ before, now })).outcome).toBe('skipped');
  });

  it('is indeterminate when either block could not be read', () => {
    expect(of({}, { before: { ...before, market: unread } }).outcome).toBe('indeterminate');
    const now = { ...snapshotOf(), lpSharePrice: unread };
    expect(resultOf(lpSharePrice, viewOf({ before, now })).outcome).toBe('indeterminate');
  });
});
