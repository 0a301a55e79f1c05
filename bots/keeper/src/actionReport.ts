import type { News } from '@service-bots/core/alerts';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import type { Mined, Unclaimed } from '@service-bots/core/wallet';
import { formatEther, type TransactionReceipt } from 'ethers';
import { commitTiming } from './commitTiming.ts';
import type { KeeperConfig } from './config.ts';
import type { Action } from './decide.ts';
import type { KeeperPool } from './discover.ts';
import { prizePoolAbi } from './prizePool.ts';

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

/** The same of a transaction that nobody waited for any more: what it was is in its own bytes. */
export function newsOf(
  ctx: BotContext<KeeperConfig>,
  pool: KeeperPool,
  { data, ...mined }: Unclaimed,
): News | undefined {
  const call = prizePoolAbi.parseTransaction({ data });
  if (call?.name !== 'commit' && call?.name !== 'settle') return undefined;
  const action = { kind: call.name, round: call.args[0] as bigint, plan: undefined } as const;
  return reportOf(ctx, pool, action, mined)?.news;
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
