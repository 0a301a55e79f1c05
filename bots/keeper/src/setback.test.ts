import { describe, expect, it } from '@jest/globals';
import { Setbacks } from './setback.ts';

const commit = { kind: 'commit', round: 7n } as const;
const settle = { kind: 'settle', round: 6n } as const;
const now = 1_000_000;

/** The pauses after so many failures in a row, ms. */
function pauses(
  kind: 'retry' | 'quarantine',
  count: number,
  action: { kind: 'commit' | 'settle'; round: bigint; markFailed?: boolean } = commit,
): number[] {
  const setbacks = new Setbacks();
  return Array.from({ length: count }, () => {
    setbacks.failed(kind, action, 'it failed', now);
    return (setbacks.heldUntil(action, now) ?? 0) - now;
  });
}

describe('Setbacks', () => {
  it('default: an action that failed is left alone for a while, and may then be tried', () => {
    const setbacks = new Setbacks();
    expect(setbacks.heldUntil(commit, now)).toBeUndefined();
    setbacks.failed('retry', commit, 'it failed', now);
    expect(setbacks.heldUntil(commit, now + 999)).toBe(now + 1_000);
    expect(setbacks.heldUntil(commit, now + 1_000)).toBeUndefined();
    expect(setbacks.last).toMatchObject({ kind: 'retry', round: 7n, count: 1, reason: 'it failed' });
  });

  it('behavior: the pauses double, up to half a minute', () => {
    expect(pauses('retry', 8).map(ms => ms / 1000)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  it('behavior: what cannot succeed is tried ever more rarely, up to once an hour', () => {
    expect(pauses('quarantine', 14).map(ms => ms / 1000)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600,
    ]);
    expect(pauses('quarantine', 2_000).at(-1)).toBe(3_600_000);
  });

  it.each(['retry', 'quarantine'] as const)(
    'behavior: a draw whose window runs is tried every few seconds (%s), one that is lost is in no hurry',
    kind => {
      expect(pauses(kind, 6, settle).map(ms => ms / 1000)).toEqual([1, 2, 4, 5, 5, 5]);
      expect(pauses(kind, 6, { ...settle, markFailed: true }).at(-1)).toBeGreaterThanOrEqual(30_000);
    },
  );

  it('behavior: another action, or another round, is not held by it, and counts from the beginning', () => {
    const setbacks = new Setbacks();
    setbacks.failed('retry', commit, 'it failed', now);
    expect(setbacks.heldUntil(settle, now)).toBeUndefined();
    expect(setbacks.heldUntil({ ...commit, round: 8n }, now)).toBeUndefined();
    setbacks.failed('retry', commit, 'it failed', now);
    setbacks.failed('retry', settle, 'it failed too', now);
    expect(setbacks.last).toMatchObject({ action: 'settle', count: 1 });
  });

  it('behavior: is kept while the same is due, and forgotten once something else is, or nothing', () => {
    for (const due of [settle, { ...commit, round: 8n }, undefined]) {
      const setbacks = new Setbacks();
      setbacks.failed('quarantine', commit, 'it failed', now);
      setbacks.keepOnly({ ...commit });
      expect(setbacks.last?.count).toBe(1);
      setbacks.keepOnly(due);
      expect(setbacks.last).toBeUndefined();
    }
  });

  it('behavior: a success clears it', () => {
    const setbacks = new Setbacks();
    setbacks.failed('quarantine', commit, 'it failed', now);
    setbacks.clear();
    expect([setbacks.last, setbacks.heldUntil(commit, now)]).toEqual([undefined, undefined]);
  });
});
