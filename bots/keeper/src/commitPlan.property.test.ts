import { describe, expect, it } from '@jest/globals';
import { type Anchor, anchorAtOrAfter, weekSeconds } from '@service-bots/core/prizePool';
import fc from 'fast-check';
import { type LatePolicy, planCommit } from './commitPlan.ts';

const anchors: fc.Arbitrary<Anchor> = fc.record({
  weekday: fc.integer({ min: 0, max: 6 }),
  hour: fc.integer({ min: 0, max: 23 }),
  minute: fc.integer({ min: 0, max: 59 }),
});
const policies = (lateCommit: LatePolicy['lateCommit']): fc.Arbitrary<LatePolicy> =>
  fc.record({
    lateCommit: fc.constant(lateCommit),
    leadSeconds: fc.integer({ min: 1, max: 3_600 }),
    holdLimitSeconds: fc.integer({ min: 3_600, max: 86_400 }),
  });
/** From 2026 on. */
const moments = fc.integer({ min: 1_767_225_600, max: 1_900_000_000 });
/** A machine's clock has milliseconds: from a week before to three weeks after. */
const distances = fc.integer({ min: -604_800_000, max: 1_814_400_000 }).map(ms => ms / 1000);

/** Rounds of any pool, seen at any time. */
const seen = (lateCommit: LatePolicy['lateCommit']) =>
  fc
    .tuple(anchors, moments, distances, policies(lateCommit))
    .map(([anchor, eligibleAt, later, policy]) => ({ anchor, eligibleAt, now: eligibleAt + later, policy }));
const seenUnderAny = fc.oneof(seen('fire'), seen('hold'));

const planOf = ({ anchor, eligibleAt, now, policy }: { [K in keyof Seen]: Seen[K] }) =>
  planCommit(anchor, { eligibleAt, now, policy });
interface Seen {
  anchor: Anchor;
  eligibleAt: number;
  now: number;
  policy: LatePolicy;
}
const property = (arbitrary: fc.Arbitrary<Seen>, holds: (seen: Seen) => void) =>
  fc.assert(fc.property(arbitrary, holds), { numRuns: 2_000 });

describe('whatever the schedule, the clock and the policy', () => {
  it('nothing fires before the contract allows it', () => {
    property(seenUnderAny, seen => expect(planOf(seen).fireAt).toBeGreaterThanOrEqual(seen.eligibleAt));
  });

  it('a round on its schedule never fires before its anchor', () => {
    property(seenUnderAny, seen => {
      const first = anchorAtOrAfter(seen.anchor, seen.eligibleAt);
      if (first - seen.eligibleAt > seen.policy.holdLimitSeconds) return;
      expect(planOf(seen).fireAt).toBeGreaterThanOrEqual(first);
      expect(planOf(seen).shiftSeconds).toBe(0);
    });
  });

  it('a plan does not change until its time', () => {
    fc.assert(
      fc.property(seenUnderAny, fc.double({ min: 0, max: 1, noNaN: true }), (seen, part) => {
        const { fireAt } = planOf(seen);
        if (seen.now > fireAt) return;
        const later = Math.floor((seen.now + (fireAt - seen.now) * part) * 1000) / 1000;
        expect(planOf({ ...seen, now: later }).fireAt).toBe(fireAt);
        expect(planOf({ ...seen, now: fireAt }).fireAt).toBe(fireAt);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a delay that heals leads to the anchor a week later', () => {
    property(seenUnderAny, seen => {
      const { missed } = planOf(seen);
      if (!missed?.heals) return;
      const eligibleAt = Math.floor(seen.now) + weekSeconds - seen.policy.leadSeconds;
      const next = planOf({ ...seen, eligibleAt, now: eligibleAt });
      expect(next).toEqual({ fireAt: missed.anchor + weekSeconds, shiftSeconds: 0, missed: undefined });
    });
  });

  it('a shift is never more than half a week', () => {
    property(seenUnderAny, seen =>
      expect(Math.abs(planOf(seen).shiftSeconds)).toBeLessThanOrEqual(weekSeconds / 2),
    );
  });
});

describe('fire', () => {
  it('holds nothing for longer than the limit', () => {
    property(seen('fire'), seen =>
      expect(planOf(seen).fireAt - seen.eligibleAt).toBeLessThanOrEqual(seen.policy.holdLimitSeconds),
    );
  });
});

describe('hold', () => {
  it('every commit is at an anchor, or after it by no more than heals', () => {
    property(seen('hold'), seen => {
      const { fireAt } = planOf(seen);
      expect(fireAt).toBe(anchorAtOrAfter(seen.anchor, fireAt));
      expect(seen.now - fireAt).toBeLessThanOrEqual(seen.policy.leadSeconds);
    });
  });

  it('however long the keeper is away, week after week, no round is lost to the schedule', () => {
    const outages = fc.array(fc.integer({ min: 0, max: 2 * weekSeconds }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anchors, moments, policies('hold'), outages, (anchor, from, policy, awaySeconds) => {
        let committedAt = anchorAtOrAfter(anchor, from);
        for (const away of awaySeconds) {
          const eligibleAt = committedAt + weekSeconds - policy.leadSeconds;
          const now = eligibleAt + away;
          committedAt = Math.max(now, planCommit(anchor, { eligibleAt, now, policy }).fireAt);
          const lastAnchor = anchorAtOrAfter(anchor, committedAt + 1) - weekSeconds;
          expect(committedAt - lastAnchor).toBeLessThanOrEqual(policy.leadSeconds);
        }
      }),
      { numRuns: 500 },
    );
  });
});
