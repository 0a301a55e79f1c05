import { BotError } from '@service-bots/core/errors';
import type { Block } from '@service-bots/core/rpc';
import type { ActionDone, Due, TargetReport } from '@service-bots/core/runtime';
import type { LatePolicy } from './commitPlan.ts';
import { isRunning } from './deadline.ts';
import { type Action, type Decision, decide, isCommittable, keyOf } from './decide.ts';
import type { KeeperPool } from './KeeperPool.ts';
import { commitDueAt, commitPatience } from './overdue.ts';
import { settleWindowBlocks } from './prizePool.ts';
import { type Instant, passedMs } from './Setbacks.ts';
import type { PoolState } from './snapshot.ts';

/** The findings of a round about one pool, and the actions done for it. */
export interface Look {
  pool: KeeperPool;
  /** Undefined where nothing, or only an outdated state, could be read. */
  state: PoolState | undefined;
  decision: Decision | undefined;
  /** Actions to do now: due, and not held back after a failure. */
  toDo: readonly Action[];
  done: ActionDone[];
  error: unknown;
  /** More work for it follows right away. */
  unfinished: boolean;
  /** An action had its effect since the state was read. */
  moved: boolean;
  /** Keys of those actions. */
  completed: Set<string>;
  /** A due action was not done: it is held back, refused, or still in flight. */
  isWaiting: boolean;
  /** Its commit is in flight, or waits for other actions in progress. */
  waitsItsTurn: boolean;
}

/** The inputs of a look, the same for all pools of a round. */
export interface LookedAt {
  head: Block;
  /** The time that anchors are compared with, milliseconds since 1970. */
  nowMs: number;
  monotonicMs: number;
  policy: LatePolicy;
  overdueSeconds: number;
  /** The time before the anchor at which a commit is prepared, in ms. */
  prepareMs: number;
}

/**
 * The time in ms for which a contract is believed that asks for nothing, though a commit is possible and
 * overdue.
 */
const silenceMs = 30_000;

/**
 * A head that is still behind the last transaction after this time means a reorg, not an endpoint that lags.
 */
const longestLagMs = 3_000;

export function lookAt(pool: KeeperPool, state: PoolState | BotError | undefined, at: LookedAt): Look {
  const look: Look = {
    pool,
    state: undefined,
    decision: undefined,
    toDo: begun(pool),
    done: [],
    error: undefined,
    unfinished: false,
    moved: false,
    completed: new Set(),
    isWaiting: false,
    waitsItsTurn: false,
  };
  if (!state || state instanceof BotError)
    return { ...look, error: state ?? new BotError(`${pool.address} was not read`) };
  const { head } = at;
  if (isOutdated(pool, at)) return { ...look, isWaiting: true };
  pool.current = state.current;
  noteMove(pool, state, head);
  pool.unreadLooks = state.unread.length === 0 ? 0 : pool.unreadLooks + 1;
  const { due } = state;
  pool.oldestDue = due && due.action !== 'none' && due.round < state.current - 1n ? due.round : undefined;
  if (state.paused) pool.pausedAt = head.number;

  const { anchor } = pool;
  const { nowMs, policy, prepareMs } = at;
  const view = { state, head, nowMs, anchor, policy, prepareMs };
  const decision = decide({ ...view, isSilenceOver: isSilenceOver(pool, state, at) });
  const { actions } = decision;
  const free = actions.filter(action => !pool.inHand.has(keyOf(action)) && !isHeld(pool, action, at));
  const isWaiting = free.length < actions.length;
  return { ...look, state, decision, toDo: [...look.toDo, ...free], isWaiting };
}

/**
 * Returns whether an endpoint lags behind the last transaction: a decision on its head would repeat that
 * transaction.
 */
function isOutdated({ acted }: KeeperPool, { head, monotonicMs }: LookedAt): boolean {
  return acted !== undefined && head.number < acted.block && monotonicMs - acted.atMs < longestLagMs;
}

function noteMove(pool: KeeperPool, { current, previous }: PoolState, head: Block): void {
  const rounds = `${current} ${previous?.state}`;
  if (pool.lastRounds !== undefined && pool.lastRounds !== rounds) pool.movedAt = head.number;
  pool.lastRounds = rounds;
}

/** Returns the actions of earlier rounds that have not ended. The contract may not show their effect yet. */
function begun({ inHand }: KeeperPool): Action[] {
  return [...inHand.values()].map(({ action }) => action);
}

function isHeld({ setbacks, tooEarly }: KeeperPool, action: Action, at: LookedAt): boolean {
  const { head } = at;
  if (tooEarly?.block === head.number && keyOf(tooEarly.action) === keyOf(action)) return true;
  return setbacks.heldForMs(action, isRunning(action.deadline, at), instantOf(at)) > 0;
}

function isSilenceOver(pool: KeeperPool, state: PoolState, at: LookedAt): boolean {
  const { anchor } = pool;
  const { head, nowMs, policy, overdueSeconds } = at;
  if (state.due?.action !== 'none' || !isCommittable({ state, head, nowMs, anchor, policy })) {
    pool.silentSince = undefined;
    return false;
  }
  const now = instantOf(at);
  pool.silentSince ??= now;
  const dueAt = commitDueAt({ state, anchor, policy, now: nowMs / 1000 });
  const late = dueAt === undefined ? 0 : head.timestamp - dueAt;
  return (
    late > commitPatience({ anchor, policy, overdueSeconds }) && passedMs(pool.silentSince, now) >= silenceMs
  );
}

/**
 * Returns the report on the pool for the runtime, after its actions.
 * @param nowMs milliseconds since 1970, on the clock that anchors are compared with
 */
export function reportOn(look: Look, at: LookedAt, nowMs: number): TargetReport {
  const { pool, decision, done, error, isWaiting } = look;
  const report = {
    address: pool.address,
    actions: done,
    next: nextOf(look, at, nowMs) ?? decision?.next,
  };
  if (error !== undefined) return { ...report, error };
  // Neither a failure nor a success: nothing failed in this round, and something is not done.
  return isWaiting && done.length === 0 ? { ...report, suspended: true } : report;
}

/** Returns the time at which the first of the actions that are held back is tried again. */
function nextOf({ pool, decision, moved }: Look, at: LookedAt, nowMs: number): Due | undefined {
  const { head } = at;
  if (moved) return undefined;
  const { tooEarly, setbacks } = pool;
  const dues = (decision?.actions ?? []).flatMap((action): { inMs: number; due: Due }[] => {
    const what = `${action.kind} round ${action.round}`;
    if (tooEarly?.block === head.number && keyOf(tooEarly.action) === keyOf(action))
      return [{ inMs: 0, due: { what, block: head.number + 1 } }];
    const inMs = setbacks.heldForMs(action, isRunning(action.deadline, at), instantOf(at));
    return inMs > 0 ? [{ inMs, due: { what: `${what} again`, clockTime: nowMs + inMs } }] : [];
  });
  const [first] = dues.sort((a, b) => a.inMs - b.inMs);
  if (first) return first.due;
  return decision ? undefined : { what: 'look again', block: head.number + 1 };
}

export function instantOf({ head, monotonicMs }: Pick<LookedAt, 'head' | 'monotonicMs'>): Instant {
  return { monotonicMs, chainTime: head.timestamp };
}

/** Two seconds on Monad, of a draw's window of a hundred. */
const fewBlocks = 5;

/**
 * Returns the latest time of the next look at a pool, regardless of the interval. Another account may commit
 * as soon as a commit is possible, and a reorg may undo an action: both start or reopen a draw, whose window
 * is 255 blocks.
 * @param movedAt the block at which the pool was last seen to have moved
 */
export function lookByOf(
  { due, previous, eligibleAt }: PoolState,
  head: { number: number; timestamp: number },
  movedAt: number | undefined,
): Due {
  const isDrawOpen = previous?.state === 'committed';
  const isCommitPossible = due?.action !== 'none' || eligibleAt === undefined || head.timestamp >= eligibleAt;
  const lastMove = Math.max(movedAt ?? 0, previous?.targetBlock ?? 0);
  const mayBeUndone = lastMove > 0 && head.number <= lastMove + settleWindowBlocks;
  if (isDrawOpen || isCommitPossible || mayBeUndone) return closely(head.number);
  return { what: 'look again', chainTime: eligibleAt };
}

/** After the next few blocks. */
export function closely(head: number): Due {
  return { what: 'look again', block: head + fewBlocks };
}
