import { BotError } from '@service-bots/core/errors';
import { type Block, readHead } from '@service-bots/core/rpc';
import type { ActionDone, BotContext, RoundReport, TargetReport } from '@service-bots/core/runtime';
import { type Acted, act, choose, revoke, type SeenPool } from './act.ts';
import type { LpandarbConfig } from './config.ts';
import { dailyReport } from './dailyReport.ts';
import { decide, seenIn } from './decide.ts';
import { detailsOf, gaugesOf, type PoolFigures } from './figures.ts';
import { type ForgottenPool, forgottenIn, forgottenPools, stillHeld } from './forgotten.ts';
import { closeBooks, completeBooks, concernsReorg, unexplainedIn } from './ledger/books.ts';
import type { Ledger } from './ledger/Ledger.ts';
import { askInvariant, type InvariantAnswer, sameForAll } from './limits/askInvariant.ts';
import { type Halt, haltByItself, readHalt, tryToHalt } from './limits/halt.ts';
import type { LimitStatus } from './limits/limitStatus.ts';
import { amountFor } from './limits/poolLimits.ts';
import type { Memory } from './Memory.ts';
import { balanceOf, gasPriceOf, ledgerObservation, observationsOf } from './observations.ts';
import { bookPaper, paperWallet } from './paper/paperBooks.ts';
import { valueFor } from './perPool.ts';
import type { PoolPlan } from './planning/view.ts';
import type { RetryDelays } from './RetryDelays.ts';
import type { LpandarbPool } from './reading/LpandarbPool.ts';
import { type Look, readSnapshot } from './reading/readSnapshot.ts';
import { steadyRate } from './reading/steadyRate.ts';

type Context = BotContext<LpandarbConfig>;

/** The seconds between two marks. A month of one pool is 3,000 rows. */
const markEverySeconds = 900;

/** After this many simulations in a row that differ from the plan, the bot reports an error. */
const timesUntilError = 3;

/** Runs one round: reads all pools at one block, plans, executes the first step, and reports. */
export async function round(
  ctx: Context,
  pools: readonly LpandarbPool[],
  memory: Memory,
): Promise<RoundReport> {
  const { config, sender } = ctx;
  const ledger = memory.ledger(ctx);
  // 1. Read the halt file, the newest block and the invariant bot's answer.
  const halt = haltOf(config.STATE_DIR, memory);
  const [head, answer] = await Promise.all([readHead(ctx.provider), answerOf(ctx)]);

  // 2. Read the pools and the wallet at one block, and complete the books.
  const paper = config.PAPER ? paperWallet(config, ledger, pools) : undefined;
  const look = await readSnapshot({
    reader: ctx.reader,
    block: head,
    pools,
    wallet: sender?.address,
    sourceOf: pool => valueFor(config.VARIABLE_RATE, pool) ?? { kind: 'checkpoints' },
    lookBackSeconds: config.LOOK_BACK_HOURS * 3_600,
    ...(paper ? { paper: paper.heldIn } : {}),
  });
  for (const { view } of seenIn(look)) {
    view.leftAlone ??= answer(view.address);
    Object.assign(view, steadyRate(memory.rates, view.address, view.variableRate));
  }
  if (sender && sender.inFlight.length === 0)
    await keepBooks(ctx, memory, { wallet: sender.address, look, head });

  // 3. Apply the limits over time, and plan.
  const { seen, results, limitStatus, plans } = decide({
    config,
    ledger,
    pools,
    look,
    base: paper?.base ?? look.snapshot.base,
    gas: gasPriceOf(ctx, head),
    halt,
    head,
    retryDelays: memory.retryDelays(ctx),
  });
  if (limitStatus.halts !== undefined && halt === undefined) {
    ctx.logger.error('a limit halts the bot', { why: limitStatus.halts });
    memory.unwrittenHalt = haltByItself(config.STATE_DIR, limitStatus.halts, ctx.clock.now());
  }
  memory.lastPlans = plans;

  // 4. Execute one step.
  const acted = await step(ctx, memory, { halt, head, seen, plans, ledger });
  memory.unwrittenHalt ??= acted.unwrittenHalt;
  if (sender && !memory.hasUnbooked && sender.inFlight.length === 0)
    closeBooks(ledger, head, [...memory.booked]);

  // 5. Write the marks and the report.
  const figures = seen.map(
    (each, i): PoolFigures => ({
      look: each,
      plan: plans[i] as PoolPlan,
      result: results[i] as PoolFigures['result'],
      capital: amountFor(config, 'CAPITAL_PER_POOL', each.pool),
    }),
  );
  keepMarks(memory, ledger, { figures, head });
  const news = dailyReport(ledger, figures, head);
  const unlisted = forgottenPools(ledger, config.LPANDARB_POOLS);
  const forgotten = sender
    ? await stillHeld(unlisted, { reader: ctx.reader, head, wallet: sender.address })
    : unlisted;
  return reportOf(ctx, {
    ledger,
    forgotten,
    look,
    figures,
    acted,
    limitStatus,
    halt,
    head,
    news,
    isBusy: (sender?.inFlight.length ?? 0) > 0,
    retryDelays: memory.retryDelays(ctx),
    behindMs: memory.behindSinceMs === undefined ? 0 : ctx.clock.monotonicMs() - memory.behindSinceMs,
  });
}

/** Returns the halt in force. One that could not be written before is written as soon as that is possible. */
function haltOf(stateDir: string, memory: Memory): Halt | undefined {
  const { unwrittenHalt } = memory;
  const halt = readHalt(stateDir);
  if (!unwrittenHalt || halt) return halt;
  if (tryToHalt(stateDir, unwrittenHalt)) memory.unwrittenHalt = undefined;
  return unwrittenHalt;
}

/**
 * Completes the books at the start, after a transaction of unknown outcome, after a reorg, when a pool is new,
 * and when the wallet's positions are not those of the booked trades.
 */
async function keepBooks(
  ctx: Context,
  memory: Memory,
  { wallet, look: { pools }, head }: { wallet: string; look: Look; head: Block },
): Promise<void> {
  const ledger = memory.ledger(ctx);
  const read = pools.flatMap(({ pool, error }) => (error === undefined ? [pool.address] : []));
  if (read.some(pool => !memory.booked.has(pool))) memory.hasUnbooked = true;
  // A lagging endpoint does not have the last trade yet.
  const unexplained = () =>
    head.number < ledger.lastBlock ? memory.unexplained : unexplainedIn(ledger, pools).join();
  if (unexplained() !== memory.unexplained) memory.hasUnbooked = true;
  if (ledger.hasWaitingGas) memory.hasUnbooked = true;
  const { seen } = memory;
  memory.seen = head;
  if (await concernsReorg(ctx, ledger, { seen, head })) memory.hasUnbooked = true;
  if (!memory.hasUnbooked) return;
  await completeBooks(ctx, ledger, { wallet, looks: pools, head });
  memory.hasUnbooked = false;
  for (const pool of read) memory.booked.add(pool);
  memory.unexplained = unexplained();
  if (memory.unexplained !== '')
    ctx.logger.warning('the wallet holds other positions than its trades explain: they were transferred', {
      pools: memory.unexplained,
    });
}

async function answerOf({ config, chain, clock }: Context): Promise<InvariantAnswer> {
  const { INVARIANT_STATUS_URL: url } = config;
  return url === undefined ? sameForAll(undefined) : askInvariant(url, chain.id, clock.now());
}

interface Doing {
  halt: Halt | undefined;
  head: Block;
  seen: readonly SeenPool[];
  plans: readonly PoolPlan[];
  ledger: Ledger;
}

interface DoneStep extends Acted {
  pool: string | undefined;
}

const nothing: DoneStep = { pool: undefined, actions: [], isFresh: false };

async function step(
  ctx: Context,
  memory: Memory,
  { halt, head, seen, plans, ledger }: Doing,
): Promise<DoneStep> {
  const { sender, config } = ctx;
  const retryDelays = memory.retryDelays(ctx);
  const chosen = choose(plans, seen, retryDelays);
  if (config.PAPER) return bookPaper(ctx, { memory, ledger, chosen, seen, head });
  // Only one transaction is in flight at a time, since it changes the next plan.
  if (!sender || sender.inFlight.length > 0) return nothing;
  // A lagging endpoint does not have the last trade yet. The bot would make it a second time.
  const isBehind = head.number < ledger.lastBlock;
  memory.behindSinceMs = isBehind ? (memory.behindSinceMs ?? ctx.clock.monotonicMs()) : undefined;
  if (isBehind) return nothing;
  const isFree = ({ pool }: SeenPool) => !retryDelays.mustWait({ pool: pool.address, kind: 'revoke' });
  const approved =
    halt?.mode === 'unwind' && !chosen ? seen.find(each => each.allowance > 0n && isFree(each)) : undefined;
  const look = chosen?.look ?? approved;
  if (!look) return nothing;
  const pool = look.pool.address;
  const acted = chosen
    ? await act(ctx, { sender, ledger, chosen })
    : await revoke(ctx, { sender, ledger, look });
  const attempt = chosen?.step ?? { pool, kind: 'revoke' as const };
  if (acted.error !== undefined) memory.hasUnbooked = true;
  if (acted.error === undefined && acted.stale === undefined) {
    retryDelays.succeeded(attempt);
    return { ...acted, pool };
  }
  const times = retryDelays.failed(attempt);
  // Another trader may have been first once or twice. A refusal that the pool repeats needs the operator.
  const error = acted.error ?? (times >= timesUntilError ? new BotError(acted.stale as string) : undefined);
  return { ...acted, error, pool };
}

function keepMarks(
  memory: Memory,
  ledger: Ledger,
  { figures, head }: { figures: readonly PoolFigures[]; head: Block },
): void {
  if (head.timestamp - memory.markedAt < markEverySeconds) return;
  memory.markedAt = head.timestamp;
  for (const { look, result, capital } of figures) {
    ledger.name(look.pool);
    ledger.setCapital(look.pool.address, capital);
    ledger.mark({
      time: head.timestamp,
      pool: look.pool.address,
      block: head.number,
      liquidity: look.marked.liquidity,
      bonds: look.marked.bonds,
      profit: result.profit,
    });
  }
}

interface Ending {
  ledger: Ledger;
  forgotten: readonly ForgottenPool[];
  look: Look;
  figures: readonly PoolFigures[];
  acted: DoneStep;
  limitStatus: LimitStatus;
  halt: Halt | undefined;
  head: Block;
  news: RoundReport['news'];
  isBusy: boolean;
  retryDelays: RetryDelays;
  /** How long the chain has been behind the newest trade of the ledger. */
  behindMs: number;
}

function reportOf(
  ctx: Context,
  {
    ledger,
    forgotten,
    look,
    figures,
    acted,
    limitStatus,
    halt,
    head,
    news,
    isBusy,
    retryDelays,
    behindMs,
  }: Ending,
): RoundReport {
  const { config } = ctx;
  const targets = look.pools.map((each): TargetReport => {
    const { pool, error } = each;
    const own = figures.find(({ look: seen }) => seen.pool === pool);
    const isActed = acted.pool === pool.address;
    const actions: readonly ActionDone[] = isActed ? acted.actions : [];
    const failure = error ?? (isActed ? acted.error : undefined);
    return {
      address: pool.address,
      actions,
      error: failure,
      // Until its retry, a failed step has neither failed again nor recovered.
      suspended: failure === undefined && actions.length === 0 && retryDelays.isHeldUp(pool.address),
      ...(own ? { details: detailsOf(own) } : {}),
      ...('refused' in each ? { details: { plan: [`left alone: ${each.refused}`] } } : {}),
    };
  });
  const balance = look.walletWei === undefined ? undefined : balanceOf(ctx, head, look.walletWei);
  return {
    block: head,
    targets,
    observations: [
      ...observationsOf(look.pools, {
        figures,
        halt,
        status: limitStatus,
        isHalted: (readHalt(config.STATE_DIR) ?? acted.unwrittenHalt) !== undefined,
      }),
      ...forgottenIn(forgotten),
      ledgerObservation(ledger, head, behindMs),
      ...(balance ? [balance.observation] : []),
    ],
    gauges: figures.flatMap(gaugesOf),
    ...(news ? { news } : {}),
    ...(balance ? { wallet: balance.wallet } : {}),
    unfinished: acted.isFresh && !isBusy,
    details: {
      mode: config.PAPER ? 'paper' : 'live',
      halted: halt,
      noNewRisk: limitStatus.noNewRisk,
      tradesLeftThisHour: limitStatus.transactions,
    },
  };
}
