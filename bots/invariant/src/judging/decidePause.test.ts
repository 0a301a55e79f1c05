import { describe, expect, it } from '@jest/globals';
import { blockOf, noon, poolOf, read, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import { evaluate } from '../checks/evaluate.ts';
import { checks, type View } from '../checks/index.ts';
import { WatchedPool } from '../pools/WatchedPool.ts';
import type { Confirmation } from './crossCheck.ts';
import { decidePause, pauseObservations } from './decidePause.ts';

const certain: Confirmation = { confirmed: true, certain: true, settled: true, text: '' };
const alone: Confirmation = { confirmed: true, certain: false, settled: false, text: '' };
const contested: Confirmation = { confirmed: false, certain: false, settled: false, text: '' };
const insolvent = { longExposure: units(2_000) };

const decided = (view: View, confirmation?: Confirmation, pauseOn = ['solvency']) =>
  decidePause(
    { watched: new WatchedPool(view.pool), view, verdicts: evaluate(checks, view) },
    { confirmations: new Map(confirmation ? [['solvency', confirmation]] : []), pauseOn, nowMs: 0 },
  );

describe('whether a pool is paused', () => {
  it.each([
    ['in the next block, when two endpoints say so', insolvent, certain, 'look-again'],
    ['not by what one says', insolvent, alone, 'doubt'],
    ['not when they differ', insolvent, contested, 'leave'],
    ['not when it is paused', { ...insolvent, isPaused: true }, certain, 'leave'],
    ['not when all is well', {}, undefined, 'leave'],
  ])('%s', (_, market, confirmation, what) => {
    expect(decided(viewOf({ now: snapshotOf(market) }), confirmation).what).toBe(what);
  });

  describe('one block after two endpoints have confirmed the finding', () => {
    const suspicion = (view: View, ...names: string[]) => ({
      block: view.now.block.number,
      checks: names,
      view,
    });
    const later = (market: Parameters<typeof snapshotOf>[0], name: string, then: View) => {
      const block = blockOf(1_001, noon + 12);
      const now = snapshotOf(market, { block });
      const before = { ...then.now };
      const view = viewOf({ now, before, diagnostics: { events: [], openShorts: undefined } });
      const watched = new WatchedPool(view.pool);
      watched.suspected = suspicion(then, name);
      const verdicts = evaluate(checks, view);
      return decidePause(
        { watched, view, verdicts },
        { confirmations: new Map(), pauseOn: [name], nowMs: 0 },
      );
    };
    const first = viewOf({ now: snapshotOf(insolvent) });

    it('is paused when it is still so', () => {
      expect(later(insolvent, 'solvency', first)).toEqual({ what: 'pause', because: ['solvency'] });
    });
    it('is left when it is not', () => {
      expect(later({}, 'solvency', first).what).toBe('leave');
    });

    // A fall of one block: the next block compares with the block before the fall, not with the fallen one.
    const fallen = { shareReserves: units(990) };
    const fall = viewOf({
      before: snapshotOf({}, { block: blockOf(999, noon - 12) }),
      now: snapshotOf(fallen),
      diagnostics: { events: [], openShorts: undefined },
    });
    it('is paused for a fall of the LP share price that stays', () => {
      expect(later(fallen, 'lp-share-price', fall)).toEqual({ what: 'pause', because: ['lp-share-price'] });
    });
    it('is left when the next block took the fall back', () => {
      expect(later({}, 'lp-share-price', fall).what).toBe('leave');
    });
    it('not when the suspicion is of the same block', () => {
      const view = viewOf({ now: snapshotOf(insolvent) });
      const watched = new WatchedPool(view.pool);
      watched.suspected = suspicion(view, 'solvency');
      const verdicts = evaluate(checks, view);
      const opinions = new Map([['solvency', certain]]);
      expect(
        decidePause({ watched, view, verdicts }, { confirmations: opinions, pauseOn: ['solvency'], nowMs: 0 })
          .what,
      ).toBe('look-again');
    });
    it('not when the check was not named', () => {
      expect(later(insolvent, 'solvency', first)).toMatchObject({ what: 'pause' });
      const watched = new WatchedPool(first.pool);
      watched.suspected = suspicion(first, 'solvency');
      const view = viewOf({ now: snapshotOf(insolvent, { block: blockOf(1_001, noon + 12) }) });
      const verdicts = evaluate(checks, view);
      expect(
        decidePause(
          { watched, view, verdicts },
          { confirmations: new Map(), pauseOn: ['total-shares'], nowMs: 0 },
        ).what,
      ).toBe('leave');
    });
  });

  it('counts the check to which a named check leaves its condition', () => {
    const now = snapshotOf({}, { vaultSharePrice: read(0n), lpSharePrice: read(0n) });
    const view = viewOf({ now });
    const verdicts = evaluate(checks, view);
    const watched = new WatchedPool(view.pool);
    const decide = (pauseOn: string[]) =>
      decidePause(
        { watched, view, verdicts },
        { confirmations: new Map([['vault-answers', certain]]), pauseOn: pauseOn, nowMs: 0 },
      );
    expect(decide(['solvency'])).toEqual({ what: 'look-again', because: ['vault-answers'] });
    expect(decide(['minimum-share-reserves']).what).toBe('leave');
  });

  it('a vault that does not answer is no reason to pause for those who named solvency', () => {
    const reverted = { ok: false, reason: 'the call reverted', reverted: true } as const;
    const view = viewOf({ now: { ...snapshotOf(), vaultSharePrice: reverted, lpSharePrice: reverted } });
    expect(decided(view, certain).what).toBe('wait');
  });

  it('waits for a check that could not be decided, and resolves no alert', () => {
    const decision = decided(viewOf({ now: { ...snapshotOf(), market: unread } }));
    expect(decision.what).toBe('wait');
    expect(pauseObservations(poolOf(), decision)).toEqual([]);
  });

  it('leaves a pool that another account has paused', () => {
    const decision = decided(viewOf({ now: snapshotOf({ ...insolvent, isPaused: true }) }), certain);
    expect(pauseObservations(poolOf(), decision)).toEqual([
      { check: 'pause-failed', pool: poolOf().address, failing: false },
    ]);
  });

  it('other checks are no reason', () => {
    expect(decided(viewOf({ now: snapshotOf(insolvent) }), certain, ['total-shares']).what).toBe('leave');
  });
});
