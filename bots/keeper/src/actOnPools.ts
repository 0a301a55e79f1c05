import { pollMsOf } from '@service-bots/core/chains';
import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import type { BotContext } from '@service-bots/core/runtime';
import { PriceSpike, type Sender } from '@service-bots/core/wallet';
import { act } from './act.ts';
import type { KeeperConfig } from './config.ts';
import { isRunning } from './deadline.ts';
import { type Action, byUrgency, keyOf } from './decide.ts';
import type { ActionOutcome } from './KeeperPool.ts';
import { instantOf, type Look, type LookedAt } from './look.ts';
import { rehearse } from './rehearse.ts';

/**
 * A transaction that is not mined within this time after its release no longer keeps the keeper from reading
 * its pools.
 */
const patienceMs = 5_000;
/**
 * After this many answers in a row that it is too early, by the contract's own time, the next block is not
 * the answer.
 */
const mostTooEarly = 3;

/** An action outlives the round that began it. */
class StillInHand extends BotError {
  constructor() {
    super('it is not mined yet');
  }
}

/** The surroundings of the actions of a round. */
interface Turns {
  sender: Sender;
  at: LookedAt;
  /** Receives the gas that an action used. */
  noteGas(gasUsed: bigint): void;
}

interface Task {
  look: Look;
  action: Action;
}

/**
 * Does the due actions, the most urgent first, as many at a time as the wallet may have in flight. A refused
 * action gives its place to the next one: no action waits for another that cannot be done.
 */
export async function actOnPools(
  ctx: BotContext<KeeperConfig>,
  { sender, looks, at, noteGas }: Turns & { looks: readonly Look[] },
): Promise<void> {
  const tasks = looks.flatMap(look => look.toDo.map((action): Task => ({ look, action })));
  // A commit that is held for its anchor takes no place from a draw; a transaction that may have been
  // broadcast keeps its own.
  const isUnderWay = ({ look, action }: Task) =>
    look.pool.inHand.has(keyOf(action)) && heldMsOf(action, ctx.clock.now()) === 0 ? 0 : 1;
  tasks.sort((a, b) => isUnderWay(a) - isUnderWay(b) || byUrgency(a.action, b.action));
  // A draw of another pool may become possible with any block, also a draw whose round is committed in this
  // round: its first block must not be spent waiting.
  const isDrawOpen = ({ state, pool }: Look) =>
    state?.previous?.state === 'committed' && pool.inHand.size === 0;
  const waitMs = ({ look: acting, action }: Task) =>
    looks.some(look => look !== acting && (isDrawOpen(look) || look.toDo.length > 0))
      ? pollMsOf(ctx.chain)
      : heldMsOf(action, ctx.clock.now()) + patienceMs;
  const takeTurns = async () => {
    for (let task = tasks.shift(); task; task = tasks.shift())
      if (await actFor(ctx, task, { sender, at, noteGas, waitMs: waitMs(task) })) return;
  };
  const turns = Array.from({ length: sender.maxInFlight }, takeTurns);
  await Promise.all([...turns, ...looks.map(look => rehearseFor(ctx, look, { sender, at }))]);
  const isGettingOn = looks.some(({ moved, waitsItsTurn }) => moved || waitsItsTurn);
  // The other actions follow right after.
  for (const { look } of tasks) {
    look.unfinished = true;
    const isCommit = tasks.every(task => task.look !== look || task.action.kind === 'commit');
    look.waitsItsTurn = isGettingOn && isCommit;
  }
}

/** @returns whether it used the wallet's time: if not, the next action follows */
async function actFor(
  ctx: BotContext<KeeperConfig>,
  { look, action }: Task,
  { sender, at, noteGas, waitMs }: Turns & { waitMs: number },
): Promise<boolean> {
  const { pool } = look;
  const key = keyOf(action);
  const inHand = pool.inHand.get(key) ?? {
    action,
    block: at.head,
    begunAtMs: ctx.clock.monotonicMs(),
    outcome: act(ctx, { sender, pool, action, block: at.head }),
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
        if (times > mostTooEarly)
          pool.setbacks.failed(action, { kind: 'refused', reason: outcome.reason, isPressing }, now());
        return false;
      }
      case 'refused':
      case 'reverted':
      case 'unchanged':
        pool.setbacks.failed(action, { kind: outcome.kind, reason: outcome.reason, isPressing }, now());
        look.isWaiting = true;
        return outcome.kind !== 'refused';
      default:
        noteDone({ look, action }, outcome, now());
        if (outcome.kind === 'done') noteGas(outcome.gasUsed);
        return true;
    }
  } catch (error) {
    if (error instanceof StillInHand) {
      look.unfinished = true;
      look.isWaiting = true;
      // Its commit is about to be mined, which needs no person.
      look.waitsItsTurn = action.kind === 'commit' && ctx.clock.monotonicMs() - inHand.begunAtMs < patienceMs;
      return true;
    }
    pool.inHand.delete(key);
    const isDear = error instanceof PriceSpike;
    pool.setbacks.failed(
      action,
      { kind: isDear ? 'price' : 'retry', reason: reasonOf(error), isPressing },
      now(),
    );
    look.error = error;
    return !isDear;
  }
}

/** Returns how long it is held for its anchor, in ms. */
function heldMsOf({ notBeforeMs = 0 }: Action, nowMs: number): number {
  return Math.max(notBeforeMs - nowMs, 0);
}

function noteDone(
  { look, action }: Task,
  outcome: ActionOutcome & { kind: 'done' | 'overtaken' },
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

/** @returns how often in a row the contract has answered so */
function countTooEarly({ pool }: Look, action: Action, block: number): number {
  const { kind, round } = action;
  const before = pool.tooEarly && keyOf(pool.tooEarly.action) === keyOf(action) ? pool.tooEarly.times : 0;
  pool.tooEarly = { action: { kind, round }, block, times: before + 1 };
  return before + 1;
}

async function rehearseFor(
  ctx: BotContext<KeeperConfig>,
  look: Look,
  { sender, at }: Pick<Turns, 'sender' | 'at'>,
): Promise<void> {
  const action = look.decision?.rehearsal;
  if (!action) {
    look.pool.rehearsed = undefined;
    return;
  }
  try {
    await rehearse(ctx, look.pool, { sender, action, block: at.head });
  } catch (error) {
    look.error = error;
  }
}
