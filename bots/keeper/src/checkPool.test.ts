import { describe, expect, it } from '@jest/globals';
import { at, committed, poolState } from '../test/poolState.ts';
import { keeperAlerts } from './alerts.ts';
import type { CheckedPool } from './CheckedPool.ts';
import { checkPool } from './checkPool.ts';
import type { LatePolicy } from './commitPlan.ts';
import { duration, iso } from './texts.ts';

const address = '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888';
const wednesday = { weekday: 3, hour: 13, minute: 0 };
const anchor = at('2026-11-25T13:00:00Z');
const week = 7 * 86_400;
const fire: LatePolicy = { lateCommit: 'fire', holdLimitSeconds: 3_600, leadSeconds: 300 };
const hold: LatePolicy = { ...fire, lateCommit: 'hold' };

/** Returns the observation of one check about a scheduled pool, at a moment that both clocks agree on. */
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
    watchedFrom: 0,
    waitsForPrice: false,
    cannotSend: false,
    ...changes,
  };
  return checkPool(checked).find(each => each.check === check);
}
const fine = { pool: address, failing: false };
const commitDue = poolState({ due: { round: 7n, action: 'commit' } });

describe('a pool that is well', () => {
  it('default: every check ran, and none fails', () => {
    const checks = ['overdue', 'draw-lost', 'anchor-shifted', 'pool-paused', 'pool-stalled', 'view-unread'];
    for (const check of checks) expect(found(check, anchor - 86_400)).toEqual({ check, ...fine });
  });

  it.each([
    ['anchor-shifted', { eligibleAt: undefined }],
    ['pool-stalled', { eligibleAt: undefined }],
    ['pool-paused', { paused: undefined }],
  ])('behavior: makes no observation about %s where its inputs cannot be read', (check, changes) => {
    expect(found(check, anchor, { state: { ...poolState(), ...changes } })).toBeUndefined();
  });

  it('behavior: makes no observation about a schedule without an anchor, or a pause that cannot be read', () => {
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
      severity: 'critical',
      message: `round 7 of vault A was due to be committed at 2026-11-25T13:00:00Z and is not committed 61 s later; the anchor is missed for good (the schedule shifts, or the round waits a week for the next) unless it is mined by 2026-11-25T13:05:00Z; by hand: cast send ${address} "commit(uint256)" 7 --rpc-url "$RPC_URL" --interactive`,
      data: { round: 7n, dueAt: anchor },
    });
  });

  it('behavior: a commit that waits for a lower gas price on purpose is an error and no page, and its message gives the reason', () => {
    expect(overdue(anchor + 61, { state: commitDue, waitsForPrice: true })).toMatchObject({
      severity: 'error',
      message: expect.stringContaining(
        'the keeper waits for a lower gas price, and sends the commit by itself',
      ),
    });
  });

  it.each([
    ['asks for nothing', { round: 7n, action: 'none' } as const],
    ['asks for an old round', { round: 3n, action: 'settle' } as const],
    ['cannot be asked', undefined],
  ])('behavior: it rests on the state and time of the round, also where the contract %s', (_, due) => {
    const state = poolState({ due });
    expect(overdue(anchor + 60, { state })?.failing).toBe(false);
    expect(overdue(anchor + 61, { state })).toMatchObject({ failing: true, data: { round: 7n } });
  });

  it('behavior: the message states that the contract asks for nothing', () => {
    expect(overdue(anchor + 61)).toMatchObject({
      message: expect.stringContaining(
        '61 s later; its contract asks for nothing (nextExecutable() says None)',
      ),
    });
  });

  it.each([
    ['the keeper waits for a lower price', { waitsForPrice: true }, 'the gas price'],
    ['nothing can be sent', { cannotSend: true }, 'the keeper cannot send'],
    ['only its contract refuses it', {}, undefined],
  ])('behavior: where %s, all such pools are one alert', (_, changes, cause) => {
    expect(overdue(anchor + 61, { state: commitDue, ...changes })?.cause).toBe(cause);
  });

  it('behavior: a round that is over is not overdue', () => {
    const open = { ...committed(0), state: 'skipped' } as const;
    expect(overdue(anchor + 600, { state: poolState({ open }) })?.failing).toBe(false);
  });

  it('behavior: is raised with half of the lead left, however patient the operator is', () => {
    expect(overdue(anchor + 150, { state: commitDue, overdueSeconds: 3_600 })?.failing).toBe(false);
    expect(overdue(anchor + 151, { state: commitDue, overdueSeconds: 3_600 })?.failing).toBe(true);
  });

  it('behavior: a pool without an anchor loses no schedule: an error', () => {
    expect(overdue(anchor, { state: commitDue, anchor: undefined })).toMatchObject({ severity: 'error' });
  });

  it('behavior: uses the anchor when the time of the commit cannot be read', () => {
    const state = { ...commitDue, eligibleAt: undefined };
    expect(overdue(anchor + 61, { state })?.failing).toBe(true);
    expect(overdue(anchor + 61, { state, anchor: undefined })?.failing).toBe(false);
  });

  it('behavior: raises a time that no date can be', () => {
    const changes = { state: poolState({ eligibleAt: -9e15 }), anchor: undefined };
    expect(overdue(anchor, changes)).toMatchObject({ message: expect.stringContaining('s since 1970') });
  });

  it('behavior: the five minutes before its anchor are not lateness', () => {
    expect(overdue(anchor - 1, { state: commitDue })?.failing).toBe(false);
  });

  it('behavior: without an anchor it counts from when the round can be committed', () => {
    const changes = { state: commitDue, anchor: undefined };
    expect(overdue(anchor - 300 + 60, changes)?.failing).toBe(false);
    expect(overdue(anchor - 300 + 61, changes)?.failing).toBe(true);
  });

  it('behavior: a commit that is held for the next anchor on purpose is not overdue', () => {
    const changes = { state: commitDue, policy: hold };
    expect(overdue(anchor + 120, changes)?.failing).toBe(true);
    expect(overdue(anchor + 1_200, changes)?.failing).toBe(false);
    expect(overdue(anchor + week + 61, changes)?.failing).toBe(true);
  });

  it('behavior: by the chain’s time, not by that of a machine whose clock is wrong', () => {
    const head = { number: 1_000, timestamp: anchor - 60 };
    expect(overdue(anchor + 600, { state: commitDue, head })?.failing).toBe(false);
  });

  it('behavior: a draw is overdue and critical a quarter into its window, and the message gives the blocks that are left', () => {
    const state = poolState({ previous: committed(1_000) });
    const settle = (number: number) => overdue(anchor, { state, head: { number, timestamp: anchor } });
    expect(settle(1_063)?.failing).toBe(false);
    expect(settle(1_064)).toMatchObject({
      failing: true,
      severity: 'critical',
      message: `round 6 of vault A is not settled 64 blocks after its target; its draw is lost in 191 blocks; by hand: cast send ${address} "settle(uint256)" 6 --rpc-url "$RPC_URL" --interactive`,
      data: { round: 6n, target: 1_000, head: 1_064 },
    });
    expect(settle(1_400)).toMatchObject({
      severity: 'error',
      message: expect.stringContaining(
        'its draw is lost, and its tickets can be redeemed only once it is settled',
      ),
    });
  });

  it('behavior: a draw in danger and a commit that is late are both named, the draw first', () => {
    const state = { ...commitDue, previous: committed(1_000) };
    const head = { number: 1_100, timestamp: anchor + 600 };
    expect(overdue(anchor + 600, { state, head })).toMatchObject({
      severity: keeperAlerts.overdue.worst,
      message: expect.stringMatching(
        /^round 6 of vault A is not settled .*; round 7 of vault A was due to be committed/,
      ),
      data: { round: 6n },
    });
  });

  it('behavior: names an old stuck round beside the open round', () => {
    const older = [{ number: 3n, ...committed(950) }];
    const state = poolState({ due: { round: 3n, action: 'settle' }, older });
    const head = { number: 1_100, timestamp: anchor + 600 };
    const { message } = overdue(anchor + 600, { state, head }) as { message: string };
    expect(message).toContain('round 3 of vault A is not settled 150 blocks after its target');
    expect(message).toContain('round 7 of vault A was due to be committed');
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
        'round 6 of vault A was not settled within 255 blocks of its target: it has no winner, and the tickets can be redeemed. No deposit is lost; the prize of this round is. First: find out why no keeper settled it, since the same fault would lose the next draw',
      data: { round: 6n, target: 500 },
    });
  });

  it('behavior: lasts while the failed round is the last, and ends with the next round', () => {
    expect(lost({ previous: { ...committed(500), state: 'failed' } })).toMatchObject({
      failing: true,
      data: { round: 6n },
    });
    expect(lost({ previous: { ...committed(900), state: 'settled' } })?.failing).toBe(false);
  });

  it('behavior: a committed round past its window is lost, whatever the contract asks for', () => {
    const at = (target: number, due?: { round: bigint; action: 'none' }) =>
      lost({ due, previous: committed(target) });
    expect(at(744)).toMatchObject({ failing: true, data: { round: 6n, target: 744 } });
    expect(at(744, { round: 7n, action: 'none' })?.failing).toBe(true);
    expect(at(745)?.failing).toBe(false);
    const older = [{ number: 3n, ...committed(500) }];
    expect(lost({ older })).toMatchObject({ failing: true, data: { round: 3n, target: 500 } });
  });

  describe('whose window ended before this keeper first looked at the pool', () => {
    const failed = { ...committed(500), state: 'failed' as const };
    const at = (watchedFrom: number | undefined, changes: Parameters<typeof poolState>[0]) =>
      found('draw-lost', anchor, { state: poolState(changes), watchedFrom });

    it.each([
      ['is marked', { previous: failed }],
      ['is to be marked', { previous: committed(500), due: { round: 6n, action: 'mark-failed' } as const }],
      ['is asked for by nobody', { previous: committed(500) }],
    ])('%s: it is a fact, at the level info', (_, changes) => {
      expect(at(756, changes)).toMatchObject({
        failing: true,
        severity: 'info',
        message: expect.stringContaining('before block 756, at which this keeper first looked at the pool'),
      });
      // The keeper saw the last block of the window.
      expect(at(755, changes)?.failing).toBe(true);
      expect(at(755, changes)).not.toHaveProperty('severity');
    });

    it.each([
      ['where the first look is not known', undefined, { previous: failed }],
      ['where its target cannot be read', 999, { previous: { ...failed, targetBlock: 0 } }],
      [
        'where the contract asks for a round that cannot be read',
        999,
        { due: { round: 2n, action: 'mark-failed' } as const },
      ],
    ])('is critical %s', (_, watchedFrom, changes) => {
      expect(at(watchedFrom, changes)?.failing).toBe(true);
      expect(at(watchedFrom, changes)).not.toHaveProperty('severity');
    });

    it('does not hide a draw that this keeper has lost', () => {
      const older = [{ number: 3n, ...committed(100) }];
      const found = at(700, { older, previous: committed(600) });
      expect(found).toMatchObject({ data: { round: 6n } });
      expect(found).not.toHaveProperty('severity');
    });
  });

  it('behavior: a draw that can still be made is not lost', () => {
    expect(lost({ due: { round: 6n, action: 'settle' }, previous: committed(990) })?.failing).toBe(false);
  });
});

describe('anchor-shifted', () => {
  const shifted = (seconds: number, changes: Partial<CheckedPool> = {}, now = anchor - 3 * 86_400) =>
    found('anchor-shifted', now, { state: poolState({ eligibleAt: anchor - 300 + seconds }), ...changes });

  it('default: reports the size and the consequence of a round that becomes committable after its anchor', () => {
    expect(shifted(1_200)).toEqual({
      check: 'anchor-shifted',
      pool: address,
      failing: true,
      message:
        'round 7 of vault A becomes committable 20 min later than Wed 13:00 UTC wants; it is committed at 2026-11-25T13:15:00Z, and each week makes up for only 5 min of this. No money is lost. First: decide whether to hold one commit (KEEPER_LATE_COMMIT=hold), which restores the schedule',
      data: { round: 7n, eligibleAt: anchor + 900, shiftSeconds: 1_200 },
    });
  });

  it('behavior: a round that becomes committable far too early', () => {
    expect(shifted(-7_200)).toMatchObject({
      message:
        'round 7 of vault A becomes committable 2 h earlier than Wed 13:00 UTC wants; it is committed at 2026-11-25T10:55:00Z, and becomes 5 min earlier every week. No money is lost. First: decide whether to hold one commit (KEEPER_LATE_COMMIT=hold), which restores the schedule',
      data: { shiftSeconds: -7_200 },
    });
  });

  it('behavior: with `hold` a shifted pool is a warning, since its commit is held', () => {
    expect(shifted(1_200, { policy: hold })).toMatchObject({
      severity: 'warning',
      message:
        'round 7 of vault A becomes committable 20 min later than Wed 13:00 UTC wants; its commit is held until 2026-12-02T13:00:00Z, which restores the schedule',
    });
  });

  it('behavior: with `hold` a missed anchor is raised for as long as the round is held', () => {
    for (const now of [anchor + 301, anchor + week - 1])
      expect(shifted(0, { policy: hold }, now)).toMatchObject({
        failing: true,
        message:
          'round 7 of vault A missed its anchor 2026-11-25T13:00:00Z and is held until 2026-12-02T13:00:00Z. The schedule stays, and this round is drawn later by that time; its deposits stay locked until then',
      });
    expect(shifted(0, { policy: hold }, anchor + 300)?.failing).toBe(false);
  });

  it.each([0, 120, 300, -3_300])('behavior: the anchor gate makes up for %s s', seconds => {
    for (const policy of [fire, hold]) expect(shifted(seconds, { policy })?.failing).toBe(false);
  });

  it('behavior: a shift of six minutes is raised', () => {
    for (const policy of [fire, hold]) expect(shifted(360, { policy })?.failing).toBe(true);
  });
});

describe('pool-paused', () => {
  it('default: is raised, and the message states that rounds continue', () => {
    expect(found('pool-paused', anchor, { state: poolState({ paused: true }) })).toEqual({
      check: 'pool-paused',
      pool: address,
      failing: true,
      message:
        'vault A is paused by its owner: no tickets can be bought. Rounds are still committed and settled',
    });
  });
});

describe('pool-stalled', () => {
  const stalled = (now: number, changes: Partial<CheckedPool> = {}) =>
    found('pool-stalled', now, { state: commitDue, ...changes });

  it('default: no account has committed for two weeks', () => {
    expect(stalled(anchor - 300 + week + 3_600)?.failing).toBe(false);
    expect(stalled(anchor - 300 + week + 3_601)).toMatchObject({
      failing: true,
      message:
        'vault A has not moved for two of its periods (14 d 1 h): no keeper commits its rounds, and its deposits stay locked. First: take the pool out of POOL_ADDRESSES_V2 if it is retired, otherwise look at its other alerts',
      data: { round: 7n, periodSeconds: week },
    });
  });

  it('behavior: a pool whose round is held from an anchor to the next has not stalled', () => {
    expect(stalled(anchor + week, { policy: hold })?.failing).toBe(false);
  });

  it('behavior: takes the period of a pool without an anchor from its last rounds', () => {
    const eligibleAt = anchor;
    const state = poolState({ eligibleAt, previousEligibleAt: anchor - 3_600 });
    const at = (now: number) => stalled(now, { state, anchor: undefined })?.failing;
    expect([at(anchor + 3_600), at(anchor + 3_601)]).toEqual([false, true]);
  });

  it('behavior: counts from the end of the sale in the first round', () => {
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

describe('view-unread', () => {
  const unread = (...views: string[]) => {
    const state = { ...poolState(), unread: views.map(view => ({ view, reason: 'it reverts' })) };
    return found('view-unread', anchor, { state }) as { severity: string; message: string };
  };

  it('default: a view that only a check needs is a warning that names the missing check', () => {
    expect(unread('getCommitAfterTime(6)')).toMatchObject({
      failing: true,
      severity: 'warning',
      message:
        'vault A cannot be read completely: getCommitAfterTime(6) (it reverts): the check of the pool’s progress (pool-stalled) may not run',
    });
  });

  it.each(['nextExecutable()', 'currentRoundId()', 'getRoundInfo(6)', 'getCommitAfterTime(7)'])(
    'behavior: without %s the keeper acts on less: an error',
    view => {
      expect(unread('getCommitAfterTime(6)', view)).toMatchObject({ severity: 'error' });
      expect(unread(view).message).toContain(`${view} (it reverts): `);
    },
  );
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
