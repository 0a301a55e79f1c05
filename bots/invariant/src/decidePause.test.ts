import { describe, expect, it } from '@jest/globals';
import { poolOf, snapshotOf, units, unread, viewOf } from '../test/view.ts';
import { checks, type View } from './checks/index.ts';
import type { Confirmation } from './confirm.ts';
import { decidePause, pauseObservations } from './decidePause.ts';
import { evaluate } from './evaluate.ts';
import { WatchedPool } from './watchedPool.ts';

const certain: Confirmation = { confirmed: true, certain: true, settled: true, text: '' };
const alone: Confirmation = { confirmed: true, certain: false, settled: false, text: '' };
const contested: Confirmation = { confirmed: false, certain: false, settled: false, text: '' };
const insolvent = { longExposure: units(2_000) };

const decided = (view: View, confirmation?: Confirmation, pauseOn = ['solvency']) =>
  decidePause(
    { watched: new WatchedPool(view.pool), view, verdicts: evaluate(checks, view) },
    new Map(confirmation ? [['solvency', confirmation]] : []),
    pauseOn,
    0,
  );

describe('whether a pool is paused', () => {
  it.each([
    ['when two endpoints say so', insolvent, certain, 'pause'],
    ['not by what one says', insolvent, alone, 'doubt'],
    ['not when they differ', insolvent, contested, 'leave'],
    ['not when it is paused', { ...insolvent, isPaused: true }, certain, 'leave'],
    ['not when all is well', {}, undefined, 'leave'],
  ])('%s', (_, market, confirmation, what) => {
    expect(decided(viewOf({ now: snapshotOf(market) }), confirmation).what).toBe(what);
  });

  it('what could not be decided is waited for, and ends no alert', () => {
    const decision = decided(viewOf({ now: { ...snapshotOf(), market: unread } }));
    expect(decision.what).toBe('wait');
    expect(pauseObservations(poolOf(), decision)).toEqual([]);
  });

  it('a pool that somebody paused needs no pausing any more', () => {
    const decision = decided(viewOf({ now: snapshotOf({ ...insolvent, isPaused: true }) }), certain);
    expect(pauseObservations(poolOf(), decision)).toEqual([
      { check: 'pause-failed', pool: poolOf().address, failing: false },
    ]);
  });

  it('other checks are no reason', () => {
    expect(decided(viewOf({ now: snapshotOf(insolvent) }), certain, ['total-shares']).what).toBe('leave');
  });
});
