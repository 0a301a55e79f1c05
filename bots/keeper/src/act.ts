import { BotError } from '@service-bots/core/errors';
import { type Block, type BlockRef, readHead } from '@service-bots/core/rpc';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import {
  type Mined,
  NonceTaken,
  type Sender,
  SimulationReverted,
  TransactionReverted,
} from '@service-bots/core/wallet';
import { reportOf } from './actionReport.ts';
import type { KeeperConfig } from './config.ts';
import type { Action } from './decide.ts';
import type { KeeperPool } from './discover.ts';
import { poolReads, prizePoolAbi, type RoundState } from './prizePool.ts';
import { roundOf } from './snapshot.ts';

/** What came of an action. */
export type Outcome =
  | { kind: 'done'; action: ActionDone; gasUsed: bigint }
  /** Somebody else has done it. */
  | { kind: 'overtaken' }
  /** The contract says that it is a moment too early. */
  | { kind: 'too-early' }
  | { kind: 'rehearsed' }
  /** The contract refuses, and will again. */
  | { kind: 'hopeless'; reason: string };

/** The contract's ways to say that the chain is not there yet. */
const timingErrors = ['SalesNotEnded', 'TooEarly'];
/** Before the anchor, the last look whether somebody has committed already. */
const lastLookMs = 400;

/** Somebody was faster. */
class NoLongerDue extends BotError {}

/**
 * Sends one action and makes sure of what it did.
 * @param block what the decision was read at
 * @throws what the sender throws, unless somebody else has done it by now
 */
export async function act(
  ctx: BotContext<KeeperConfig>,
  sender: Sender,
  pool: KeeperPool,
  action: Action,
  block: Block,
): Promise<Outcome> {
  const { kind, round, notBeforeMs, firstBlock } = action;
  const label = `${kind} round ${round} of ${pool.name}`;
  try {
    const sent = await sender.send({
      label,
      to: pool.address,
      data: prizePoolAbi.encodeFunctionData(kind, [round]),
      abi: prizePoolAbi,
      block,
      ...(firstBlock === undefined ? {} : { meantFor: { number: firstBlock } }),
      ...(notBeforeMs === undefined
        ? {}
        : {
            meantFor: { timestamp: Math.ceil(notBeforeMs / 1000) },
            gate: stop => untilAnchor(ctx, pool, action, notBeforeMs, stop),
          }),
    });
    if (sent.status === 'dry-run') {
      const { gasLimit, expectedCostWei } = sent.preflight;
      ctx.logger.info(`dry run: would ${label}`, { pool: pool.address, gasLimit, expectedCostWei });
      return { kind: 'rehearsed' };
    }
    return await settled(ctx, pool, action, sent);
  } catch (error) {
    return judge(ctx, pool, action, label, error);
  }
}

/** Holds the signed commit until the very moment, and lets it go only if nobody has committed meanwhile. */
async function untilAnchor(
  ctx: BotContext<KeeperConfig>,
  pool: KeeperPool,
  action: Action,
  notBeforeMs: number,
  stop: AbortSignal,
): Promise<void> {
  const { clock } = ctx;
  await clock.sleep(notBeforeMs - lastLookMs - clock.now(), stop);
  const looking = readHead(ctx.provider).then(head => stateOf(ctx, pool, action.round, head));
  // An endpoint that does not answer in time does not hold up the commit.
  const state = await Promise.race([
    looking.catch(() => undefined),
    clock.sleep(notBeforeMs - clock.now(), stop),
  ]);
  if (state !== undefined && state !== 'open')
    throw new NoLongerDue(`round ${action.round} is ${state} already`);
  // A timer may be a little early, and early is too early.
  while (clock.now() < notBeforeMs && !stop.aborted) await clock.sleep(notBeforeMs - clock.now(), stop);
}

/** Whatever went wrong: it is no error when somebody else has done it. */
async function judge(
  ctx: BotContext<KeeperConfig>,
  pool: KeeperPool,
  action: Action,
  label: string,
  error: unknown,
): Promise<Outcome> {
  const isRevert = error instanceof SimulationReverted || error instanceof TransactionReverted;
  if (!isRevert && !(error instanceof NonceTaken) && !(error instanceof NoLongerDue)) throw error;
  const state = await readHead(ctx.provider)
    .then(head => stateOf(ctx, pool, action.round, head))
    .catch(() => undefined);
  if (state !== undefined && !isWaiting(action, state)) {
    ctx.logger.info(`somebody else did ${label} first`, { pool: pool.address, state });
    return { kind: 'overtaken' };
  }
  if (!(error instanceof SimulationReverted)) throw error;
  // A node that pretends the next block need not have the hash of the one before: what it refuses there is asked again
  // once that block is real.
  const isPretended = action.firstBlock !== undefined;
  if (isPretended || (error.error !== undefined && timingErrors.includes(error.error)))
    return { kind: 'too-early' };
  return { kind: 'hopeless', reason: error.message };
}

function isWaiting({ kind }: Action, state: RoundState): boolean {
  return state === (kind === 'commit' ? 'open' : 'committed');
}

async function stateOf(
  ctx: BotContext<KeeperConfig>,
  { address }: KeeperPool,
  round: bigint,
  block: BlockRef,
): Promise<RoundState> {
  const [result] = await ctx.reader.read<unknown>(block, [poolReads.roundInfo(address, round)]);
  if (!result?.ok) throw new BotError(`round ${round} of ${address} could not be read: ${result?.reason}`);
  return roundOf(result.value, address).state;
}

/** A successful receipt is not enough: the event says what the round became. */
async function settled(
  ctx: BotContext<KeeperConfig>,
  pool: KeeperPool,
  action: Action,
  mined: Mined,
): Promise<Outcome> {
  const { kind, round } = action;
  const { receipt, hash } = mined;
  const report = reportOf(ctx, pool, action, mined);
  if (report === undefined) {
    const { blockNumber: number, blockHash } = receipt;
    const state = await stateOf(ctx, pool, round, { number, hash: blockHash });
    if (isWaiting(action, state))
      throw new BotError(`${kind} round ${round} of ${pool.name} was mined (${hash}) and changed nothing`);
    return { kind: 'overtaken' };
  }
  // At once: the round that began this may have ended by now, and the process may be about to.
  ctx.tell(report.news);
  return { kind: 'done', gasUsed: receipt.gasUsed, action: report.action };
}
