import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Action, byUrgency, decide, type PoolView } from './decide.ts';
import { pendingActions, roundStates } from './prizePool.ts';
import { weekSeconds } from './schedule.ts';

const eligibleAts = fc.integer({ min: 1_767_225_600, max: 1_900_000_000 });
const around = fc.integer({ min: -2 * weekSeconds, max: 2 * weekSeconds });
const blocks = fc.integer({ min: 1, max: 100_000_000 });
const rounds = fc.record({
  state: fc.constantFrom(...roundStates),
  salesEndAt: fc.constant(0),
  targetBlock: fc.constant(0),
});

/** Any pool, also in states that no contract would tell of, seen at any time by any clock. */
const views: fc.Arbitrary<PoolView> = fc
  .record({
    eligibleAt: eligibleAts,
    headAfter: around,
    clockAfter: around,
    headNumber: blocks,
    /** The block of the draw is near: that is where it matters. */
    drawIn: fc.integer({ min: -300, max: 10 }),
    action: fc.constantFrom(...pendingActions),
    current: fc.bigInt({ min: 2n, max: 1_000n }),
    isEarlier: fc.boolean(),
    previous: fc.option(rounds, { nil: undefined }),
    anchor: fc.option(
      fc.record({
        weekday: fc.integer({ min: 0, max: 6 }),
        hour: fc.integer({ min: 0, max: 23 }),
        minute: fc.integer({ min: 0, max: 59 }),
      }),
      { nil: undefined },
    ),
    lateCommit: fc.constantFrom('fire' as const, 'hold' as const),
  })
  .map(({ eligibleAt, headAfter, clockAfter, headNumber, drawIn, action, current, ...rest }) => ({
    state: {
      due: { round: rest.isEarlier ? current - 1n : current, action },
      current,
      open: { state: 'open' as const, salesEndAt: eligibleAt, targetBlock: 0 },
      previous: rest.previous && { ...rest.previous, targetBlock: headNumber + drawIn },
      eligibleAt,
      previousEligibleAt: undefined,
      paused: false,
    },
    head: { number: headNumber, timestamp: eligibleAt + headAfter },
    nowMs: (eligibleAt + clockAfter) * 1000 + 123,
    anchor: rest.anchor,
    policy: { lateCommit: rest.lateCommit, holdLimitSeconds: 3_600, leadSeconds: 300 },
    prepareMs: 1_500,
  }));

const property = (holds: (view: PoolView) => void) =>
  fc.assert(fc.property(views, holds), { numRuns: 3_000 });

describe('whatever a pool, its schedule and the clocks say', () => {
  it('a settle that the contract asks for is never held', () => {
    property(view => {
      const { round, action: due } = view.state.due;
      if (due !== 'settle' && due !== 'mark-failed') return;
      const expected = { kind: 'settle', round, markFailed: due === 'mark-failed', notBeforeMs: undefined };
      expect(decide(view).action).toMatchObject(expected);
    });
  });

  it('a settle that it does not ask for yet is for the very next block', () => {
    property(view => {
      const { action } = decide(view);
      const { due, previous } = view.state;
      if (action?.kind !== 'settle' || due.action === 'settle' || due.action === 'mark-failed') return;
      expect(previous).toMatchObject({ state: 'committed', targetBlock: view.head.number });
      expect(action.firstBlock).toBe(view.head.number + 1);
    });
  });

  it('nothing is committed that the contract does not ask for, nor while a draw waits', () => {
    property(view => {
      const { action } = decide(view);
      if (action?.kind !== 'commit') return;
      expect(view.state.due).toEqual({ round: action.round, action: 'commit' });
      expect(view.state.previous?.state).not.toBe('committed');
    });
  });

  it('a scheduled commit leaves at its moment or later, and is prepared no sooner than it has to be', () => {
    property(view => {
      const { action } = decide(view);
      if (action?.kind !== 'commit' || !view.anchor) return;
      const fireAtMs = (action.plan?.fireAt ?? Number.NaN) * 1000;
      expect(Math.max(view.nowMs, action.notBeforeMs ?? 0)).toBeGreaterThanOrEqual(fireAtMs);
      expect(fireAtMs - view.nowMs).toBeLessThanOrEqual(view.prepareMs);
      expect(fireAtMs).toBeGreaterThanOrEqual(view.state.eligibleAt * 1000);
    });
  });

  it('a pool without a schedule is committed as soon as the contract asks', () => {
    property(view => {
      const { due, previous } = view.state;
      if (view.anchor || due.action !== 'commit' || previous?.state === 'committed') return;
      expect(decide(view).action).toMatchObject({ kind: 'commit', round: due.round, notBeforeMs: undefined });
    });
  });

  it('there is always something next, and it is in the future', () => {
    property(view => {
      const { action, next } = decide(view);
      expect([action, next].filter(each => each !== undefined)).toHaveLength(1);
      if (!next) return;
      if ('block' in next) expect(next.block).toBeGreaterThan(view.head.number);
      else if ('clockTime' in next) expect(next.clockTime).toBeGreaterThan(view.nowMs);
      else expect(next.chainTime).toBeGreaterThan(view.head.timestamp);
    });
  });
});

describe('what is most urgent', () => {
  const actions: fc.Arbitrary<Action> = fc.record({
    kind: fc.constantFrom('commit' as const, 'settle' as const),
    round: fc.bigInt({ min: 1n, max: 9n }),
    markFailed: fc.boolean(),
    notBeforeMs: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    firstBlock: fc.constant(undefined),
    plan: fc.constant(undefined),
  });

  it('any number of actions: draws that can be made, lost ones, then commits by their moments', () => {
    const rank = ({ kind, markFailed }: Action) => (kind === 'settle' ? 0 : 2) + (markFailed ? 1 : 0);
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 12 }), unsorted => {
        const sorted = unsorted.toSorted(byUrgency);
        for (const [i, action] of sorted.slice(1).entries()) {
          const before = sorted[i] as Action;
          expect(rank(before)).toBeLessThanOrEqual(rank(action));
          if (rank(before) === rank(action))
            expect(before.notBeforeMs ?? 0).toBeLessThanOrEqual(action.notBeforeMs ?? 0);
        }
      }),
    );
  });
});
