import type { Observation } from '@service-bots/core/alerts';
import type { LatePolicy } from './commitPlan.ts';
import { planCommit } from './commitPlan.ts';
import { settleWindowBlocks } from './prizePool.ts';
import { type Anchor, anchorText, weekSeconds } from './schedule.ts';
import type { PoolState } from './snapshot.ts';

/** What the checks on one pool rest on. */
export interface CheckedPool {
  address: string;
  name: string;
  anchor: Anchor | undefined;
  state: PoolState;
  head: { number: number; timestamp: number };
  /** This machine's time, seconds since 1970. */
  now: number;
  policy: LatePolicy;
  /** Seconds that a commit may be due and not done. */
  overdueSeconds: number;
}

/** A draw that is not made after so many blocks is in danger: a quarter of its window has passed. */
const settleToleranceBlocks = Math.floor(settleWindowBlocks / 4);
/** A shift below this is the jitter of blocks. */
const leastShiftSeconds = 5;

/** Everything that is looked at in a pool's state, whoever should have acted. */
export function checkPool(pool: CheckedPool): Observation[] {
  return [overdue(pool), drawLost(pool), shifted(pool), paused(pool), stalled(pool)].flatMap(found => {
    return found ? [{ ...found, pool: pool.address }] : [];
  });
}

/** What should have happened and has not, even where nothing failed. */
function overdue({ state, head, now, anchor, policy, name, overdueSeconds }: CheckedPool): Observation {
  const check = 'overdue';
  const { previous, current, due } = state;
  if (previous?.state === 'committed') {
    const passed = head.number - previous.targetBlock;
    if (passed > settleToleranceBlocks) {
      const left = Math.max(settleWindowBlocks - passed, 0);
      return {
        check,
        failing: true,
        severity: 'critical',
        message: `round ${current - 1n} of ${name} is not settled ${passed} blocks after its target; its draw is lost in ${left} blocks`,
        data: { round: current - 1n, target: previous.targetBlock, head: head.number },
      };
    }
  }
  if (due.action === 'commit') {
    const dueAt = anchor ? planCommit(anchor, state.eligibleAt, now, policy).fireAt : state.eligibleAt;
    const late = Math.floor(head.timestamp - dueAt);
    if (late > overdueSeconds) {
      const message = `round ${due.round} of ${name} was to be committed at ${iso(dueAt)} and is not, ${late} s later`;
      return {
        check,
        failing: true,
        message,
        data: { round: due.round, dueAt, eligibleAt: state.eligibleAt },
      };
    }
  }
  return { check, failing: false };
}

/** Lasts until the next round is committed: the draw cannot be had back. */
function drawLost({ state: { previous, current, due }, name }: CheckedPool): Observation {
  const check = 'draw-lost';
  const isFailed = previous?.state === 'failed';
  if (!isFailed && due.action !== 'mark-failed') return { check, failing: false };
  const round = isFailed ? current - 1n : due.round;
  return {
    check,
    failing: true,
    message: `round ${round} of ${name} was not settled within ${settleWindowBlocks} blocks of its target: it has no winner, and the tickets can be redeemed`,
    data: { round, target: previous?.targetBlock },
  };
}

/** From the chain's data alone, so that a restarted keeper sees it too. */
function shifted({ state, anchor, now, policy, name }: CheckedPool): Observation | undefined {
  if (!anchor) return undefined;
  const check = 'anchor-shifted';
  const { current: round, eligibleAt } = state;
  const { shiftSeconds, fireAt, missed } = planCommit(anchor, eligibleAt, now, policy);
  const isHeld = policy.lateCommit === 'hold';
  const data = { round, eligibleAt, shiftSeconds };
  if (isHeld && missed && !missed.heals) {
    const message = `round ${round} of ${name} missed its anchor ${iso(missed.anchor)} and is held until ${iso(fireAt)}: the schedule stays, and the round is drawn that much later`;
    return { check, failing: true, message, data };
  }
  if (Math.abs(shiftSeconds) < leastShiftSeconds) return { check, failing: false };
  const becomes = `round ${round} of ${name} becomes committable ${duration(Math.abs(shiftSeconds))}`;
  const wanted = `than ${anchorText(anchor)} wants`;
  if (isHeld) {
    const when = shiftSeconds > 0 ? 'later' : 'earlier';
    const message = `${becomes} ${when} ${wanted}; its commit is held until ${iso(fireAt)}, which restores the schedule`;
    return { check, failing: true, severity: 'warning', message, data };
  }
  // Nothing holds it, and each round is committable the lead earlier in the week than the commit before it.
  const lead = duration(policy.leadSeconds);
  const message =
    shiftSeconds > 0
      ? `${becomes} later ${wanted}; it is committed at ${iso(fireAt)}, and only ${lead} of this are made up for in a week`
      : `${becomes} earlier ${wanted}; it is committed at ${iso(fireAt)}, and gets ${lead} earlier every week`;
  return { check, failing: true, message, data };
}

function paused({ state, name }: CheckedPool): Observation | undefined {
  if (state.paused === undefined) return undefined;
  const check = 'pool-paused';
  if (!state.paused) return { check, failing: false };
  return { check, failing: true, message: `${name} is paused: no tickets are sold; rounds go on` };
}

/** Nobody commits a pool that was given up: it must look different from one that has nothing due. */
function stalled({ state, anchor, policy, head, name }: CheckedPool): Observation {
  const check = 'pool-stalled';
  const { eligibleAt, previousEligibleAt, open } = state;
  const period = anchor ? weekSeconds : eligibleAt - (previousEligibleAt ?? open.salesEndAt);
  // Committable for a period: two have passed since the last commit.
  const idle = head.timestamp - eligibleAt;
  // One that is held from an anchor to the next is committable a little longer than the week between them.
  const patience = anchor ? period + policy.holdLimitSeconds : period;
  if (period <= 0 || idle <= patience) return { check, failing: false };
  return {
    check,
    failing: true,
    message: `${name} has not moved for two of its periods (${duration(idle + period)}): is it retired?`,
    data: { round: state.current, eligibleAt, periodSeconds: period },
  };
}

/** `2026-11-25T13:00:00Z` */
export function iso(seconds: number): string {
  return `${new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19)}Z`;
}

/** `3 d 4 h`, `20 min 3 s`: the two largest units. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3_600), 'h'],
    [Math.floor((whole % 3_600) / 60), 'min'],
    [whole % 60, 's'],
  ].filter(([count]) => count !== 0);
  return parts.length === 0
    ? '0 s'
    : parts
        .slice(0, 2)
        .map(part => part.join(' '))
        .join(' ');
}
