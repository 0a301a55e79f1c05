import type { News } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import { type Anchor, anchorAtOrAfter, anchorText } from '@service-bots/core/prizePool';
import { readBlock, readHead } from '@service-bots/core/rpc';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import type { Mined, Unclaimed } from '@service-bots/core/wallet';
import { formatEther, type TransactionReceipt } from 'ethers';
import { type CommitPlan, planInHindsight, policyOf } from './commitPlan.ts';
import type { KeeperConfig } from './config.ts';
import type { Action } from './decide.ts';
import { effectAfter } from './effect.ts';
import type { KeeperPool } from './KeeperPool.ts';
import { poolEventIn, poolReads, prizePoolAbi } from './prizePool.ts';
import { duration } from './texts.ts';

/** The effect of an action, from its event. */
export interface ActionReport {
  action: ActionDone;
  news: News;
  /** For the log. */
  line: { message: string; fields: Record<string, unknown> };
}

/** @returns undefined when the receipt holds no event of the action */
export function reportOf(
  { chain }: Pick<BotContext<KeeperConfig>, 'chain'>,
  { address: pool, name, anchor }: KeeperPool,
  {
    kind,
    round,
    plan,
    mined: { hash, receipt, costWei },
  }: Pick<Action, 'kind' | 'round' | 'plan'> & { mined: Mined },
): ActionReport | undefined {
  const result = resultOf(receipt, pool, round);
  if (result === undefined) return undefined;
  const { blockNumber: block, gasUsed } = receipt;
  const cost = `${formatEther(costWei)} ${chain.currency}`;
  const what = `round ${round} ${result.text}`;
  const timing = anchor && plan && commitTiming(anchor, plan);
  return {
    line: { message: `${what}, ${name}`, fields: { pool, round, hash, block, gasUsed, cost, timing } },
    action: { what, hash, block },
    news: {
      check: result.check,
      title: result.title,
      pool,
      message: `${name}: ${what}${timing ? ` ${timing}` : ''} in block ${block}, gas ${gasUsed}, cost ${cost}`,
      data: { round, action: kind, block, hash, gasUsed, cost },
    },
  };
}

/**
 * Returns the same news for a transaction without a waiting caller: its own bytes give the action, and its
 * block gives the time.
 */
export async function newsOf(
  ctx: BotContext<KeeperConfig>,
  pool: KeeperPool,
  { data, ...mined }: Unclaimed,
): Promise<News | undefined> {
  const call = prizePoolAbi.parseTransaction({ data });
  if (call?.name !== 'commit' && call?.name !== 'settle') return undefined;
  const round = call.args[0] as bigint;
  const plan = call.name === 'commit' ? await planOf(ctx, pool, { round, mined }) : undefined;
  const report = reportOf(ctx, pool, { kind: call.name, round, plan, mined });
  if (!report || !(await hadEffect(ctx, pool, { action: { kind: call.name, round }, mined })))
    return undefined;
  ctx.logger.info(report.line.message, report.line.fields);
  return report.news;
}

/** An event alone is not believed, except in a process that is ending and has no time to read the state. */
async function hadEffect(
  ctx: BotContext<KeeperConfig>,
  { address }: KeeperPool,
  {
    action,
    mined: {
      receipt: { blockNumber: number, blockHash: hash },
    },
  }: { action: Pick<Action, 'kind' | 'round'>; mined: Pick<Unclaimed, 'receipt'> },
): Promise<boolean> {
  if (ctx.stop.aborted) return true;
  const { verdict, why } = await effectAfter(ctx, { pool: address, action }, { number, hash });
  if (verdict === 'waiting')
    ctx.logger.warning('a transaction succeeded and changed nothing', { pool: address, ...action, why });
  return verdict !== 'waiting';
}

/**
 * @returns undefined for a pool without a schedule, and where the chain does not answer: the news is sent all
 * the same
 */
async function planOf(
  ctx: BotContext<KeeperConfig>,
  { address, anchor }: KeeperPool,
  { round, mined: { receipt } }: { round: bigint; mined: Pick<Unclaimed, 'receipt'> },
): Promise<CommitPlan | undefined> {
  // A process that is ending has no time to read.
  if (!anchor || ctx.stop.aborted) return undefined;
  try {
    const [block, head] = await Promise.all([
      readBlock(ctx.provider, receipt.blockNumber),
      readHead(ctx.provider),
    ]);
    const [eligibleAt] = await ctx.reader.read<bigint>(head, [poolReads.commitAfterTime(address, round)]);
    if (!block || !eligibleAt?.ok) return undefined;
    return planInHindsight(anchor, {
      eligibleAt: Number(eligibleAt.value),
      minedAt: block.timestamp,
      policy: policyOf(ctx.config),
    });
  } catch (error) {
    ctx.logger.info('the delay of a commit to its anchor could not be read', { reason: reasonOf(error) });
    return undefined;
  }
}

/** The result of a round: its kind of news, its title and its text. */
interface RoundResult {
  check: string;
  title: string;
  text: string;
}

/**
 * The result is named by the round's new state, not by the function: `settle` also marks a draw as failed.
 */
function resultOf(receipt: TransactionReceipt, pool: string, round: bigint): RoundResult | undefined {
  for (const log of receipt.logs) {
    if (log.address.toLowerCase() !== pool.toLowerCase()) continue;
    const event = poolEventIn(log);
    if (event?.args[0] !== round) continue;
    if (event.name === 'RoundCommitted')
      return {
        check: 'round-committed',
        title: 'a round was committed',
        text: `committed (drawn from block ${event.args.targetBlockNumber})`,
      };
    if (event.name === 'RoundSkipped')
      return {
        check: 'round-skipped',
        title: 'an empty round was skipped',
        text: 'was empty and is skipped',
      };
    if (event.name === 'RoundSettled')
      return {
        check: 'round-settled',
        title: 'a round was settled',
        text: `settled: ticket ${event.args.winningTicket} of ${event.args.winner} wins ${formatEther(event.args.prizeShares)} shares`,
      };
    if (event.name === 'RoundFailed')
      return {
        check: 'draw-failed',
        title: 'a round was marked as failed',
        text: 'failed: its draw is lost',
      };
  }
  return undefined;
}

/** A smaller delay is the jitter of blocks. */
const leastLateSeconds = 5;

/** Returns a scheduled commit's delay to its anchor, in words. */
export function commitTiming(anchor: Anchor, { fireAt, shiftSeconds, missed }: CommitPlan): string {
  const its = `its anchor ${anchorText(anchor)}`;
  if (missed && fireAt > missed.anchor)
    return `at ${its}, ${duration(fireAt - missed.anchor)} after the one that it missed,`;
  if (missed && missed.bySeconds > leastLateSeconds) {
    const then = missed.heals ? 'which heals by itself' : 'by which the schedule has shifted';
    return `${duration(missed.bySeconds)} after ${its}, ${then},`;
  }
  if (shiftSeconds !== 0 && fireAt !== anchorAtOrAfter(anchor, fireAt)) return 'off its schedule';
  return `at ${its}`;
}
