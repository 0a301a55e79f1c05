import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { Acted, Chosen, SeenPool } from '../act.ts';
import type { LpandarbConfig } from '../config.ts';
import { labelOf } from '../executing/execute.ts';
import type { Ledger } from '../ledger/Ledger.ts';
import { amountFor, capitalInAll, type TradingConfig } from '../limits/poolLimits.ts';
import type { Memory } from '../Memory.ts';
import type { Step } from '../planning/view.ts';
import type { LpandarbPool } from '../reading/LpandarbPool.ts';
import type { ReadPool } from '../reading/readPool.ts';
import type { ChainFills } from './ChainFills.ts';
import { type Fill, fillOf, holdingsOf, isWithinBounds, withTradeResult } from './fillOf.ts';

/** A wallet that exists on paper only. It begins with the capital that the operator allows. */
export interface PaperWallet {
  heldIn(pool: string): ReadPool['held'];
  /** The wallet's balances in base, by account. */
  base: ReadonlyMap<string, bigint>;
}

export function paperWallet(
  config: TradingConfig,
  ledger: Ledger,
  pools: readonly LpandarbPool[],
): PaperWallet {
  const holdings = new Map(pools.map(pool => [pool.address, holdingsOf(ledger.tradesOf(pool.address))]));
  const base = new Map<string, bigint>();
  for (const pool of pools) {
    const { held, net } = holdings.get(pool.address) as ReturnType<typeof holdingsOf>;
    for (const { maturity } of held.bonds) pool.maturities.add(maturity);
    const account = pool.settlement?.account;
    if (account !== undefined)
      base.set(account, (base.get(account) ?? capitalInAll(config, pools, account)) + net);
  }
  const none: ReadPool['held'] = { lpShares: 0n, withdrawalShares: 0n, bonds: [], allowance: 0n };
  return { heldIn: pool => holdings.get(pool)?.held ?? none, base };
}

/** A step that was decided at a block and waits for a later one. */
export interface WaitingStep {
  step: Step;
  block: number;
}

/** The outcome of a waiting step. */
export interface Settled {
  look: SeenPool;
  what: string;
  fill: Fill | undefined;
  /** The chain's reason for a refusal. */
  why: string | undefined;
  /** Where the fill's amount comes from; undefined without a fill. */
  source?: 'eth_call' | 'exact maths';
}

/**
 * Books a waiting step at its result in this block, as if its transaction were mined in it, with the expected
 * gas. The function books nothing when the pool could not be read, or when the chain refuses the call.
 * @returns undefined when the pool could not be read; without a `fill` when the transaction would have
 * reverted
 */
export async function settleWaiting(
  ledger: Ledger,
  { step }: WaitingStep,
  {
    seen,
    head,
    config,
    chain,
  }: { seen: readonly SeenPool[]; head: Block; config: TradingConfig; chain: ChainFills },
): Promise<Settled | undefined> {
  const look = seen.find(({ pool }) => pool.address === step.pool);
  if (!look) return undefined;
  const { address: pool } = look.pool;
  const what = `on paper: ${labelOf(step, look.view)}`;
  const computed = fillOf(step, look.view, config.SLIPPAGE_BPS);
  if (!computed) return { look, what, fill: undefined, why: undefined };
  const answer = await chain.of(step, look.view, { positions: look.marked.positions, block: head.number });
  if (answer.kind === 'refused') return { look, what, fill: undefined, why: answer.why };
  const isFromChain = answer.kind === 'filled';
  const fill = isFromChain ? withTradeResult(computed, answer.result, look.view) : computed;
  if (!isWithinBounds(step, fill, config.SLIPPAGE_BPS))
    return { look, what, fill: undefined, why: undefined };
  const hash = `paper ${head.number} ${pool} ${step.kind} ${step.maturity ?? ''}`;
  ledger.book({ ...fill, hash, log: 0, block: head.number, time: head.timestamp });
  const gasWei = (step.gasCost * 10n ** 18n) / amountFor(config, 'NATIVE_IN_BASE', look.pool);
  ledger.bookGas({ hash, time: head.timestamp, pool, wei: gasWei, base: step.gasCost });
  return { look, what, fill, why: undefined, source: isFromChain ? 'eth_call' : 'exact maths' };
}

/** Settles the waiting step. Without one, the chosen step begins to wait for the next block. */
export async function bookPaper(
  ctx: BotContext<LpandarbConfig>,
  {
    memory,
    ledger,
    chosen,
    seen,
    head,
  }: { memory: Memory; ledger: Ledger; chosen: Chosen | undefined; seen: readonly SeenPool[]; head: Block },
): Promise<Acted & { pool: string | undefined }> {
  const nothing = { pool: undefined, actions: [], isFresh: false };
  const { waiting } = memory;
  if (waiting && waiting.block >= head.number) return nothing;
  memory.waiting = undefined;
  const settled =
    waiting &&
    (await settleWaiting(ledger, waiting, { seen, head, config: ctx.config, chain: memory.chainFills(ctx) }));
  if (!settled) {
    if (chosen) memory.waiting = { step: chosen.step, block: head.number };
    return nothing;
  }
  const { look, what, fill, why, source } = settled;
  const { address: pool } = look.pool;
  if (!fill) {
    ctx.logger.info(`${what} would have reverted at block ${head.number}`, { pool, why });
    return { pool, actions: [], isFresh: false };
  }
  ctx.logger.info(what, { pool, block: head.number, paid: fill.paid, received: fill.received, source });
  return { pool, actions: [{ what, block: head.number }], isFresh: false };
}
