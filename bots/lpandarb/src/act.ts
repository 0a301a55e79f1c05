import { BotError, reasonOf } from '@service-bots/core/errors';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import { NoLongerWanted, type Sender, TransactionReverted } from '@service-bots/core/wallet';
import type { LpandarbConfig } from './config.ts';
import { approve, type Done, execute } from './executing/execute.ts';
import { bookGas } from './ledger/books.ts';
import type { Ledger } from './ledger/Ledger.ts';
import { type Halt, haltByItself, readHalt } from './limits/halt.ts';
import type { PoolPlan, Step } from './planning/view.ts';
import type { RetryDelays } from './RetryDelays.ts';
import type { PoolLook } from './reading/readSnapshot.ts';

export type SeenPool = Extract<PoolLook, { view: unknown }>;

/** A step that was chosen, with its plan and its pool. */
export interface Chosen {
  step: Step;
  plan: PoolPlan;
  look: SeenPool;
}

/** The outcome of an attempted step. */
export interface Acted {
  actions: ActionDone[];
  error?: unknown;
  /** Why the step had no effect: the pool has changed since the plan was made. */
  stale?: string;
  /** Whether a transaction was mined, so that the chain has to be read again at once. */
  isFresh: boolean;
  /** A halt of the bot's own that could not be written to its file. */
  unwrittenHalt?: Halt | undefined;
}

const order: readonly Step['kind'][] = [
  'close-matured',
  'close-long',
  'close-short',
  'remove-liquidity',
  'redeem',
  'reduce-short',
  'reduce-long',
  'add-liquidity',
  'open-long',
  'open-short',
];

/**
 * Returns the one step to do now. Steps that pay out come first, then the step with the highest expected
 * profit. A step that has just failed has to wait.
 */
export function choose(
  plans: readonly PoolPlan[],
  looks: readonly SeenPool[],
  retryDelays: RetryDelays,
): Chosen | undefined {
  const candidates = plans.flatMap((plan): Chosen[] => {
    const [step] = plan.steps;
    const look = looks.find(({ pool }) => pool.address === plan.pool);
    return step && look && !retryDelays.mustWait(step) ? [{ step, plan, look }] : [];
  });
  const rank = ({ step }: Chosen) => order.indexOf(step.kind);
  candidates.sort((a, b) => rank(a) - rank(b) || (a.step.expectedProfit < b.step.expectedProfit ? 1 : -1));
  return candidates[0];
}

/**
 * Executes one step on the chain and books it. The bot halts when the wallet's base changes by another amount
 * than the pool reports: its token or its pool then breaks the assumptions of every plan.
 */
export async function act(
  ctx: BotContext<LpandarbConfig>,
  { sender, ledger, chosen: { step, plan, look } }: { sender: Sender; ledger: Ledger; chosen: Chosen },
): Promise<Acted> {
  const { config } = ctx;
  const isUnwinding = readHalt(config.STATE_DIR)?.mode === 'unwind';
  try {
    const done = await execute({
      ctx,
      sender,
      step,
      view: look.view,
      fixedRate: plan.fixedRate,
      allowance: look.allowance,
      slippage: config.SLIPPAGE_BPS,
      isWanted: () => isUnwinding || step.pays === 0n || readHalt(config.STATE_DIR) === undefined,
    });
    return settle(ctx, { ledger, look, done });
  } catch (error) {
    return failed(ctx, { ledger, look, error });
  }
}

/** Revokes the pool's remaining approval for the base token, once everything is being closed. */
export async function revoke(
  ctx: BotContext<LpandarbConfig>,
  { sender, ledger, look }: { sender: Sender; ledger: Ledger; look: SeenPool },
): Promise<Acted> {
  const { view, allowance } = look;
  try {
    return settle(ctx, {
      ledger,
      look,
      done: await approve({ ctx, sender, view, allowance, isWanted: () => true }, 0n),
    });
  } catch (error) {
    return failed(ctx, { ledger, look, error });
  }
}

function settle(
  ctx: BotContext<LpandarbConfig>,
  { ledger, look, done }: { ledger: Ledger; look: SeenPool; done: Done },
): Acted {
  const { pool, view } = look;
  if (done.kind === 'dry-run') return { actions: [], isFresh: false };
  if (done.kind === 'stale') {
    ctx.logger.info('step not sent: the pool has changed since the plan', {
      pool: pool.address,
      reason: done.why,
    });
    return { actions: [], stale: done.why, isFresh: false };
  }
  const { what, hash, block, costWei } = done;
  bookGas(ctx.config, ledger, { pool, hash, time: view.chainTime, wei: costWei });
  if (done.kind === 'traded') {
    const { trade, mismatch } = done;
    const { realised } = ledger.book(trade);
    if (trade.maturity !== undefined) pool.maturities.add(trade.maturity);
    if (realised !== undefined) ctx.logger.info('position closed', { pool: pool.address, hash, realised });
    if (mismatch !== undefined) {
      const unwrittenHalt = stopFor(ctx, pool.address, `${what}: ${mismatch}`);
      return { actions: [{ what, hash, block }], isFresh: true, unwrittenHalt };
    }
  }
  return { actions: [{ what, hash, block }], isFresh: true };
}

function stopFor(ctx: BotContext<LpandarbConfig>, pool: string, why: string): Halt | undefined {
  ctx.observe([
    { check: 'lpandarb-mismatch', pool, failing: true, message: `${why}; the bot has halted all trading` },
  ]);
  return haltByItself(ctx.config.STATE_DIR, why, ctx.clock.now());
}

async function failed(
  ctx: BotContext<LpandarbConfig>,
  { ledger, look: { pool, view }, error }: { ledger: Ledger; look: SeenPool; error: unknown },
): Promise<Acted> {
  if (error instanceof NoLongerWanted) return { actions: [], isFresh: false };
  // Its simulation succeeded: another trade came first, and the limits of the call held. It still costs its gas.
  if (error instanceof TransactionReverted) {
    const receipt = await ctx.provider.getTransactionReceipt(error.hash).catch(() => null);
    if (receipt)
      bookGas(ctx.config, ledger, {
        pool,
        hash: error.hash,
        time: view.chainTime,
        wei: receipt.gasUsed * receipt.gasPrice,
      });
    ctx.logger.warning('step reverted: the pool has changed since its simulation', {
      pool: pool.address,
      hash: error.hash,
    });
    return { actions: [], stale: error.message, isFresh: true };
  }
  return {
    actions: [],
    error: error instanceof Error ? error : new BotError(reasonOf(error)),
    isFresh: false,
  };
}
