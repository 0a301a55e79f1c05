import { describe, expect, it } from '@jest/globals';
import { at, committed, poolState } from '../test/poolState.ts';
import { keeperAlerts } from './alerts.ts';
import type { LatePolicy } from './commitPlan.ts';
import { type CheckedPool, checkPool, duration, iso } from './poolChecks.ts';

const address = '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888';
const wednesday = { weekday: 3, hour: 13, minute: 0 };
const anchor = at('2026-11-25T13:00:00Z');
const week = 7 * 86_400;
const fire: LatePolicy = { lateCommit: 'fire', holdLimitSeconds: 3_600, leadSeconds: 300 };
const hold: LatePolicy = { ...fire, lateCommit: 'hold' };

/** What one check says about a scheduled pool, at a moment that both clocks agree on. */
function found(check: string, now: number, changes: Partial<CheckedPool> = {}) {
  const checked: CheckedPool = {
    address,
    name: 'vault A',
    anchor: wednesday,
    state: poolState(),
    head: { number: 1_000, timestamp: Math.floor(now) },
    now,
    policy: fire,
    overdueSeconds: 60,
    ...changes,
  };
  return checkPool(checked).find(each => each.check === check);
}
const fine = { pool: address, failing: false };
const commitDue = poolState({ due: { round: 7n, action: 'commit' } });

describe('a pool that is well', () => {
  it('default: every check ran, and none fails', () => {
    const checks = ['overdue', 'draw-lost', 'anchor-shifted', 'pool-paused', 'pool-stalled'];
    for (const check of checks) expect(found(check, anchor - 86_400)).toEqual({ check, ...fine });
  });

  it('behavior: what cannot be known is not observed: the schedule without an anchor, the pause of one that does not tell', () => {
    expect(found('anchor-shifted', anchor, { anchor: undefined })).toBeUndefined();
    expect(found('pool-paused', anchor, { state: poolState({ paused: undefined }) })).toBeUndefined();
  });
});

describe('overdue', () => {
  const overdue = (now: number, changes?: Partial<CheckedPool>) => found('overdue', now, changes);

  it('default: a commit that is not done a minute after its anchor', () => {
    expect(overdue(anchor + 60, { state: commitDue })).toEqual({ check: 'overdue', ...fine });
    expect(overdue(anchor + 61, { state: commitDue })).toMatchObject({
      failing: true,
      pool: address,
      message: 'round 7 of vault A was to be committed at 2026-11-25T13:00:00Z and is not, 61 s later',
      data: { round: 7n, dueAt: anchor },
    });
  });

  it('behavior: the five minutes before its anchor are not lateness', () => {
    expect(overdue(anchor - 1, { state: commitDue })?.failing).toBe(false);
  });

  it('behavior: without an anchor it counts from when the round can be committed', () => {
    const changes = { state: commitDue, anchor: undefined };
    expect(overdue(anchor - 300 + 60, changes)?.failing).toBe(false);
    expect(overdue(anchor - 300 + 61, changes)?.failing).toBe(true);
  });

  it('behavior: one that is held for the next anchor on purpose is not overdue', () => {
    const changes = { state: commitDue, policy: hold };
    expect(overdue(anchor + 120, changes)?.failing).toBe(true);
    expect(overdue(anchor + 1_200, changes)?.failing).toBe(false);
    expect(overdue(anchor + week + 61, changes)?.failing).toBe(true);
  });

  it('behavior: by the chain’s time, not by that of a machine whose clock is wrong', () => {
    const head = { number: 1_000, timestamp: anchor - 60 };
    expect(overdue(anchor + 600, { state: commitDue, head })?.failing).toBe(false);
  });

  it('behavior: a draw is overdue a quarter into its window, and critical: the blocks that are left are told', () => {
    const state = poolState({ previous: committed(1_000) });
    const settle = (number: number) => overdue(anchor, { state, head: { number, timestamp: anchor } });
    expect(settle(1_063)?.failing).toBe(false);
    expect(settle(1_064)).toMatchObject({
      failing: true,
      severity: 'critical',
      message: 'round 6 of vault A is not settled 64 blocks after its target; its draw is lost in 191 blocks',
      data: { round: 6n, target: 1_000, head: 1_064 },
    });
    expect(settle(1_400)).toMatchObject({ message: expect.stringContaining('is lost in 0 blocks') });
  });

  it('behavior: a draw in danger is told rather than a commit that is late', () => {
    const state = { ...commitDue, previous: committed(1_000) };
    const head = { number: 1_100, timestamp: anchor + 600 };
    expect(overdue(anchor + 600, { state, head })).toMatchObject({ severity: keeperAlerts.overdue.worst });
  });
});

describe('draw-lost', () => {
  const lost = (changes: Parameters<typeof poolState>[0]) =>
    found('draw-lost', anchor, { state: poolState(changes) });

  it('default: the contract asks for it to be marked', () => {
    const previous = committed(500);
    expect(lost({ due: { round: 6n, action: 'mark-failed' }, previous })).toMatchObject({
      failing: true,
      message:
        'round 6 of vault A was not settled within 255 blocks of its target: it has no winner, and the tickets can be redeemed',
      data: { round: 6n, target: 500 },
    });
  });

  it('behavior: goes on while the failed round is the last one, and ends with the next', () => {
    expect(lost({ previous: { ...committed(500), state: 'failed' } })).toMatchObject({
      failing: true,
      data: { round: 6n },
    });
    expect(lost({ previous: { ...committed(900), state: 'settled' } })?.failing).toBe(false);
  });

  it('behavior: a draw that can still be made is not lost', () => {
    expect(lost({ due: { round: 6n, action: 'settle' }, previous: committed(990) })?.failing).toBe(false);
  });
});

describe('anchor-shifted', () => {
  const shifted = (seconds: number, changes: Partial<CheckedPool> = {}, now = anchor - 3 * 86_400) =>
    found('anchor-shifted', now, { state: poolState({ eligibleAt: anchor - 300 + seconds }), ...changes });

  it('default: a round that becomes committable after its anchor, by how much, and what that means', () => {
    expect(shifted(1_200)).toEqual({
      check: 'anchor-shifted',
      pool: address,
      failing: true,
      message:
        'round 7 of vault A becomes committable 20 min later than Wed 13:00 UTC wants; it is committed at 2026-11-25T13:15:00Z, and only 5 min of this are made up for in a week',
      data: { round: 7n, eligibleAt: anchor + 900, shiftSeconds: 1_200 },
    });
  });

  it('behavior: one that is far too early', () => {
    expect(shifted(-7_200)).toMatchObject({
      message:
        'round 7 of vault A becomes committable 2 h earlier than Wed 13:00 UTC wants; it is committed at 2026-11-25T10:55:00Z, and gets 5 min earlier every week',
      data: { shiftSeconds: -7_200 },
    });
  });

  it('behavior: with `hold` it is on the way back: a warning', () => {
    expect(shifted(1_200, { policy: hold })).toMatchObject({
      severity: 'warning',
      message:
        'round 7 of vault A becomes committable 20 min later than Wed 13:00 UTC wants; its commit is held until 2026-12-02T13:00:00Z, which restores the schedule',
    });
  });

  it('behavior: with `hold`, an anchor that was missed is told for as long as the round is held', () => {
    for (const now of [anchor + 301, anchor + week - 1])
      expect(shifted(0, { policy: hold }, now)).toMatchObject({
        failing: true,
        message:
          'round 7 of vault A missed its anchor 2026-11-25T13:00:00Z and is held until 2026-12-02T13:00:00Z: the schedule stays, and the round is drawn that much later',
      });
    expect(shifted(0, { policy: hold }, anchor + 300)?.failing).toBe(false);
  });

  it.each([0, 120, 300, -3_300])('behavior: %s s is what the anchor gate makes up for', seconds => {
    for (const policy of [fire, hold]) expect(shifted(seconds, { policy })?.failing).toBe(false);
  });

  it('behavior: six minutes is not', () => {
    for (const policy of [fire, hold]) expect(shifted(360, { policy })?.failing).toBe(true);
  });
});

describe('pool-paused', () => {
  it('default: is told, and that rounds go on', () => {
    expect(found('pool-paused', anchor, { state: poolState({ paused: true }) })).toEqual({
      check: 'pool-paused',
      pool: address,
      failing: true,
      message: 'vault A is paused: no tickets are sold; rounds go on',
    });
  });
});

describe('pool-stalled', () => {
  const stalled = (now: number, changes: Partial<CheckedPool> = {}) =>
    found('pool-stalled', now, { state: commitDue, ...changes });

  it('default: nobody has committed for two weeks', () => {
    expect(stalled(anchor - 300 + week + 3_600)?.failing).toBe(false);
    expect(stalled(anchor - 300 + week + 3_601)).toMatchObject({
      failing: true,
      message: 'vault A has not moved for two of its periods (14 d 1 h): is it retired?',
      data: { round: 7n, periodSeconds: week },
    });
  });

  it('behavior: one that is held from an anchor to the next has not stalled', () => {
    expect(stalled(anchor + week, { policy: hold })?.failing).toBe(false);
  });

  it('behavior: without an anchor, its period is what its last rounds took', () => {
    const eligibleAt = anchor;
    const state = poolState({ eligibleAt, previousEligibleAt: anchor - 3_600 });
    const at = (now: number) => stalled(now, { state, anchor: undefined })?.failing;
    expect([at(anchor + 3_600), at(anchor + 3_601)]).toEqual([false, true]);
  });

  it('behavior: in its first round, what passes from the end of its sale', () => {
    const state = poolState({
      current: 1n,
      previous: undefined,
      previousEligibleAt: undefined,
      open: { state: 'open', salesEndAt: anchor - 7_200, targetBlock: 0 },
      eligibleAt: anchor,
    });
    const at = (now: number) => stalled(now, { state, anchor: undefined })?.failing;
    expect([at(anchor + 7_200), at(anchor + 7_201)]).toEqual([false, true]);
  });
});

describe('texts', () => {
  it.each([
    [0, '0 s'],
    [0.4, '0 s'],
    [59.6, '1 min'],
    [61, '1 min 1 s'],
    [1_203, '20 min 3 s'],
    [3_600, '1 h'],
    [3_601, '1 h 1 s'],
    [90_061, '1 d 1 h'],
    [7 * 86_400, '7 d'],
  ])('default: %s s is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('default: a moment has no fraction', () => {
    expect(iso(anchor + 0.9)).toBe('2026-11-25T13:00:00Z');
  });
});
