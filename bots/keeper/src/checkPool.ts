import type { Observation } from '@service-bots/core/alerts';
import { anchorText, weekSeconds } from '@service-bots/core/prizePool';
import type { CheckedPool } from './CheckedPool.ts';
import { planCommit } from './commitPlan.ts';
import { overdue } from './overdue.ts';
import { settleWindowBlocks } from './prizePool.ts';
import { knownRounds } from './snapshot.ts';
import { duration, iso } from './texts.ts';

/** A shift below this is the jitter of blocks. */
const leastShiftSeconds = 5;

/** Runs all checks of a pool's state, regardless of which keeper should have acted. */
export function checkPool(pool: CheckedPool): Observation[] {
  const checks = [overdue, drawLost, shifted, paused, stalled, unreadViews];
  return checks.flatMap(check => {
    const found = check(pool);
    return found ? [{ ...found, pool: pool.address }] : [];
  });
}

/**
 * Lasts until the next round is committed: the draw cannot be recovered. A draw that was lost before this
 * keeper first looked at the pool is reported as a fact, and not as a loss of this keeper.
 */
function drawLost(pool: CheckedPool): Observation {
  const check = 'draw-lost';
  const lost = lostDraws(pool);
  const isEarlier = ({ target }: LostDraw) =>
    target !== undefined && pool.watchedFrom !== undefined && target + settleWindowBlocks < pool.watchedFrom;
  const draw = lost.find(each => !isEarlier(each)) ?? lost[0];
  if (!draw) return { check, failing: false };
  const { round, target } = draw;
  const message = `round ${round} of ${pool.name} was not settled within ${settleWindowBlocks} blocks of its target: it has no winner, and the tickets can be redeemed. No deposit is lost; the prize of this round is`;
  const about = { check, failing: true, data: { round, target } } as const;
  if (!isEarlier(draw))
    return {
      ...about,
      message: `${message}. First: find out why no keeper settled it, since the same fault would lose the next draw`,
    };
  const before = `This was before block ${pool.watchedFrom}, at which this keeper first looked at the pool`;
  return { ...about, severity: 'info', message: `${message}. ${before}` };
}

interface LostDraw {
  round: bigint;
  /** Undefined where it cannot be read. */
  target: number | undefined;
}

function lostDraws({ state, head }: CheckedPool): LostDraw[] {
  const { previous, current, due } = state;
  const targetOf = (target: number | undefined) => (target ? target : undefined);
  const marked =
    previous?.state === 'failed' ? [{ round: current - 1n, target: targetOf(previous.targetBlock) }] : [];
  const known = knownRounds(state);
  const asked =
    due?.action === 'mark-failed'
      ? [
          {
            round: due.round,
            target: targetOf(known.find(({ number }) => number === due.round)?.targetBlock),
          },
        ]
      : [];
  const unsettled = known
    .filter(
      ({ state, targetBlock }) => state === 'committed' && head.number > targetBlock + settleWindowBlocks,
    )
    .map(({ number: round, targetBlock }) => ({ round, target: targetOf(targetBlock) }));
  return [...marked, ...asked, ...unsettled];
}

/** Uses the chain's data alone, so that a restarted keeper sees it too. */
function shifted({ state, anchor, now, policy, name }: CheckedPool): Observation | undefined {
  const { current: round, eligibleAt } = state;
  if (!anchor || eligibleAt === undefined) return undefined;
  const check = 'anchor-shifted';
  const { shiftSeconds, fireAt, missed } = planCommit(anchor, { eligibleAt, now, policy });
  const isHeld = policy.lateCommit === 'hold';
  const data = { round, eligibleAt, shiftSeconds };
  if (isHeld && missed && !missed.heals) {
    const message = `round ${round} of ${name} missed its anchor ${iso(missed.anchor)} and is held until ${iso(fireAt)}. The schedule stays, and this round is drawn later by that time; its deposits stay locked until then`;
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
  // No commit is held, and each round becomes committable the lead earlier in the week than the commit before
  // it.
  const lead = duration(policy.leadSeconds);
  const message =
    shiftSeconds > 0
      ? `${becomes} later ${wanted}; it is committed at ${iso(fireAt)}, and each week makes up for only ${lead} of this. No money is lost. First: decide whether to hold one commit (KEEPER_LATE_COMMIT=hold), which restores the schedule`
      : `${becomes} earlier ${wanted}; it is committed at ${iso(fireAt)}, and becomes ${lead} earlier every week. No money is lost. First: decide whether to hold one commit (KEEPER_LATE_COMMIT=hold), which restores the schedule`;
  return { check, failing: true, message, data };
}

function paused({ state, name }: CheckedPool): Observation | undefined {
  if (state.paused === undefined) return undefined;
  const check = 'pool-paused';
  if (!state.paused) return { check, failing: false };
  return {
    check,
    failing: true,
    message: `${name} is paused by its owner: no tickets can be bought. Rounds are still committed and settled`,
  };
}

/** An abandoned pool gets no commits: it must look different from a pool with nothing due. */
function stalled({ state, anchor, policy, head, name }: CheckedPool): Observation | undefined {
  const check = 'pool-stalled';
  const { eligibleAt, previousEligibleAt, open } = state;
  const isFirst = state.current <= 1n;
  const before = isFirst ? open?.salesEndAt : previousEligibleAt;
  if (eligibleAt === undefined || (!anchor && before === undefined)) return undefined;
  const period = anchor || before === undefined ? weekSeconds : eligibleAt - before;
  // It has been committable for a period: two periods have passed since the last commit.
  const idle = head.timestamp - eligibleAt;
  // A round that is held from an anchor to the next is committable a little longer than the week between
  // them.
  const patience = anchor ? period + policy.holdLimitSeconds : period;
  if (period <= 0 || idle <= patience) return { check, failing: false };
  return {
    check,
    failing: true,
    message: `${name} has not moved for two of its periods (${duration(idle + period)}): no keeper commits its rounds, and its deposits stay locked. First: take the pool out of POOL_ADDRESSES_V2 if it is retired, otherwise look at its other alerts`,
    data: { round: state.current, eligibleAt, periodSeconds: period },
  };
}

/** How the keeper continues without a view, by the beginning of its name. */
const without: readonly (readonly [string, string])[] = [
  ['nextExecutable', 'the keeper takes the due action from the states and times of the rounds'],
  ['currentRoundId', 'the keeper takes the open round from nextExecutable()'],
  [
    'getRoundInfo',
    'for that round the keeper relies on nextExecutable(), and cannot see whether it is overdue',
  ],
];
const withoutTime = {
  open: 'the keeper does not check the schedule of the round, and commits it when nextExecutable() asks for it, or tries at the anchor',
  earlier: 'the check of the pool’s progress (pool-stalled) may not run',
};

/** No view is necessary to act, but a check that needs a view does not run without it. */
function unreadViews({ state, name }: CheckedPool): Observation {
  const check = 'view-unread';
  const { unread, current } = state;
  const [first] = unread;
  if (!first) return { check, failing: false };
  const timeOfOpen = `getCommitAfterTime(${current})`;
  const isAboutActing = unread.some(
    ({ view }) => !view.startsWith('getCommitAfterTime') || view === timeOfOpen,
  );
  const meaning = (view: string) =>
    without.find(([start]) => view.startsWith(start))?.[1] ??
    (view === timeOfOpen ? withoutTime.open : withoutTime.earlier);
  const message = unread.map(({ view, reason }) => `${view} (${reason}): ${meaning(view)}`).join('; ');
  return {
    check,
    failing: true,
    severity: isAboutActing ? 'error' : 'warning',
    message: `${name} cannot be read completely: ${message}`,
    data: { views: unread.map(({ view }) => view) },
  };
}
