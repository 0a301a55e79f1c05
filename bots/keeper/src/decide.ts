import type { Due } from '@service-bots/core/runtime';
import { type CommitPlan, type LatePolicy, planCommit } from './commitPlan.ts';
import type { Anchor } from './schedule.ts';
import type { PoolState } from './snapshot.ts';

/** What a decision about one pool rests on. */
export interface PoolView {
  state: PoolState;
  /** The block that the state was read at. */
  head: { number: number; timestamp: number };
  /** This machine's time, milliseconds since 1970. */
  nowMs: number;
  /** Absent: rounds are committed as soon as they can be. */
  anchor: Anchor | undefined;
  policy: LatePolicy;
  /** How long before the anchor a commit is prepared. */
  prepareMs: number;
}

/** A transaction that is due. */
export interface Action {
  kind: 'commit' | 'settle';
  round: bigint;
  /** The draw is lost: the blockhash it needs is gone. Settling only marks the round as failed. */
  markFailed: boolean;
  /** Not to leave earlier, milliseconds since 1970 on this machine's clock. */
  notBeforeMs: number | undefined;
  /** The block it becomes possible in, when that is the next one. */
  firstBlock: number | undefined;
  /** A scheduled pool's commit: how it stands to its anchor. */
  plan: CommitPlan | undefined;
}

export interface Decision {
  action: Action | undefined;
  /** What comes next, when nothing is due now. */
  next: Due | undefined;
}

const nothingSpecial = { markFailed: false, notBeforeMs: undefined, firstBlock: undefined, plan: undefined };

/** What to do about one pool now, and what comes next. The contract says what is due; the anchor, when a commit may go. */
export function decide(view: PoolView): Decision {
  const { due } = view.state;
  if (due.action === 'settle' || due.action === 'mark-failed') {
    const markFailed = due.action === 'mark-failed';
    return acting({ ...nothingSpecial, kind: 'settle', round: due.round, markFailed });
  }
  return settleOf(view) ?? commitOf(view);
}

/** The draw of the round before the open one: possible in the block after its target. */
function settleOf({ state, head }: PoolView): Decision | undefined {
  const { previous, current } = state;
  if (previous?.state !== 'committed') return undefined;
  const round = current - 1n;
  const target = previous.targetBlock;
  if (head.number < target)
    return { action: undefined, next: { what: `settle round ${round}`, block: target } };
  // The contract says so itself one block later; a transaction sent now is in that block.
  if (head.number === target)
    return acting({ ...nothingSpecial, kind: 'settle', round, firstBlock: target + 1 });
  return { action: undefined, next: { what: `settle round ${round}`, block: head.number + 1 } };
}

function commitOf({ state, head, nowMs, anchor, policy, prepareMs }: PoolView): Decision {
  const isDue = state.due.action === 'commit';
  const round = isDue ? state.due.round : state.current;
  const what = `commit round ${round}`;
  if (!anchor) {
    if (isDue) return acting({ ...nothingSpecial, kind: 'commit', round });
    return { action: undefined, next: { what, chainTime: Math.max(state.eligibleAt, head.timestamp + 1) } };
  }
  const plan = planCommit(anchor, state.eligibleAt, nowMs / 1000, policy);
  const fireAtMs = plan.fireAt * 1000;
  if (nowMs < fireAtMs - prepareMs)
    return { action: undefined, next: { what, clockTime: fireAtMs - prepareMs } };
  if (!isDue)
    return { action: undefined, next: { what, chainTime: Math.max(state.eligibleAt, head.timestamp + 1) } };
  const notBeforeMs = nowMs < fireAtMs ? fireAtMs : undefined;
  return acting({ ...nothingSpecial, kind: 'commit', round, notBeforeMs, plan });
}

function acting(action: Action): Decision {
  return { action, next: undefined };
}

/** What is most dangerous to leave waiting first: draws whose window runs, then commits. */
export function byUrgency(a: Action, b: Action): number {
  if (a.kind !== b.kind) return a.kind === 'settle' ? -1 : 1;
  // A draw that is lost already can wait for one that is not.
  if (a.markFailed !== b.markFailed) return a.markFailed ? 1 : -1;
  return (a.notBeforeMs ?? 0) - (b.notBeforeMs ?? 0);
}
