import { describe, expect, it } from '@jest/globals';
import { anchorAtOrAfter } from '@service-bots/core/prizePool';
import { at } from '../test/poolState.ts';
import { type LatePolicy, planCommit, planInHindsight } from './commitPlan.ts';

const wednesday = { weekday: 3, hour: 13, minute: 0 };
const fire: LatePolicy = { lateCommit: 'fire', holdLimitSeconds: 3_600, leadSeconds: 300 };
const hold: LatePolicy = { ...fire, lateCommit: 'hold' };
const anchor = at('2026-11-25T13:00:00Z');
const nextAnchor = at('2026-12-02T13:00:00Z');
/** The contract's rule after a commit: the next round can be committed 7 days less 5 minutes later. */
const nextEligible = (committedAt: number) => committedAt + 7 * 86_400 - 300;

const plan = (policy: LatePolicy, eligible: string, now: string) =>
  planCommit(wednesday, { eligibleAt: at(eligible), now: at(now), policy });

describe.each([
  ['fire', fire],
  ['hold', hold],
] as const)('a round on its schedule, with %s', (_, policy) => {
  it.each(['2026-11-19T00:00:00Z', '2026-11-25T12:55:00Z', '2026-11-25T12:59:59Z', '2026-11-25T13:00:00Z'])(
    'default: at %s it is for the anchor',
    now => {
      const expected = { fireAt: anchor, shiftSeconds: 0, missed: undefined };
      expect(plan(policy, '2026-11-25T12:55:00Z', now)).toEqual(expected);
    },
  );

  it('behavior: two minutes after the anchor it is still for it, and heals by itself', () => {
    expect(plan(policy, '2026-11-25T12:55:00Z', '2026-11-25T13:02:00Z')).toEqual({
      fireAt: anchor,
      shiftSeconds: 0,
      missed: { anchor, bySeconds: 120, heals: true },
    });
    // After that commit, the next round can be committed 3 minutes before its anchor, and waits for it.
    const healed = planCommit(wednesday, {
      eligibleAt: nextEligible(anchor + 120),
      now: nextAnchor - 60,
      policy,
    });
    expect(healed).toEqual({ fireAt: nextAnchor, shiftSeconds: 0, missed: undefined });
  });

  it('behavior: five minutes late is the last that heals', () => {
    expect(plan(policy, '2026-11-25T12:55:00Z', '2026-11-25T13:05:00Z')).toMatchObject({
      fireAt: anchor,
      missed: { bySeconds: 300, heals: true },
    });
    expect(
      planCommit(wednesday, { eligibleAt: nextEligible(anchor + 300), now: nextAnchor - 60, policy }).fireAt,
    ).toBe(nextAnchor);
    expect(plan(policy, '2026-11-25T12:55:00Z', '2026-11-25T13:05:01Z').missed?.heals).toBe(false);
  });

  it('behavior: commits at the very anchor where that is possible', () => {
    const expected = { fireAt: anchor, shiftSeconds: 0, missed: undefined };
    expect(plan(policy, '2026-11-25T13:00:00Z', '2026-11-25T12:00:00Z')).toEqual(expected);
    expect(plan(policy, '2026-11-25T13:00:00Z', '2026-11-25T13:00:00Z')).toEqual(expected);
  });

  it('behavior: anywhere within the hold limit it is held for the anchor', () => {
    expect(plan(policy, '2026-11-25T12:00:00Z', '2026-11-25T12:30:00Z')).toEqual({
      fireAt: anchor,
      shiftSeconds: 0,
      missed: undefined,
    });
  });

  it('behavior: weeks with a change to winter time are as long as others', () => {
    const before = at('2026-10-21T13:00:00Z');
    expect(
      planCommit(wednesday, { eligibleAt: nextEligible(before), now: before + 86_400, policy }).fireAt,
    ).toBe(at('2026-10-28T13:00:00Z'));
  });
});

describe('fire', () => {
  it('default: twenty minutes after the anchor it goes at once', () => {
    expect(plan(fire, '2026-11-25T12:55:00Z', '2026-11-25T13:20:00Z')).toEqual({
      fireAt: anchor,
      shiftSeconds: 0,
      missed: { anchor, bySeconds: 1_200, heals: false },
    });
  });

  it('behavior: from then on rounds go as soon as they can, and come back by five minutes a week', () => {
    let committedAt = anchor + 1_200;
    const shifts = [1, 2, 3, 4].map(() => {
      const eligible = nextEligible(committedAt);
      const { fireAt, shiftSeconds } = planCommit(wednesday, {
        eligibleAt: eligible,
        now: eligible - 60,
        policy: fire,
      });
      expect(fireAt).toBe(eligible);
      committedAt = fireAt;
      return shiftSeconds;
    });
    expect(shifts).toEqual([1_200, 900, 600, 0]);
    expect(committedAt).toBe(anchor + 4 * 7 * 86_400);
  });

  it('behavior: a pool that is too early becomes five minutes earlier every week', () => {
    const eligible = at('2026-11-25T11:00:00Z');
    const shift = (time: number) =>
      planCommit(wednesday, { eligibleAt: time, now: time - 60, policy: fire }).shiftSeconds;
    expect([shift(eligible), shift(nextEligible(eligible))]).toEqual([-6_900, -7_200]);
  });

  it('behavior: a round that could have been committed for weeks counts from its first anchor', () => {
    const now = anchor + 3 * 7 * 86_400 + 60;
    expect(planCommit(wednesday, { eligibleAt: anchor - 300, now, policy: fire })).toEqual({
      fireAt: anchor,
      shiftSeconds: 0,
      missed: { anchor, bySeconds: 3 * 7 * 86_400 + 60, heals: false },
    });
  });

  it('behavior: beyond the hold limit it is off its schedule and goes as soon as it can', () => {
    expect(plan(fire, '2026-11-25T11:59:59Z', '2026-11-25T11:00:00Z')).toEqual({
      fireAt: at('2026-11-25T11:59:59Z'),
      shiftSeconds: -(3_601 - 300),
      missed: undefined,
    });
  });
});

describe('hold', () => {
  it('default: twenty minutes after the anchor it waits for the next one', () => {
    expect(plan(hold, '2026-11-25T12:55:00Z', '2026-11-25T13:20:00Z')).toEqual({
      fireAt: nextAnchor,
      shiftSeconds: 0,
      missed: { anchor, bySeconds: 1_200, heals: false },
    });
  });

  it('behavior: a round of a shifted pool waits for the next anchor, and the round after it is on schedule', () => {
    const eligible = nextEligible(anchor + 1_200);
    const held = planCommit(wednesday, { eligibleAt: eligible, now: eligible, policy: hold });
    expect(held).toEqual({ fireAt: nextAnchor + 7 * 86_400, shiftSeconds: 1_200, missed: undefined });
    const after = planCommit(wednesday, {
      eligibleAt: nextEligible(held.fireAt),
      now: held.fireAt + 60,
      policy: hold,
    });
    expect(after).toEqual({ fireAt: held.fireAt + 7 * 86_400, shiftSeconds: 0, missed: undefined });
  });

  it('behavior: a round that becomes committable far too early waits for its anchor', () => {
    expect(plan(hold, '2026-11-25T10:00:00Z', '2026-11-25T10:30:00Z')).toEqual({
      fireAt: anchor,
      shiftSeconds: -(3 * 3_600 - 300),
      missed: undefined,
    });
  });

  it.each([1, 2, 5])(
    'behavior: after %s more anchors that were missed it waits for the coming one',
    weeks => {
      const now = anchor + weeks * 7 * 86_400 + 3_600;
      expect(planCommit(wednesday, { eligibleAt: anchor - 300, now, policy: hold })).toMatchObject({
        fireAt: anchorAtOrAfter(wednesday, now),
        missed: { anchor, bySeconds: now - anchor, heals: false },
      });
    },
  );

  it('behavior: when the anchor comes that it was held for, it goes, and up to five minutes after it', () => {
    const fireAt = (now: number) =>
      planCommit(wednesday, { eligibleAt: anchor - 300, now, policy: hold }).fireAt;
    expect(fireAt(nextAnchor - 0.4)).toBe(nextAnchor);
    expect(fireAt(nextAnchor)).toBe(nextAnchor);
    expect(fireAt(nextAnchor + 300)).toBe(nextAnchor);
    expect(fireAt(nextAnchor + 301)).toBe(nextAnchor + 7 * 86_400);
  });
});

describe('a shift', () => {
  it.each([
    ['20 minutes late', '2026-11-25T13:15:00Z', 1_200],
    ['3 days late', '2026-11-28T12:55:00Z', 3 * 86_400],
    ['3 days early', '2026-11-22T12:55:00Z', -3 * 86_400],
    ['an hour and a bit early', '2026-11-25T11:50:00Z', -3_900],
  ])('default: %s', (_, eligible, shiftSeconds) => {
    for (const policy of [fire, hold])
      expect(plan(policy, eligible, '2026-11-20T00:00:00Z').shiftSeconds).toBe(shiftSeconds);
  });
});

describe.each([
  ['fire', fire],
  ['hold', hold],
] as const)('planInHindsight, with %s', (_, policy) => {
  const seen = (eligibleAt: number, minedAt: number) =>
    planInHindsight(wednesday, { eligibleAt, minedAt, policy });
  const eligible = anchor - 300;

  it.each([0, 1, 300])('default: mined %s s after its anchor, it was for it', seconds => {
    const missed = seconds === 0 ? undefined : { anchor, bySeconds: seconds, heals: true };
    expect(seen(eligible, anchor + seconds)).toEqual({ fireAt: anchor, shiftSeconds: 0, missed });
  });

  it('behavior: a commit that was mined too late to heal has shifted the schedule', () => {
    const missed = { anchor, bySeconds: 301, heals: false };
    expect(seen(eligible, anchor + 301)).toEqual({ fireAt: anchor, shiftSeconds: 0, missed });
  });

  it('behavior: mined at the anchor after, it was held for that', () => {
    expect(seen(eligible, nextAnchor)).toMatchObject({ fireAt: nextAnchor, shiftSeconds: 0 });
    expect(seen(anchor + 900, nextAnchor)).toMatchObject({ fireAt: nextAnchor, missed: undefined });
  });

  it('behavior: mined between anchors, as soon as it could be, it is off its schedule', () => {
    expect(seen(anchor + 900, anchor + 901)).toEqual({
      fireAt: anchor + 900,
      shiftSeconds: 900 + 300,
      missed: undefined,
    });
  });
});
