import type { News } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import { readBlock, readHead } from '@service-bots/core/rpc';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import type { Mined, Unclaimed } from '@service-bots/core/wallet';
import { formatEther, type TransactionReceipt } from 'ethers';
import { type CommitPlan, planInHindsight, policyOf } from './commitPlan.ts';
import { commitTiming } from './commitTiming.ts';
import type { KeeperConfig } from './config.ts';
import type { Action } from './decide.ts';
import type { KeeperPool } from './discover.ts';
import { poolReads, prizePoolAbi } from './prizePool.ts';

/** What an action did, for the log and for people; undefined when its receipt does not tell that it did anything. */
export function reportOf(
  { chain, logger }: Pick<BotContext<KeeperConfig>, 'chain' | 'logger'>,
  { address: pool, name, anchor }: KeeperPool,
  { kind, round, plan }: Pick<Action, 'kind' | 'round' | 'plan'>,
  { hash, receipt, costWei }: Mined,
): { action: ActionDone; news: News } | undefined {
  const result = resultOf(receipt, pool, round);
  if (result === undefined) return undefined;
  const { blockNumber: block, gasUsed } = receipt;
  const cost = `${formatEther(costWei)} ${chain.currency}`;
  const what = `round ${round} ${result}`;
  const timing = anchor && plan && commitTiming(anchor, plan);
  logger.info(`${what}, ${name}`, { pool, round, hash, block, gasUsed, cost, timing });
  return {
    action: { what, hash, block },
    news: {
      check: `round-${kind === 'commit' ? 'committed' : 'settled'}`,
      title: kind === 'commit' ? 'a round was committed' : 'a round was settled',
      pool,
      message: `${name}: ${what}${timing ? ` ${timing}` : ''} in block ${block}, gas ${gasUsed}, cost ${cost}`,
      data: { round, action: kind, block, hash, gasUsed, cost },
    },
  };
}

/** The same of a transaction that nobody waited for any more: what it was is in its own bytes, and when in its block. */
export async function newsOf(
  ctx: BotContext<KeeperConfig>,
  pool: KeeperPool,
  { data, ...mined }: Unclaimed,
): Promise<News | undefined> {
  const call = prizePoolAbi.parseTransaction({ data });
  if (call?.name !== 'commit' && call?.name !== 'settle') return undefined;
  const round = call.args[0] as bigint;
  const plan = call.name === 'commit' ? await planOf(ctx, pool, round, mined) : undefined;
  return reportOf(ctx, pool, { kind: call.name, round, plan }, mined)?.news;
}

/** @returns undefined for a pool without a schedule, and where the chain does not tell: the news is told all the same */
async function planOf(
  ctx: BotContext<KeeperConfig>,
  { address, anchor }: KeeperPool,
  round: bigint,
  { receipt }: Pick<Unclaimed, 'receipt'>,
): Promise<CommitPlan | undefined> {
  // A process that ends has no time to ask.
  if (!anchor || ctx.stop.aborted) return undefined;
  try {
    const [block, head] = await Promise.all([
      readBlock(ctx.provider, receipt.blockNumber),
      readHead(ctx.provider),
    ]);
    const [eligibleAt] = await ctx.reader.read<bigint>(head, [poolReads.commitAfterTime(address, round)]);
    if (!block || !eligibleAt?.ok) return undefined;
    return planInHindsight(anchor, Number(eligibleAt.value), block.timestamp, policyOf(ctx.config));
  } catch (error) {
    ctx.logger.info('how a commit stood to its anchor could not be read', { reason: reasonOf(error) });
    return undefined;
  }
}

/** In words, what the round became; undefined when the receipt does not tell. */
function resultOf(receipt: TransactionReceipt, pool: string, round: bigint): string | undefined {
  for (const log of receipt.logs) {
    if (log.address.toLowerCase() !== pool.toLowerCase()) continue;
    const event = prizePoolAbi.parseLog(log);
    if (event?.args[0] !== round) continue;
    if (event.name === 'RoundCommitted')
      return `committed (drawn from block ${event.args.targetBlockNumber})`;
    if (event.name === 'RoundSkipped') return 'was empty and is skipped';
    if (event.name === 'RoundSettled')
      return `settled: ticket ${event.args.winningTicket} of ${event.args.winner} wins ${formatEther(event.args.prizeShares)} shares`;
    if (event.name === 'RoundFailed') return 'failed: its draw is lost';
  }
  return undefined;
}
