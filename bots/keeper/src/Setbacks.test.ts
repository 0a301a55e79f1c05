import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type SetbackKind, Setbacks } from './Setbacks.ts';

const commit = { kind: 'commit', round: 7n } as const;
const settle = { kind: 'settle', round: 6n } as const;
const start = { monotonicMs: 1_000_000, chainTime: 1_796_000_000 };
const after = (ms: number) => ({ ...start, monotonicMs: start.monotonicMs + ms });
const open = (blockTimeMs = 400) => new Setbacks(() => blockTimeMs);

/** Returns the pauses after so many failures in a row, in seconds. */
function pauses(kind: SetbackKind, count: number, isPressing = false, setbacks = open()): number[] {
  return Array.from({ length: count }, () => {
    setbacks.failed(commit, { kind, reason: 'it failed', isPressing }, start);
    return setbacks.heldForMs(commit, isPressing, start) / 1000;
  });
}

describe('Setbacks', () => {
  it('default: an action that failed is left alone for a while, and may then be tried', () => {
    const setbacks = open();
    expect(setbacks.heldForMs(commit, false, start)).toBe(0);
    setbacks.failed(commit, { kind: 'retry', reason: 'it failed', isPressing: false }, start);
    expect(setbacks.heldForMs(commit, false, after(999))).toBe(1);
    expect(setbacks.heldForMs(commit, false, after(1_000))).toBe(0);
    expect(setbacks.of(commit)).toMatchObject({ kind: 'retry', tries: 1, paid: 0, reason: 'it failed' });
  });

  it('behavior: a pause ends by the chain’s time as well, whichever clock gets there first', () => {
    const setbacks = open();
    for (let i = 0; i < 6; i += 1)
      setbacks.failed(commit, { kind: 'refused', reason: 'it failed', isPressing: false }, start);
    expect(setbacks.heldForMs(commit, false, { ...start, chainTime: start.chainTime + 31 })).toBe(1_000);
    expect(setbacks.heldForMs(commit, false, { ...start, chainTime: start.chainTime + 32 })).toBe(0);
  });

  it('behavior: outside of a deadline the pauses double, up to half a minute, or five where the contract refuses', () => {
    expect(pauses('retry', 8)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(pauses('refused', 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(pauses('refused', 2_000).at(-1)).toBe(300);
  });

  it.each([
    [400, 1],
    [1_000, 1],
    [2_000, 2],
    [12_000, 5],
  ])(
    'behavior: inside a deadline what costs nothing is tried as often as there are blocks (%s ms: every %s s)',
    (blockTimeMs, seconds) => {
      for (const kind of ['retry', 'refused'] as const)
        expect(new Set(pauses(kind, 300, true, open(blockTimeMs)))).toEqual(new Set([seconds]));
    },
  );

  it('behavior: a pause ends when a deadline begins, and tries inside a deadline do not lengthen later pauses', () => {
    const setbacks = open();
    for (let i = 0; i < 9; i += 1)
      setbacks.failed(commit, { kind: 'refused', reason: 'it failed', isPressing: false }, start);
    expect(setbacks.heldForMs(commit, false, start)).toBe(256_000);
    expect(setbacks.heldForMs(commit, true, after(1_000))).toBe(0);
    const pressed = open();
    for (let i = 0; i < 100; i += 1)
      pressed.failed(commit, { kind: 'refused', reason: 'it failed', isPressing: true }, start);
    pressed.failed(commit, { kind: 'refused', reason: 'it failed', isPressing: false }, start);
    expect(pressed.heldForMs(commit, false, start)).toBe(1_000);
    expect(pressed.of(commit)?.tries).toBe(101);
  });

  it('behavior: an action that costs gas is tried ever more rarely, up to once an hour', () => {
    for (const kind of ['reverted', 'unchanged'] as const)
      expect(pauses(kind, 8)).toEqual([60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
  });

  it('behavior: inside a deadline a bounded number of transactions is paid for, close together', () => {
    expect(pauses('reverted', 13, true)).toEqual([2, 4, 8, 15, 15, 15, 15, 15, 15, 60, 120, 240, 480]);
    expect(pauses('unchanged', 5, true)).toEqual([2, 4, 60, 120, 240]);
  });

  it('behavior: no order of failures pays more than the bound within a deadline of five minutes', () => {
    const kinds = fc.array(fc.constantFrom<SetbackKind>('retry', 'refused', 'reverted', 'unchanged'), {
      minLength: 400,
      maxLength: 400,
    });
    fc.assert(
      fc.property(kinds, outcomes => {
        const setbacks = open();
        let paid = 0;
        let ms = 0;
        for (const kind of outcomes) {
          ms += setbacks.heldForMs(commit, true, after(ms));
          if (ms > 300_000) break;
          setbacks.failed(commit, { kind, reason: 'it failed', isPressing: true }, after(ms));
          if (kind === 'reverted' || kind === 'unchanged') paid += 1;
        }
        expect(paid).toBeLessThanOrEqual(14);
      }),
      { numRuns: 300 },
    );
  });

  it('behavior: each action has its own: another kind, or another round, is not held by it', () => {
    const setbacks = open();
    setbacks.failed(commit, { kind: 'refused', reason: 'it failed', isPressing: false }, start);
    setbacks.failed(settle, { kind: 'refused', reason: 'it failed too', isPressing: false }, start);
    expect(setbacks.heldForMs({ ...commit, round: 8n }, false, start)).toBe(0);
    expect([setbacks.of(commit)?.reason, setbacks.of(settle)?.reason]).toEqual([
      'it failed',
      'it failed too',
    ]);
    setbacks.clear(commit);
    expect([setbacks.of(commit), setbacks.of(settle)?.tries]).toEqual([undefined, 1]);
  });

  it('behavior: repeats a success once at once, since a reorg can undo it, and then counts it as without effect', () => {
    const setbacks = open();
    setbacks.failed(commit, { kind: 'refused', reason: 'it failed', isPressing: true }, start);
    setbacks.done(commit, start);
    expect([setbacks.of(commit), setbacks.heldForMs(commit, true, start)]).toEqual([undefined, 0]);
    setbacks.done(commit, start);
    expect(setbacks.of(commit)).toMatchObject({
      kind: 'unchanged',
      paid: 2,
      reason: 'commit round 7 succeeded 2 times and is due again',
    });
    expect(setbacks.heldForMs(commit, true, start)).toBe(4_000);
    setbacks.done(commit, start);
    expect(setbacks.heldForMs(commit, true, start)).toBe(60_000);
  });

  it('behavior: paid transactions count through refusals and successes in between', () => {
    const setbacks = open();
    setbacks.failed(commit, { kind: 'reverted', reason: 'it reverted', isPressing: true }, start);
    setbacks.failed(commit, { kind: 'refused', reason: 'it is refused', isPressing: true }, start);
    setbacks.done(commit, start);
    setbacks.failed(commit, { kind: 'unchanged', reason: 'nothing changed', isPressing: true }, start);
    expect(setbacks.of(commit)).toMatchObject({ kind: 'unchanged', tries: 1, paid: 3 });
    expect(setbacks.heldForMs(commit, true, start)).toBe(60_000);
  });

  it('behavior: only the latest actions are remembered', () => {
    const setbacks = open();
    for (let round = 1n; round <= 40n; round += 1n)
      setbacks.failed(
        { kind: 'settle', round },
        { kind: 'refused', reason: 'it failed', isPressing: false },
        start,
      );
    expect(setbacks.of({ kind: 'settle', round: 1n })).toBeUndefined();
    expect(setbacks.of({ kind: 'settle', round: 40n })).toBeDefined();
  });
});
