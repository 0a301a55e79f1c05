import { type Anchor, anchorAtOrAfter, weekSeconds } from '@service-bots/core/prizePool';
import type { Due } from '@service-bots/core/runtime';
import { type CommitPlan, type LatePolicy, planCommit } from './commitPlan.ts';
import { type Deadline, drawDeadline } from './deadline.ts';
import { settleWindowBlocks } from './prizePool.ts';
import type { NumberedRound } from './rounds.ts';
import { knownRounds, type PoolState } from './snapshot.ts';

/** The inputs of a decision about one pool. */
export interface PoolView {
  state: PoolState;
  /** The block that the state was read at. */
  head: { number: number; timestamp: number };
  /** This machine's time, milliseconds since 1970. */
  nowMs: number;
  /** Absent: rounds are committed as soon as they can be. */
  anchor: Anchor | undefined;
  policy: LatePolicy;
  /** The time before the anchor at which a commit is prepared, in ms. */
  prepareMs: number;
  /**
   * The contract's `checkUpkeep` has returned no action for too long: a commit is decided by the round's own
   * state and time instead.
   */
  isSilenceOver: boolean;
}

/** A transaction that is due. */
export interface Action {
  kind: 'commit' | 'settle';
  round: bigint;
  /** The draw is lost: its blockhash is no longer available. A settle only marks the round as failed. */
  markFailed: boolean;
  /** The earliest time of the broadcast, milliseconds since 1970 on this machine's clock. */
  notBeforeMs: number | undefined;
  /** The block in which it becomes possible, when that is the next one. */
  firstBlock: number | undefined;
  /** A scheduled pool's commit: its position relative to the anchor. */
  plan: CommitPlan | undefined;
  /** Undefined: waiting loses nothing for good. */
  deadline: Deadline | undefined;
}

export interface Decision {
  /**
   * The actions due now, the most urgent first. Each is separate: none has to wait for another that is
   * refused.
   */
  actions: readonly Action[];
  /** A possible commit that waits for its anchor: a simulation shows beforehand whether it would succeed. */
  rehearsal: Action | undefined;
  /** The next action that becomes due, in addition to those due now. */
  next: Due;
}

/** A commit waits for a draw that is at most this many blocks ahead: the wallet is then free for the draw. */
const drawIsNearBlocks = 4;
const nothingSpecial = {
  markFailed: false,
  notBeforeMs: undefined,
  firstBlock: undefined,
  plan: undefined,
  deadline: undefined,
};

/**
 * Returns the actions of one pool that are due now, and the next one. The states and times of the rounds count as much as
 * the contract's `nextExecutable`, which names one action at a time. Each action is then simulated, which costs nothing.
 */
export function decide(view: PoolView): Decision {
  const draws = drawsOf(view);
  const due = draws.flatMap(({ action }) => action ?? []);
  const isDrawNear = draws.some(
    ({ target }) => target > view.head.number && target <= view.head.number + drawIsNearBlocks,
  );
  const commits = commitsOf(view);
  const [draw] = draws.flatMap(({ next }) => next ?? []);
  return {
    actions: [...due, ...(isDrawNear ? [] : commits.actions)].sort(byUrgency),
    rehearsal: commits.rehearsal,
    next: draw ?? commits.next,
  };
}

interface Draw {
  target: number;
  action?: Action;
  next?: Due;
}

/** Returns every known committed round, and the round that the contract asks to settle. */
function drawsOf({ state, head }: PoolView): Draw[] {
  const { due } = state;
  const asked = due?.action === 'settle' || due?.action === 'mark-failed' ? due : undefined;
  const committed = knownRounds(state).filter(({ state }) => state === 'committed');
  const draws = committed.map(({ number, targetBlock }) =>
    drawOf({ number, targetBlock }, { isAsked: asked?.round === number, head: head.number }),
  );
  if (asked === undefined || committed.some(({ number }) => number === asked.round)) return draws;
  // The round itself could not be read, or contradicts the contract: the contract's answer is enough for a
  // try.
  const markFailed = asked.action === 'mark-failed';
  const action: Action = { ...nothingSpecial, kind: 'settle', round: asked.round, markFailed };
  return [...draws, { target: head.number, action }];
}

/** A draw is possible in the block after its target. */
function drawOf(
  { number: round, targetBlock: target }: Pick<NumberedRound, 'number' | 'targetBlock'>,
  { isAsked, head }: { isAsked: boolean; head: number },
): Draw {
  const what = `settle round ${round}`;
  if (head < target && !isAsked) return { target, next: { what, block: target } };
  const markFailed = head > target + settleWindowBlocks;
  const deadline = markFailed ? undefined : drawDeadline(target);
  const action: Action = { ...nothingSpecial, kind: 'settle', round, markFailed, deadline };
  // The contract asks for it one block later; a transaction sent now is in that block.
  if (head <= target) return { target, action: { ...action, firstBlock: target + 1 } };
  return { target, action };
}

type Commits = Pick<Decision, 'actions' | 'rehearsal' | 'next'>;

function commitsOf(view: PoolView): Commits {
  const { state, head, nowMs, anchor, policy, prepareMs } = view;
  const rounds = dueCommits(view);
  const what = `commit round ${rounds[0] ?? state.current}`;
  const atEligibility: Due = { what, chainTime: Math.max(state.eligibleAt ?? 0, head.timestamp + 1) };
  const acting = (about: Partial<Action>) =>
    rounds.map((round): Action => ({ ...nothingSpecial, ...about, kind: 'commit', round }));
  if (!anchor) return { actions: acting({}), rehearsal: undefined, next: atEligibility };

  const now = nowMs / 1000;
  // Where the contract does not return the time, the assumed lead is the longest with the anchor still ahead.
  const plan = planCommit(anchor, { eligibleAt: state.eligibleAt ?? now - policy.leadSeconds, now, policy });
  const fireAtMs = plan.fireAt * 1000;
  const isHealing = plan.missed === undefined || plan.missed.heals;
  const deadline = isHealing ? { from: plan.fireAt, until: plan.fireAt + policy.leadSeconds } : undefined;
  if (nowMs < fireAtMs - prepareMs) {
    const next = { what, clockTime: fireAtMs - prepareMs };
    return { actions: [], rehearsal: acting({ plan, deadline })[0], next };
  }
  const notBeforeMs = nowMs < fireAtMs ? fireAtMs : undefined;
  return { actions: acting({ plan, deadline, notBeforeMs }), rehearsal: undefined, next: atEligibility };
}

/** Returns the rounds whose commit is possible, as far as the chain can be read. */
function dueCommits(view: PoolView): bigint[] {
  const { state, isSilenceOver } = view;
  const { due, current } = state;
  const asked = due?.action === 'commit' ? [due.round] : [];
  // A contract that names a draw may only require the draw first. A contract that asks for nothing is
  // believed for a while.
  const isBelieved = due?.action === 'none' && !isSilenceOver;
  if (asked.includes(current) || isBelieved || !isCommittable(view)) return asked;
  return [...asked, current];
}

/**
 * Returns whether the open round can be committed by its own state and time, regardless of `nextExecutable`.
 */
export function isCommittable({
  state: { open, eligibleAt },
  head,
  nowMs,
  anchor,
  policy,
}: Pick<PoolView, 'state' | 'head' | 'nowMs' | 'anchor' | 'policy'>): boolean {
  if (open !== undefined && open.state !== 'open') return false;
  if (eligibleAt !== undefined) return head.timestamp >= eligibleAt;
  // The time is unknown. A pool on its schedule is committable at its anchor, and a simulation decides.
  if (!anchor) return false;
  const now = nowMs / 1000;
  const sinceAnchor = now - (anchorAtOrAfter(anchor, now + 1) - weekSeconds);
  return sinceAnchor <= policy.leadSeconds;
}

/** Returns the key of an action among those of its pool. */
export function keyOf({ kind, round }: Pick<Action, 'kind' | 'round'>): string {
  return `${kind}:${round}`;
}

/** Sorts by the danger of waiting: draws whose window runs, then lost draws, then commits. */
export function byUrgency(a: Action, b: Action): number {
  if (a.kind !== b.kind) return a.kind === 'settle' ? -1 : 1;
  // A draw that is already lost can wait for one that is not.
  if (a.markFailed !== b.markFailed) return a.markFailed ? 1 : -1;
  return (a.notBeforeMs ?? 0) - (b.notBeforeMs ?? 0);
}
