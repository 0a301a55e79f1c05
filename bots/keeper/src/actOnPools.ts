import { pollMsOf } from '@service-bots/core/chains';
import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import type { BotContext } from '@service-bots/core/runtime';
import { PriceSpike, type Sender } from '@service-bots/core/wallet';
import { act, type Outcome } from './act.ts';
import type { KeeperConfig } from './config.ts';
import { isRunning } from './deadline.ts';
import { type Action, byUrgency } from './decide.ts';
import { instantOf, keyOf, type Look, type LookedAt } from './look.ts';
import { rehearse } from './rehearsal.ts';

/** A transaction that is not mined so long after it could leave no longer keeps the keeper from looking at its pools. */
const patienceMs = 5_000;
/** A contract that says so often in a row that it is too early, by its own time, does not mean the next block. */
const mostTooEarly = 3;

/** An action goes on after the round that began it. */
class StillInHand extends BotError {
  constructor() {
    super('it is not mined yet');
  }
}

interface Task {
  look: Look;
  action: Action;
}

/**
 * Does what is due, the most urgent first, as many at a time as the wallet may have in flight. An action that is refused
 * leaves its place to the next one: none waits for another that cannot be done.
 * @param noteGas is told what an action has used
 */
export async function actOnPools(
  ctx: BotContext<KeeperConfig>,
  sender: Sender,
  looks: readonly Look[],
  at: LookedAt,
  noteGas: (gasUsed: bigint) => void,
): Promise<void> {
  const tasks = looks.flatMap(look => look.toDo.map((action): Task => ({ look, action })));
  // A commit that is held for its anchor takes no place from a draw; a transaction that may have been
  // broadcast keeps its own.
  const isUnderWay = ({ look, action }: Task) =>
    look.pool.inHand.has(keyOf(action)) && heldMsOf(action, ctx.clock.now()) === 0 ? 0 : 1;
  tasks.sort((a, b) => isUnderWay(a) - isUnderWay(b) || byUrgency(a.action, b.action));
  // A draw of another pool may become possible with any block, also one that is committed in this round: its first block
  // is not waited through.
  const isDrawOpen = ({ state, pool }: Look) =>
    state?.previous?.state === 'committed' && pool.inHand.size === 0;
  const waitMs = ({ look: acting, action }: Task) =>
    looks.some(look => look !== acting && (isDrawOpen(look) || look.toDo.length > 0))
      ? pollMsOf(ctx.chain)
      : heldMsOf(action, ctx.clock.now()) + patienceMs;
  const takeTurns = async () => {
    for (let task = tasks.shift(); task; task = tasks.shift())
      if (await actFor(ctx, sender, task, at, waitMs(task), noteGas)) return;
  };
  const turns = Array.from({ length: sender.maxInFlight }, takeTurns);
  await Promise.all([...turns, ...looks.map(look => rehearseFor(ctx, sender, look, at))]);
  const isGettingOn = looks.some(({ moved, waitsItsTurn }) => moved || waitsItsTurn);
  // The others have their turn right after.
  for (const { look } of tasks) {
    look.unfinished = true;
    const isCommit = tasks.every(task => task.look !== look || task.action.kind === 'commit');
    look.waitsItsTurn = isGettingOn && isCommit;
  }
}

/** @returns whether it took the wallet's time: where it did not, the next one has its turn */
async function actFor(
  ctx: BotContext<KeeperConfig>,
  sender: Sender,
  { look, action }: Task,
  at: LookedAt,
  waitMs: number,
  noteGas: (gasUsed: bigint) => void,
): Promise<boolean> {
  const { pool } = look;
  const key = keyOf(action);
  const inHand = pool.inHand.get(key) ?? {
    action,
    block: at.head,
    begunAtMs: ctx.clock.monotonicMs(),
    outcome: act(ctx, sender, pool, action, at.head),
  };
  pool.inHand.set(key, inHand);
  const now = () => ({ ...instantOf(at), monotonicMs: ctx.clock.monotonicMs() });
  const isPressing = isRunning(action.deadline, at);
  try {
    const outcome = await withDeadline(inHand.outcome, waitMs, () => new StillInHand());
    pool.inHand.delete(key);
    if (outcome.kind !== 'too-early' && pool.tooEarly && keyOf(pool.tooEarly.action) === key)
      pool.tooEarly = undefined;
    switch (outcome.kind) {
      case 'rehearsed':
        return false;
      case 'too-early': {
        const times = countTooEarly(look, action, inHand.block.number);
        look.isWaiting = true;
        if (times > mostTooEarly) pool.setbacks.failed('refused', action, outcome.reason, isPressing, now());
        return false;
      }
      case 'refused':
      case 'reverted':
      case 'unchanged':
        pool.setbacks.failed(outcome.kind, action, outcome.reason, isPressing, now());
        look.isWaiting = true;
        return outcome.kind !== 'refused';
      default:
        noteDone(look, action, outcome, now());
        if (outcome.kind === 'done') noteGas(outcome.gasUsed);
        return true;
    }
  } catch (error) {
    if (error instanceof StillInHand) {
      look.unfinished = true;
      look.isWaiting = true;
      // Its commit is about to be mined: no person is called for that.
      look.waitsItsTurn = action.kind === 'commit' && ctx.clock.monotonicMs() - inHand.begunAtMs < patienceMs;
      return true;
    }
    pool.inHand.delete(key);
    const isDear = error instanceof PriceSpike;
    pool.setbacks.failed(isDear ? 'price' : 'retry', action, reasonOf(error), isPressing, now());
    look.error = error;
    return !isDear;
  }
}

/** How long it is held for its anchor, in ms. */
function heldMsOf({ notBeforeMs = 0 }: Action, nowMs: number): number {
  return Math.max(notBeforeMs - nowMs, 0);
}

function noteDone(
  look: Look,
  action: Action,
  outcome: Outcome & { kind: 'done' | 'overtaken' },
  now: ReturnType<typeof instantOf>,
): void {
  const { setbacks } = look.pool;
  look.unfinished = true;
  look.moved = true;
  look.completed.add(keyOf(action));
  if (outcome.kind === 'done') look.done.push(outcome.action);
  if (outcome.kind === 'done' || outcome.isPaid) setbacks.done(action, now);
  else setbacks.clear(action);
}

/** @returns how often in a row the contract has said so */
function countTooEarly({ pool }: Look, action: Action, block: number): number {
  const { kind, round } = action;
  const before = pool.tooEarly && keyOf(pool.tooEarly.action) === keyOf(action) ? pool.tooEarly.times : 0;
  pool.tooEarly = { action: { kind, round }, block, times: before + 1 };
  return before + 1;
}

async function rehearseFor(
  ctx: BotContext<KeeperConfig>,
  sender: Sender,
  look: Look,
  { head }: LookedAt,
): Promise<void> {
  const action = look.decision?.rehearsal;
  if (!action) {
    look.pool.rehearsed = undefined;
    return;
  }
  try {
    await rehearse(ctx, sender, look.pool, action, head);
  } catch (error) {
    look.error = error;
  }
}
