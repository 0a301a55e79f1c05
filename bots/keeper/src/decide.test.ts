import { describe, expect, it } from '@jest/globals';
import { at, committed, poolState } from '../test/poolState.ts';
import { type Action, byUrgency, decide, type PoolView } from './decide.ts';

const wednesday = { weekday: 3, hour: 13, minute: 0 };
const anchor = at('2026-11-25T13:00:00Z');

/** A scheduled pool, looked at a day before its anchor. */
function view(changes: Partial<PoolView> = {}): PoolView {
  const now = changes.nowMs === undefined ? anchor - 86_400 : changes.nowMs / 1000;
  return {
    state: poolState(),
    head: { number: 1_000, timestamp: Math.floor(now) },
    nowMs: now * 1000,
    anchor: wednesday,
    policy: { lateCommit: 'fire', holdLimitSeconds: 3_600, leadSeconds: 300 },
    prepareMs: 1_500,
    ...changes,
  };
}
const commitDue = poolState({ due: { round: 7n, action: 'commit' } });
const nothingSpecial = { markFailed: false, notBeforeMs: undefined, firstBlock: undefined, plan: undefined };

describe('a settle', () => {
  it('default: what the contract asks for is done', () => {
    const state = poolState({ due: { round: 6n, action: 'settle' }, previous: committed(990) });
    expect(decide(view({ state }))).toEqual({
      action: { ...nothingSpecial, kind: 'settle', round: 6n },
      next: undefined,
    });
  });

  it('behavior: a lost draw is marked by settling it', () => {
    const state = poolState({ due: { round: 6n, action: 'mark-failed' }, previous: committed(500) });
    expect(decide(view({ state })).action).toEqual({
      ...nothingSpecial,
      kind: 'settle',
      round: 6n,
      markFailed: true,
    });
  });

  it('behavior: no anchor holds it', () => {
    const state = poolState({ due: { round: 6n, action: 'settle' }, previous: committed(990) });
    for (const nowMs of [anchor - 60, anchor, anchor + 60].map(time => time * 1000))
      expect(decide(view({ state, nowMs })).action).toMatchObject({ kind: 'settle', notBeforeMs: undefined });
  });

  it('behavior: before the target block it comes with that block', () => {
    const state = poolState({ previous: committed(1_002) });
    expect(decide(view({ state }))).toEqual({
      action: undefined,
      next: { what: 'settle round 6', block: 1_002 },
    });
  });

  it('behavior: at the target block it is sent for the next one, before the contract asks for it', () => {
    const state = poolState({ previous: committed(1_000) });
    expect(decide(view({ state })).action).toEqual({
      ...nothingSpecial,
      kind: 'settle',
      round: 6n,
      firstBlock: 1_001,
    });
  });

  it('behavior: past the target, while the contract says nothing yet, the next block is looked at', () => {
    const state = poolState({ previous: committed(999) });
    expect(decide(view({ state }))).toEqual({
      action: undefined,
      next: { what: 'settle round 6', block: 1_001 },
    });
  });

  it('behavior: a draw that is waited for comes before a commit that is due', () => {
    const state = { ...commitDue, previous: committed(1_002) };
    expect(decide(view({ state, nowMs: anchor * 1000 })).next?.what).toBe('settle round 6');
  });

  it.each(['settled', 'skipped', 'failed'] as const)('behavior: a round that is %s is over', state => {
    const previous = { ...committed(1_000), state };
    expect(decide(view({ state: poolState({ previous }) })).next?.what).toBe('commit round 7');
  });

  it('behavior: a pool in its first round has none', () => {
    const state = poolState({ current: 1n, previous: undefined, previousEligibleAt: undefined });
    expect(decide(view({ state })).next?.what).toBe('commit round 1');
  });
});

describe('a commit with an anchor', () => {
  it('default: before it, the next thing is a moment of this clock: early enough to prepare', () => {
    expect(decide(view({ state: commitDue }))).toEqual({
      action: undefined,
      next: { what: 'commit round 7', clockTime: anchor * 1000 - 1_500 },
    });
  });

  it('behavior: within the last moments it is prepared, and held until the anchor', () => {
    const nowMs = anchor * 1000 - 1_500;
    expect(decide(view({ state: commitDue, nowMs })).action).toEqual({
      ...nothingSpecial,
      kind: 'commit',
      round: 7n,
      notBeforeMs: anchor * 1000,
      plan: { fireAt: anchor, shiftSeconds: 0, missed: undefined },
    });
    expect(decide(view({ state: commitDue, nowMs: nowMs - 1 })).action).toBeUndefined();
  });

  it.each([0, 1, 1_200])('behavior: %s s after it, it leaves at once', late => {
    const { action } = decide(view({ state: commitDue, nowMs: (anchor + late) * 1000 }));
    expect(action).toMatchObject({ kind: 'commit', round: 7n, notBeforeMs: undefined });
    expect(action?.plan?.missed?.bySeconds).toBe(late === 0 ? undefined : late);
  });

  it('behavior: as long as the contract does not say so, there is none', () => {
    const nowMs = anchor * 1000;
    expect(decide(view({ nowMs, head: { number: 1_000, timestamp: anchor - 400 } }))).toEqual({
      action: undefined,
      next: { what: 'commit round 7', chainTime: anchor - 300 },
    });
    // The chain is past that moment and the contract still says no: with the next block.
    expect(decide(view({ nowMs, head: { number: 1_000, timestamp: anchor } })).next).toMatchObject({
      chainTime: anchor + 1,
    });
  });

  it('behavior: with `hold`, one that is too late waits for the next anchor', () => {
    const policy = { lateCommit: 'hold', holdLimitSeconds: 3_600, leadSeconds: 300 } as const;
    expect(decide(view({ state: commitDue, policy, nowMs: (anchor + 1_200) * 1000 }))).toEqual({
      action: undefined,
      next: { what: 'commit round 7', clockTime: (anchor + 7 * 86_400) * 1000 - 1_500 },
    });
  });
});

describe('a commit without an anchor', () => {
  it('default: leaves as soon as the contract asks for it', () => {
    expect(decide(view({ state: commitDue, anchor: undefined })).action).toEqual({
      ...nothingSpecial,
      kind: 'commit',
      round: 7n,
    });
  });

  it('behavior: before, it comes when the chain reaches the time', () => {
    expect(decide(view({ anchor: undefined })).next).toEqual({
      what: 'commit round 7',
      chainTime: anchor - 300,
    });
  });

  it('behavior: the round that the contract names is committed, not the one that is open', () => {
    const state = poolState({ due: { round: 5n, action: 'commit' } });
    expect(decide(view({ state, anchor: undefined })).action?.round).toBe(5n);
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
