import { BotError } from '@service-bots/core/errors';
import { type Block, holdsAtTwoEndpoints, readHead } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import {
  type Mined,
  NoLongerWanted,
  NonceTaken,
  type Sender,
  SimulationReverted,
  TransactionReverted,
} from '@service-bots/core/wallet';
import { reportOf } from './actionReport.ts';
import type { KeeperConfig } from './config.ts';
import { patienceMsOf } from './deadline.ts';
import type { Action } from './decide.ts';
import { type Effect, effectAfter, effectAt } from './effect.ts';
import type { ActionOutcome, KeeperPool } from './KeeperPool.ts';
import { prizePoolAbi } from './prizePool.ts';

/** The contract's errors for an action before its time on the chain. */
const timingErrors = ['SalesNotEnded', 'TooEarly'];
/** The time of the last look before the anchor, which checks for another account's commit. */
const lastLookMs = 400;

/** Another keeper was faster. */
class NoLongerDue extends BotError {}

/** An action of a pool. */
interface PoolAction {
  pool: KeeperPool;
  action: Action;
}

export interface Attempt extends PoolAction {
  sender: Sender;
  /** The block at which the decision was made. */
  block: Block;
}

/**
 * Sends one action and verifies its effect.
 * @throws what the sender throws for reasons outside of the contract, unless another keeper has done it by
 * now
 */
export async function act(
  ctx: BotContext<KeeperConfig>,
  { sender, pool, action, block }: Attempt,
): Promise<ActionOutcome> {
  const { kind, round, notBeforeMs, firstBlock } = action;
  const label = `${kind} round ${round} of ${pool.name}`;
  const { clock, chain } = ctx;
  const begunAtMs = clock.monotonicMs();
  const patienceMs = patienceMsOf(action.deadline, { head: block, nowMs: clock.now() }, chain.blockTimeMs);
  try {
    const sent = await sender.send({
      label,
      to: pool.address,
      data: prizePoolAbi.encodeFunctionData(kind, [round]),
      abi: prizePoolAbi,
      block,
      isWanted: async () => (await doneByOthers(ctx, { pool, action })) === undefined,
      // The contract refuses the second one: the round is in another state by then.
      idempotent: true,
      // A draw has a minute; an action that only marks a round as failed has time.
      usesReserve: kind === 'settle' && !action.markFailed,
      patienceMs: () => patienceMs - (clock.monotonicMs() - begunAtMs),
      ...(firstBlock === undefined ? {} : { meantFor: { number: firstBlock } }),
      ...(notBeforeMs === undefined
        ? {}
        : {
            meantFor: { timestamp: Math.ceil(notBeforeMs / 1000) },
            gate: stop => untilAnchor(ctx, { pool, action, notBeforeMs }, stop),
          }),
    });
    if (sent.status === 'dry-run') {
      const { gasLimit, expectedCostWei } = sent.preflight;
      ctx.logger.info(`dry run: would ${label}`, { pool: pool.address, gasLimit, expectedCostWei });
      return { kind: 'rehearsed' };
    }
    return await confirmEffect(ctx, { pool, action }, sent);
  } catch (error) {
    return outcomeOfFailure(ctx, { pool, action, label }, error);
  }
}

/**
 * Holds the signed commit until the anchor, and releases it only if no other account has committed meanwhile.
 */
async function untilAnchor(
  ctx: BotContext<KeeperConfig>,
  { pool, action, notBeforeMs }: PoolAction & { notBeforeMs: number },
  stop: AbortSignal,
): Promise<void> {
  const { clock } = ctx;
  await clock.sleep(notBeforeMs - lastLookMs - clock.now(), stop);
  // An endpoint that does not answer in time does not hold up the commit.
  const why = await Promise.race([
    doneByOthers(ctx, { pool, action }).catch(() => undefined),
    clock.sleep(notBeforeMs - clock.now(), stop),
  ]);
  if (why !== undefined) throw new NoLongerDue(why);
  // A timer may end some milliseconds early; a commit before its anchor is off the schedule.
  while (clock.now() < notBeforeMs && !stop.aborted) await clock.sleep(notBeforeMs - clock.now(), stop);
}

/**
 * Checks whether another keeper has already done an action.
 * @returns the reading that shows it, confirmed by two endpoints, since a single false answer must not cost a
 * draw; else undefined
 */
async function doneByOthers(
  ctx: BotContext<KeeperConfig>,
  { pool, action }: PoolAction,
): Promise<string | undefined> {
  const head = await readHead(ctx.provider);
  let why: string | undefined;
  const isDone = await holdsAtTwoEndpoints(ctx.provider, ctx.reader, {
    holds: async reader => {
      const effect = await effectAt({ reader }, { pool: pool.address, action }, head);
      if (effect.verdict === 'unknown') throw new BotError(effect.why);
      if (effect.verdict === 'done') why = effect.why;
      return effect.verdict === 'done';
    },
  });
  return isDone ? why : undefined;
}

/** Finds the reason of a failure. It is no failure when another keeper has done the action. */
async function outcomeOfFailure(
  ctx: BotContext<KeeperConfig>,
  { pool, action, label }: PoolAction & { label: string },
  error: unknown,
): Promise<ActionOutcome> {
  const isReverted = error instanceof TransactionReverted;
  const isRefused = error instanceof SimulationReverted;
  const isOver = [NonceTaken, NoLongerDue, NoLongerWanted].some(type => error instanceof type);
  if (!isReverted && !isRefused && !isOver) throw error;
  const effect = await readHead(ctx.provider)
    .then(head => effectAt(ctx, { pool: pool.address, action }, head))
    .catch((): Effect | undefined => undefined);
  if (effect?.verdict === 'done') {
    ctx.logger.info(`another account did ${label} first`, { pool: pool.address, effect: effect.why });
    return { kind: 'overtaken', isPaid: isReverted };
  }
  if (isReverted)
    return { kind: 'reverted', reason: `${error.message}, though it succeeded when it was simulated` };
  if (!isRefused) throw error;
  // A node that simulates the next block need not know the hash of the present one. A refusal there is
  // therefore tested again once that block is real.
  const isPretended = action.firstBlock !== undefined;
  if (isPretended || (error.error !== undefined && timingErrors.includes(error.error)))
    return { kind: 'too-early', reason: error.message };
  return { kind: 'refused', reason: error.message };
}

/**
 * Neither a successful receipt nor an event is enough: the chain's state shows whether there was an effect.
 */
async function confirmEffect(
  ctx: BotContext<KeeperConfig>,
  { pool, action }: PoolAction,
  mined: Mined,
): Promise<ActionOutcome> {
  const { receipt, hash } = mined;
  const { blockNumber: number, blockHash } = receipt;
  pool.acted = { block: number, atMs: ctx.clock.monotonicMs() };
  const report = reportOf(ctx, pool, { ...action, mined });
  const { verdict, why } = await effectAfter(
    ctx,
    { pool: pool.address, action },
    { number, hash: blockHash },
  );
  if (verdict === 'waiting' || (verdict === 'unknown' && !report)) {
    const what = `${action.kind} round ${action.round} of ${pool.name}`;
    return {
      kind: 'unchanged',
      reason: `${what} was mined in block ${number} (${hash}), succeeded, and changed nothing: ${why}`,
    };
  }
  if (!report) return { kind: 'overtaken', isPaid: true };
  ctx.logger.info(report.line.message, report.line.fields);
  // The news is sent at once: the round that began this may have ended by now, and the process may be about
  // to end.
  ctx.tell(report.news);
  return { kind: 'done', gasUsed: receipt.gasUsed, action: report.action };
}
