import { type Anchor, anchorAtOrAfter, weekSeconds } from '@service-bots/core/prizePool';
import type { KeeperConfig } from './config.ts';

/** How an operator wants commits that cannot be at their anchor. */
export interface LatePolicy {
  /**
   * `fire`: at once, even if the schedule shifts. `hold`: at the next anchor, which restores the schedule.
   */
  lateCommit: 'fire' | 'hold';
  /** How long before its anchor a round may become committable and still be meant for it. */
  holdLimitSeconds: number;
  /** How long before its anchor a round becomes committable when all is well: a commit so much late heals by itself. */
  leadSeconds: number;
}

export function policyOf(config: KeeperConfig): LatePolicy {
  return {
    lateCommit: config.KEEPER_LATE_COMMIT,
    holdLimitSeconds: config.KEEPER_HOLD_LIMIT_SECONDS,
    leadSeconds: config.KEEPER_ANCHOR_LEAD_SECONDS,
  };
}

/** When a scheduled pool's round is to be committed. All times are seconds since 1970. */
export interface CommitPlan {
  fireAt: number;
  /**
   * How far the pool is from its schedule before this commit: 0 when the round becomes committable where it should,
   * positive when later.
   */
  shiftSeconds: number;
  /** The anchor this commit was meant for, and how much too late it is by now; undefined when it is not too late. */
  missed: { anchor: number; bySeconds: number; heals: boolean } | undefined;
}

/**
 * The anchor gate. A round becomes committable `leadSeconds` before its anchor and is held until then. A commit later
 * than the lead after its anchor makes the next round committable after *its* anchor: the schedule has shifted, for
 * good, unless a commit is held until an anchor again.
 * @param eligibleAt when the round becomes committable
 * @param now this machine's time
 */
export function planCommit(anchor: Anchor, eligibleAt: number, now: number, policy: LatePolicy): CommitPlan {
  const { lateCommit, holdLimitSeconds, leadSeconds } = policy;
  const first = anchorAtOrAfter(anchor, eligibleAt);
  const isOnSchedule = first - eligibleAt <= holdLimitSeconds;
  const shiftSeconds = isOnSchedule ? 0 : shiftOf(first - eligibleAt - leadSeconds);
  // The newest anchor that this round could have been committed at.
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
  eligibleAt: number,
  minedAt: number,
  policy: LatePolicy,
): CommitPlan {
  const latest = anchorAtOrAfter(anchor, minedAt + 1) - weekSeconds;
  const isInTime = latest >= eligibleAt && minedAt - latest <= policy.leadSeconds;
  return planCommit(anchor, eligibleAt, minedAt, { ...policy, lateCommit: isInTime ? 'hold' : 'fire' });
}

function missedBy(anchor: number, now: number, leadSeconds: number): CommitPlan['missed'] {
  return now > anchor ? { anchor, bySeconds: now - anchor, heals: now - anchor <= leadSeconds } : undefined;
}

/** @param early how much too early for the coming anchor; most of a week too early is a little late for the last one */
function shiftOf(early: number): number {
  return early > weekSeconds / 2 ? weekSeconds - early : -early;
}
