import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { Acted, Chosen, SeenPool } from './act.ts';
import type { LpandarbConfig } from './config.ts';
import { labelOf } from './executing/execute.ts';
import type { Ledger } from './ledger/Ledger.ts';
import { capitalInAll } from './limits/poolLimits.ts';
import type { Memory } from './Memory.ts';
import { fillOf, holdingsOf } from './paper.ts';
import type { LpandarbPool } from './reading/LpandarbPool.ts';
import type { ReadPool } from './reading/readPool.ts';

/** A wallet that exists on paper only: it begins with the capital that the operator allows. */
export interface PaperWallet {
  heldIn(pool: string): ReadPool['held'];
  /** By token. */
  base: ReadonlyMap<string, bigint>;
}

export function paperWallet(
  config: LpandarbConfig,
  ledger: Ledger,
  pools: readonly LpandarbPool[],
): PaperWallet {
  const holdings = new Map(pools.map(pool => [pool.address, holdingsOf(ledger.tradesOf(pool.address))]));
  const base = new Map<string, bigint>();
  for (const pool of pools) {
    const { held, net } = holdings.get(pool.address) as ReturnType<typeof holdingsOf>;
    for (const { maturity } of held.bonds) pool.maturities.add(maturity);
    const { baseToken } = pool.config;
    const begins = () =>
      capitalInAll(
        config,
        pools.filter(other => other.config.baseToken === baseToken),
      );
    base.set(baseToken, (base.get(baseToken) ?? begins()) + net);
  }
  const none: ReadPool['held'] = { lpShares: 0n, withdrawalShares: 0n, bonds: [], allowance: 0n };
  return { heldIn: pool => holdings.get(pool)?.held ?? none, base };
}

/**
 * Books the step that was decided at an earlier block at what it comes to now, as a transaction would that was mined in
 * this one, with the gas that it is expected to cost; then the step that is chosen now waits for the next block.
 */
export function bookPaper(
  ctx: BotContext<LpandarbConfig>,
  memory: Memory,
  ledger: Ledger,
  chosen: Chosen | undefined,
  seen: readonly SeenPool[],
  head: Block,
): Acted & { pool: string | undefined } {
  const { waiting } = memory;
  if (waiting && waiting.block >= head.number) return { pool: undefined, actions: [], isFresh: false };
  memory.waiting = undefined;
  const look = waiting && seen.find(({ pool }) => pool.address === waiting.step.pool);
  if (!waiting || !look) {
    if (chosen) memory.waiting = { step: chosen.step, block: head.number };
    return { pool: undefined, actions: [], isFresh: false };
  }
  const { step } = waiting;
  const { address: pool } = look.pool;
  const fill = fillOf(step, look.view, ctx.config.SLIPPAGE_BPS);
  const what = `on paper: ${labelOf(step, look.view)}`;
  if (!fill) {
    ctx.logger.info(`${what} would have reverted at block ${head.number}`, { pool });
    return { pool, actions: [], isFresh: false };
  }
  const hash = `paper ${head.number} ${pool} ${step.kind} ${step.maturity ?? ''}`;
  ledger.book({ ...fill, hash, log: 0, block: head.number, time: head.timestamp });
  ledger.bookGas(hash, head.timestamp, pool, 0n, step.gasCost);
  ctx.logger.info(what, { pool, block: head.number, paid: fill.paid, received: fill.received });
  return { pool, actions: [{ what, block: head.number }], isFresh: false };
}
