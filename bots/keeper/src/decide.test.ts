import { describe, expect, it } from '@jest/globals';
import { at, committed, poolState } from '../test/poolState.ts';
import { drawDeadline } from './deadline.ts';
import { type Action, byUrgency, decide, type PoolView } from './decide.ts';

const wednesday = { weekday: 3, hour: 13, minute: 0 };
const anchor = at('2026-11-25T13:00:00Z');

/** A scheduled pool, a day before its anchor. */
function view(changes: Partial<PoolView> = {}): PoolView {
  const now = changes.nowMs === undefined ? anchor - 86_400 : changes.nowMs / 1000;
  return {
    state: poolState(),
    head: { number: 1_000, timestamp: Math.floor(now) },
    nowMs: now * 1000,
    anchor: wednesday,
    policy: { lateCommit: 'fire', holdLimitSeconds: 3_600, leadSeconds: 300 },
    prepareMs: 1_500,
    isSilenceOver: false,
    ...changes,
  };
}
const commitDue = poolState({ due: { round: 7n, action: 'commit' } });
const nothingSpecial = {
  markFailed: false,
  notBeforeMs: undefined,
  firstBlock: undefined,
  plan: undefined,
  deadline: undefined,
};
/** The deadline of a commit at its anchor: the five minutes by which a late commit heals. */
const lead = { from: anchor, until: anchor + 300 };
/** Returns the first of the due actions. */
const actionOf = (changes: Partial<PoolView> = {}) => decide(view(changes)).actions[0];
const nextOf = (changes: Partial<PoolView> = {}) => decide(view(changes)).next;

describe('a settle', () => {
  it('default: does the action that the contract asks for', () => {
    const state = poolState({ due: { round: 6n, action: 'settle' }, previous: committed(990) });
    expect(decide(view({ state })).actions).toEqual([
      { ...nothingSpecial, kind: 'settle', round: 6n, deadline: drawDeadline(990) },
    ]);
  });

  it('behavior: a lost draw is marked by settling it', () => {
    const state = poolState({ due: { round: 6n, action: 'mark-failed' }, previous: committed(500) });
    expect(actionOf({ state })).toEqual({
      ...nothingSpecial,
      kind: 'settle',
      round: 6n,
      markFailed: true,
    });
  });

  it('behavior: no anchor holds it', () => {
    const state = poolState({ due: { round: 6n, action: 'settle' }, previous: committed(990) });
    for (const nowMs of [anchor - 60, anchor, anchor + 60].map(time => time * 1000))
      expect(actionOf({ state, nowMs })).toMatchObject({ kind: 'settle', notBeforeMs: undefined });
  });

  it('behavior: before the target block it comes with that block', () => {
    const state = poolState({ previous: committed(1_002) });
    expect(decide(view({ state }))).toMatchObject({
      actions: [],
      next: { what: 'settle round 6', block: 1_002 },
    });
  });

  it('behavior: sends the draw at the target block for the next block, before the contract asks for it', () => {
    const state = poolState({ previous: committed(1_000) });
    expect(actionOf({ state })).toEqual({
      ...nothingSpecial,
      kind: 'settle',
      round: 6n,
      firstBlock: 1_001,
      deadline: drawDeadline(1_000),
    });
  });

  it.each([
    ['asks for nothing', { round: 7n, action: 'none' } as const],
    ['asks for an older round', { round: 3n, action: 'mark-failed' } as const],
    ['asks for the commit of the open round', { round: 7n, action: 'commit' } as const],
    ['cannot be asked', undefined],
  ])(
    'behavior: past the target it is tried by the round’s own state, also where the contract %s',
    (_, due) => {
      const state = poolState({ due, previous: committed(999) });
      const settle = { ...nothingSpecial, kind: 'settle', round: 6n, deadline: drawDeadline(999) };
      expect(decide(view({ state })).actions).toContainEqual(settle);
    },
  );

  it('behavior: settles the round that the contract asks for, also where the round itself cannot be read', () => {
    const state = poolState({ due: { round: 6n, action: 'settle' }, previous: undefined });
    expect(actionOf({ state })).toMatchObject({ kind: 'settle', round: 6n, markFailed: false });
  });

  it('behavior: an old round that is to be marked as failed, the draw of the next and the commit after it are each due', () => {
    const older = [{ number: 3n, ...committed(500) }];
    const due = { round: 3n, action: 'mark-failed' } as const;
    const state = poolState({ due, older, previous: committed(990) });
    const { actions } = decide(view({ state, nowMs: anchor * 1000 }));
    expect(actions.map(({ kind, round, markFailed }) => [kind, round, markFailed])).toEqual([
      ['settle', 6n, false],
      ['settle', 3n, true],
      ['commit', 7n, false],
    ]);
  });

  it('behavior: a draw that is waited for comes before a commit that is due', () => {
    const state = { ...commitDue, previous: committed(1_002) };
    const decision = decide(view({ state, nowMs: anchor * 1000 }));
    expect([decision.actions, decision.next.what]).toEqual([[], 'settle round 6']);
  });

  it('behavior: a draw that is far ahead does not keep a commit waiting', () => {
    const state = { ...commitDue, previous: committed(2 ** 60) };
    expect(actionOf({ state, nowMs: anchor * 1000 })).toMatchObject({ kind: 'commit', round: 7n });
  });

  it.each(['settled', 'skipped', 'failed'] as const)('behavior: a round that is %s is over', state => {
    const previous = { ...committed(1_000), state };
    expect(nextOf({ state: poolState({ previous }) })?.what).toBe('commit round 7');
  });

  it('behavior: a pool in its first round has none', () => {
    const state = poolState({ current: 1n, previous: undefined, previousEligibleAt: undefined });
    expect(nextOf({ state })?.what).toBe('commit round 1');
  });
});

describe('a commit with an anchor', () => {
  it('default: before it, the next thing is a moment of this clock: early enough to prepare', () => {
    expect(decide(view({ state: commitDue }))).toMatchObject({
      actions: [],
      next: { what: 'commit round 7', clockTime: anchor * 1000 - 1_500 },
    });
  });

  it('behavior: within the last moments it is prepared, and held until the anchor', () => {
    const nowMs = anchor * 1000 - 1_500;
    expect(actionOf({ state: commitDue, nowMs })).toEqual({
      ...nothingSpecial,
      kind: 'commit',
      round: 7n,
      notBeforeMs: anchor * 1000,
      plan: { fireAt: anchor, shiftSeconds: 0, missed: undefined },
      deadline: lead,
    });
    expect(actionOf({ state: commitDue, nowMs: nowMs - 1 })).toBeUndefined();
  });

  it('behavior: rehearses a possible commit while it waits for its anchor', () => {
    const before = (changes: Partial<PoolView>) => decide(view({ nowMs: (anchor - 200) * 1000, ...changes }));
    expect(before({ state: commitDue }).rehearsal).toMatchObject({
      kind: 'commit',
      round: 7n,
      deadline: lead,
    });
    expect(before({}).rehearsal).toBeUndefined();
    expect(before({ state: commitDue, nowMs: anchor * 1000 }).rehearsal).toBeUndefined();
  });

  it('behavior: its deadline is the end of the lead; there is none once that has passed', () => {
    const deadline = (late: number) =>
      actionOf({ state: commitDue, nowMs: (anchor + late) * 1000 })?.deadline;
    expect([deadline(0), deadline(300), deadline(301)]).toEqual([lead, lead, undefined]);
  });

  it('behavior: where its time cannot be read it leaves at the anchor, by the contract’s word or by a simulation', () => {
    for (const due of [{ round: 7n, action: 'commit' } as const, undefined]) {
      const state = poolState({ due, eligibleAt: undefined });
      const unknown = { ...state, eligibleAt: undefined };
      for (const late of [0, 1, 299])
        expect(actionOf({ state: unknown, nowMs: (anchor + late) * 1000 })).toMatchObject({
          kind: 'commit',
          plan: { fireAt: anchor },
        });
    }
    const unknown = { ...poolState({ due: undefined }), eligibleAt: undefined };
    expect(actionOf({ state: unknown, nowMs: (anchor + 400) * 1000 })).toBeUndefined();
  });

  it.each([0, 1, 1_200])('behavior: %s s after it, it leaves at once', late => {
    const action = actionOf({ state: commitDue, nowMs: (anchor + late) * 1000 });
    expect(action).toMatchObject({ kind: 'commit', round: 7n, notBeforeMs: undefined });
    expect(action?.plan?.missed?.bySeconds).toBe(late === 0 ? undefined : late);
  });

  it('behavior: as long as the contract does not say so, there is none', () => {
    const nowMs = anchor * 1000;
    expect(decide(view({ nowMs, head: { number: 1_000, timestamp: anchor - 400 } }))).toMatchObject({
      actions: [],
      next: { what: 'commit round 7', chainTime: anchor - 300 },
    });
    // The chain is past that moment and the contract still refuses: the next try is at the next block.
    const past = { nowMs, head: { number: 1_000, timestamp: anchor } };
    expect(decide(view(past))).toMatchObject({ actions: [], next: { chainTime: anchor + 1 } });
  });

  it('behavior: does not believe a contract that keeps asking for nothing, or cannot be read', () => {
    const nowMs = anchor * 1000;
    const commit = { kind: 'commit', round: 7n };
    expect(actionOf({ nowMs, isSilenceOver: true })).toMatchObject(commit);
    expect(actionOf({ nowMs, state: poolState({ due: undefined }) })).toMatchObject(commit);
    const tooEarly = { number: 1_000, timestamp: anchor - 400 };
    expect(actionOf({ nowMs, isSilenceOver: true, head: tooEarly })).toBeUndefined();
    const isOver = { ...poolState().open, state: 'skipped' } as PoolView['state']['open'];
    expect(actionOf({ nowMs, isSilenceOver: true, state: poolState({ open: isOver }) })).toBeUndefined();
  });

  it('behavior: with `hold`, a commit that is too late waits for the next anchor', () => {
    const policy = { lateCommit: 'hold', holdLimitSeconds: 3_600, leadSeconds: 300 } as const;
    expect(decide(view({ state: commitDue, policy, nowMs: (anchor + 1_200) * 1000 }))).toMatchObject({
      actions: [],
      next: { what: 'commit round 7', clockTime: (anchor + 7 * 86_400) * 1000 - 1_500 },
    });
  });
});

describe('a commit without an anchor', () => {
  it('default: leaves as soon as the contract asks for it', () => {
    expect(actionOf({ state: commitDue, anchor: undefined })).toEqual({
      ...nothingSpecial,
      kind: 'commit',
      round: 7n,
    });
  });

  it('behavior: before, it comes when the chain reaches the time', () => {
    expect(nextOf({ anchor: undefined })).toEqual({
      what: 'commit round 7',
      chainTime: anchor - 300,
    });
  });

  it('behavior: commits the round that the contract names, not the open round', () => {
    const state = poolState({ due: { round: 5n, action: 'commit' } });
    expect(actionOf({ state, anchor: undefined })?.round).toBe(5n);
  });

  it('behavior: commits the open round as well at its time, where the contract names another round', () => {
    const state = poolState({ due: { round: 5n, action: 'commit' } });
    const nowMs = anchor * 1000;
    const { actions } = decide(view({ state, anchor: undefined, nowMs }));
    expect(actions.map(({ round }) => round)).toEqual([5n, 7n]);
  });
});

describe('byUrgency', () => {
  const action = (changes: Partial<Action>): Action => ({
    ...nothingSpecial,
    kind: 'commit',
    round: 7n,
    ...changes,
  });

  it('default: draws before lost draws before commits, and those by their time', () => {
    const settle = action({ kind: 'settle' });
    const lost = action({ kind: 'settle', markFailed: true });
    const now = action({});
    const soon = action({ notBeforeMs: anchor * 1000 });
    const later = action({ notBeforeMs: anchor * 1000 + 1 });
    expect([later, soon, lost, now, settle].sort(byUrgency)).toEqual([settle, lost, now, soon, later]);
  });
});
