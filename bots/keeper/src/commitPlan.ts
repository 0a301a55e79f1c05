import { type Anchor, anchorAtOrAfter, weekSeconds } from '@service-bots/core/prizePool';
import type { KeeperConfig } from './config.ts';

/** The operator's policy for commits that miss their anchor. */
export interface LatePolicy {
  /**
   * `fire`: at once, even if the schedule shifts. `hold`: at the next anchor, which restores the schedule.
   */
  lateCommit: 'fire' | 'hold';
  /** A round that becomes committable at most these seconds before an anchor is meant for that anchor. */
  holdLimitSeconds: number;
  /**
   * The seconds before its anchor at which a round on schedule becomes committable. A commit that is late by
   * less than this heals by itself.
   */
  leadSeconds: number;
}

export function policyOf(config: KeeperConfig): LatePolicy {
  return {
    lateCommit: config.KEEPER_LATE_COMMIT,
    holdLimitSeconds: config.KEEPER_HOLD_LIMIT_SECONDS,
    leadSeconds: config.KEEPER_ANCHOR_LEAD_SECONDS,
  };
}

/** The time at which a scheduled pool's round is to be committed. All times are seconds since 1970. */
export interface CommitPlan {
  fireAt: number;
  /**
   * The pool's deviation from its schedule before this commit, in seconds: 0 when the round becomes
   * committable on schedule, positive when later.
   */
  shiftSeconds: number;
  /** The anchor of this commit, and its delay by now; undefined when it is not late. */
  missed: { anchor: number; bySeconds: number; heals: boolean } | undefined;
}

/** The inputs of a plan. Times are seconds since 1970. */
interface CommitTimes {
  /** When the round becomes committable. */
  eligibleAt: number;
  /** This machine's time. */
  now: number;
  policy: LatePolicy;
}

/**
 * Plans a commit by its anchor. A round becomes committable `leadSeconds` before its anchor and is held until
 * then. A commit later than the lead after its anchor makes the next round committable after *its* anchor.
 * The schedule has then shifted for good, unless a commit is held until an anchor again.
 */
export function planCommit(anchor: Anchor, { eligibleAt, now, policy }: CommitTimes): CommitPlan {
  const { lateCommit, holdLimitSeconds, leadSeconds } = policy;
  const first = anchorAtOrAfter(anchor, eligibleAt);
  const isOnSchedule = first - eligibleAt <= holdLimitSeconds;
  const shiftSeconds = isOnSchedule ? 0 : shiftOf(first - eligibleAt - leadSeconds);
  // The newest anchor at which this round could have been committed.
  const latest = anchorAtOrAfter(anchor, now + 1) - weekSeconds;
  const late = latest >= eligibleAt ? now - latest : undefined;

  if (lateCommit === 'fire') {
    if (!isOnSchedule) return { fireAt: eligibleAt, shiftSeconds, missed: undefined };
    return { fireAt: first, shiftSeconds, missed: missedBy(first, now, leadSeconds) };
  }
  if (late !== undefined && late <= leadSeconds)
    return { fireAt: latest, shiftSeconds, missed: missedBy(latest, now, leadSeconds) };
  const missed = isOnSchedule ? missedBy(first, now, leadSeconds) : undefined;
  return { fireAt: anchorAtOrAfter(anchor, Math.max(now + 1, eligibleAt)), shiftSeconds, missed };
}

/**
 * Returns the plan of a mined commit whose original plan is lost. A commit that was in time for an anchor was
 * meant for it, even if it had been held for a week. Any other commit was fired, under either policy.
 * @param minedAt the time of its block
 */
export function planInHindsight(
  anchor: Anchor,
  { eligibleAt, minedAt, policy }: Omit<CommitTimes, 'now'> & { minedAt: number },
): CommitPlan {
  const latest = anchorAtOrAfter(anchor, minedAt + 1) - weekSeconds;
  const isInTime = latest >= eligibleAt && minedAt - latest <= policy.leadSeconds;
  return planCommit(anchor, {
    eligibleAt,
    now: minedAt,
    policy: { ...policy, lateCommit: isInTime ? 'hold' : 'fire' },
  });
}

function missedBy(anchor: number, now: number, leadSeconds: number): CommitPlan['missed'] {
  return now > anchor ? { anchor, bySeconds: now - anchor, heals: now - anchor <= leadSeconds } : undefined;
}

/**
 * Returns the shift of the schedule in seconds: positive when late, negative when early.
 * @param early seconds before the coming anchor; a commit almost a week early is slightly late for the last
 * anchor instead
 */
function shiftOf(early: number): number {
  return early > weekSeconds / 2 ? weekSeconds - early : -early;
}
