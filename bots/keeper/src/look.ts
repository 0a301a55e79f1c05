import { BotError } from '@service-bots/core/errors';
import type { Block } from '@service-bots/core/rpc';
import type { ActionDone, Due, TargetReport } from '@service-bots/core/runtime';
import type { LatePolicy } from './commitPlan.ts';
import { isRunning } from './deadline.ts';
import { type Action, type Decision, decide, isCommittable } from './decide.ts';
import type { KeeperPool } from './discover.ts';
import { commitDueAt, commitPatience } from './overdue.ts';
import { type Instant, passedMs } from './setback.ts';
import type { PoolState } from './snapshot.ts';

/** The findings of a round about one pool, and the actions done for it. */
export interface Look {
  pool: KeeperPool;
  /** Undefined where nothing, or only something that is outdated, could be read. */
  state: PoolState | undefined;
  decision: Decision | undefined;
  /** Actions to do now: due, and not held back after a failure. */
  toDo: readonly Action[];
  done: ActionDone[];
  error: unknown;
  /** There is more to do for it right away. */
  unfinished: boolean;
  /** An action had its effect since the state was read. */
  moved: boolean;
  /** Keys of those actions. */
  completed: Set<string>;
  /** Something that is due was not done: it is held back, refused, or still on its way. */
  isWaiting: boolean;
  /** Its commit is on its way, or comes after others that are being done. */
  waitsItsTurn: boolean;
}

/** The facts that a look rests on, the same for all pools of a round. */
export interface LookedAt {
  head: Block;
  /** Milliseconds since 1970: what anchors are compared with. */
  nowMs: number;
  monotonicMs: number;
  policy: LatePolicy;
  overdueSeconds: number;
  /** How long before the anchor a commit is prepared. */
  prepareMs: number;
}

/** A contract that asks for nothing, though a commit is possible and overdue, is believed for so long. */
const silenceMs = 30_000;

/** A head that is still behind the last transaction after so long is a reorg, and no endpoint that lags. */
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

/** Whether an endpoint lags behind the last transaction: deciding on its head would repeat that one. */
function isOutdated({ acted }: KeeperPool, { head, monotonicMs }: LookedAt): boolean {
  return acted !== undefined && head.number < acted.block && monotonicMs - acted.atMs < longestLagMs;
}

function noteMove(pool: KeeperPool, { current, previous }: PoolState, head: Block): void {
  const standing = `${current} ${previous?.state}`;
  if (pool.standing !== undefined && pool.standing !== standing) pool.movedAt = head.number;
  pool.standing = standing;
}

/** Actions that an earlier round began and that have not ended. The contract may not show their effect yet. */
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

/** When the first of the actions that are held back is tried again. */
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

export function keyOf({ kind, round }: Pick<Action, 'kind' | 'round'>): string {
  return `${kind}:${round}`;
}
