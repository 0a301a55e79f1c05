import { describe, expect, it } from '@jest/globals';
import { weekSeconds } from '@service-bots/core/prizePool';
import fc from 'fast-check';
import { type Action, byUrgency, decide, type PoolView } from './decide.ts';
import { pendingActions, roundStates } from './prizePool.ts';

const eligibleAts = fc.integer({ min: 1_767_225_600, max: 1_900_000_000 });
const around = fc.integer({ min: -2 * weekSeconds, max: 2 * weekSeconds });
const blocks = fc.integer({ min: 1, max: 100_000_000 });
const rounds = fc.record({
  state: fc.constantFrom(...roundStates),
  salesEndAt: fc.constant(0),
  targetBlock: fc.constant(0),
});

/** Any pool, also in states that no contract would return, seen at any time by any clock. */
const views: fc.Arbitrary<PoolView> = fc
  .record({
    eligibleAt: eligibleAts,
    headAfter: around,
    clockAfter: around,
    headNumber: blocks,
    /** The block of the draw is near, where the timing matters. */
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
    isSilenceOver: fc.boolean(),
    canAsk: fc.boolean(),
  })
  .map(({ eligibleAt, headAfter, clockAfter, headNumber, drawIn, action, current, ...rest }) => ({
    state: {
      due: rest.canAsk ? { round: rest.isEarlier ? current - 1n : current, action } : undefined,
      current,
      open: { state: 'open' as const, salesEndAt: eligibleAt, targetBlock: 0 },
      previous: rest.previous && { ...rest.previous, targetBlock: headNumber + drawIn },
      eligibleAt,
      older: [],
      previousEligibleAt: undefined,
      paused: false,
      unread: [],
    },
    head: { number: headNumber, timestamp: eligibleAt + headAfter },
    nowMs: (eligibleAt + clockAfter) * 1000 + 123,
    anchor: rest.anchor,
    policy: { lateCommit: rest.lateCommit, holdLimitSeconds: 3_600, leadSeconds: 300 },
    prepareMs: 1_500,
    isSilenceOver: rest.isSilenceOver,
  }));

const property = (holds: (view: PoolView) => void) =>
  fc.assert(fc.property(views, holds), { numRuns: 3_000 });

describe('whatever a pool, its schedule and the clocks say', () => {
  const actionsOf = (view: PoolView, kind: Action['kind']) =>
    decide(view).actions.filter(action => action.kind === kind);

  it('a settle that the contract asks for is never held, and comes before every commit', () => {
    property(view => {
      const { due } = view.state;
      if (due?.action !== 'settle' && due?.action !== 'mark-failed') return;
      const expected = { kind: 'settle', round: due.round, notBeforeMs: undefined };
      const { actions } = decide(view);
      expect(actions).toContainEqual(expect.objectContaining(expected));
      expect(actions[0]?.kind).toBe('settle');
    });
  });

  it('a committed round is settled from the block of its target on, whatever the contract asks for', () => {
    property(view => {
      const { previous, current, due } = view.state;
      if (previous?.state !== 'committed') return;
      const settle = actionsOf(view, 'settle').find(({ round }) => round === current - 1n);
      const isAsked =
        due?.round === current - 1n && (due.action === 'settle' || due.action === 'mark-failed');
      expect(settle !== undefined).toBe(isAsked || view.head.number >= previous.targetBlock);
      if (view.head.number === previous.targetBlock) expect(settle?.firstBlock).toBe(view.head.number + 1);
      if (settle) expect(settle.markFailed).toBe(view.head.number > previous.targetBlock + 255);
    });
  });

  it('settles only committed rounds, and rounds that the contract asks for', () => {
    property(view => {
      const { previous, current, due } = view.state;
      for (const { round } of actionsOf(view, 'settle'))
        expect(
          (due?.action !== 'none' && due?.action !== 'commit' && due?.round === round) ||
            (previous?.state === 'committed' && round === current - 1n),
        ).toBe(true);
    });
  });

  it('nothing is committed that is neither asked for nor possible by its own time, nor just before a draw', () => {
    property(view => {
      const { due, current, previous, eligibleAt } = view.state;
      for (const { round } of actionsOf(view, 'commit')) {
        const isAsked = due?.action === 'commit' && due.round === round;
        const isPossible = round === current && view.head.timestamp >= (eligibleAt ?? Number.NaN);
        expect(isAsked || isPossible).toBe(true);
        if (due?.action === 'none') expect(view.isSilenceOver).toBe(true);
        const untilDraw = previous?.state === 'committed' ? previous.targetBlock - view.head.number : 0;
        expect(untilDraw > 0 && untilDraw <= 4).toBe(false);
      }
    });
  });

  it('a scheduled commit leaves at its moment or later, and is prepared no sooner than it has to be', () => {
    property(view => {
      const [action] = actionsOf(view, 'commit');
      if (!action || !view.anchor) return;
      const fireAtMs = (action.plan?.fireAt ?? Number.NaN) * 1000;
      expect(Math.max(view.nowMs, action.notBeforeMs ?? 0)).toBeGreaterThanOrEqual(fireAtMs);
      expect(fireAtMs - view.nowMs).toBeLessThanOrEqual(view.prepareMs);
      expect(fireAtMs).toBeGreaterThanOrEqual((view.state.eligibleAt ?? 0) * 1000);
    });
  });

  it('a pool without a schedule is committed as soon as the contract asks', () => {
    property(view => {
      const { due, previous } = view.state;
      if (view.anchor || due?.action !== 'commit' || previous?.state === 'committed') return;
      const expected = { kind: 'commit', round: due.round, notBeforeMs: undefined };
      expect(decide(view).actions).toContainEqual(expect.objectContaining(expected));
    });
  });

  it('there is always something next, and it is in the future', () => {
    property(view => {
      const { next } = decide(view);
      if ('block' in next) expect(next.block).toBeGreaterThan(view.head.number);
      else if ('clockTime' in next) expect(next.clockTime).toBeGreaterThan(view.nowMs);
      else expect(next.chainTime).toBeGreaterThan(view.head.timestamp);
    });
  });
});

describe('the order of urgency', () => {
  const actions: fc.Arbitrary<Action> = fc.record({
    kind: fc.constantFrom('commit' as const, 'settle' as const),
    round: fc.bigInt({ min: 1n, max: 9n }),
    markFailed: fc.boolean(),
    notBeforeMs: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    firstBlock: fc.constant(undefined),
    plan: fc.constant(undefined),
    deadline: fc.constant(undefined),
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
