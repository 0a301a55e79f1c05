import type { Chain } from '@service-bots/core/chains';
import { BotError, reasonOf } from '@service-bots/core/errors';
import type { BatchReader, Block } from '@service-bots/core/rpc';
import { choose, type SeenPool } from '../act.ts';
import { type DecidingConfig, decide, seenIn } from '../decide.ts';
import type { Ledger } from '../ledger/Ledger.ts';
import type { Result } from '../ledger/result.ts';
import type { Halt } from '../limits/halt.ts';
import { amountFor } from '../limits/poolLimits.ts';
import { gasPriceOf } from '../observations.ts';
import type { ChainFills } from '../paper/ChainFills.ts';
import { paperWallet, settleWaiting, type WaitingStep } from '../paper/paperBooks.ts';
import { valueFor } from '../perPool.ts';
import { RetryDelays } from '../RetryDelays.ts';
import type { LpandarbPool } from '../reading/LpandarbPool.ts';
import { readSnapshot } from '../reading/readSnapshot.ts';
import { type SeenRate, steadyRate } from '../reading/steadyRate.ts';

/** The inputs of a backtest. */
export interface BacktestTerms {
  config: DecidingConfig;
  chain: Chain;
  reader: BatchReader;
  /** Returns a past block. @throws BotError when no node has the block */
  blockAt(number: number): Promise<Block>;
  pools: readonly LpandarbPool[];
  chainFills: ChainFills;
  /** The ledger is in memory, since a backtest leaves nothing behind. */
  ledger: Ledger;
  from: number;
  to: number;
  /** Blocks between two looks while no step waits. */
  every: number;
  /**
   * Reports progress after each look.
   * @param next the block of the next look
   * @param trades the number of trades so far
   */
  onProgress(next: number, trades: number): void;
}

/** The final state of one pool. */
export interface BacktestPool {
  look: SeenPool;
  result: Result;
  /** The capital that the operator allows in the pool, in base. */
  capital: bigint;
  /** The vault share price at the first look. */
  firstVaultSharePrice: bigint;
  /** The largest fall of the profit from its peak, in base. */
  worstFall: bigint;
}

/** The outcome of a backtest. */
export interface BacktestOutcome {
  first: Block;
  last: Block;
  looks: number;
  /** The number of steps whose transaction would have reverted at the block after the decision. */
  refused: number;
  pools: readonly BacktestPool[];
  /** The limit that halted the bot, and when. A backtest has no operator who resumes it. */
  halt: Halt | undefined;
}

/**
 * Runs the bot's decisions over past blocks with a paper wallet. Reading, limits and planner are those of the
 * live bot. A step that is decided at one block is booked at its result in the next block.
 * @throws BotError when a pool cannot be read at a block, and every error of `blockAt`
 */
export async function runBacktest(terms: BacktestTerms): Promise<BacktestOutcome> {
  const { config, chain, pools, ledger, to } = terms;
  const rates = new Map<string, SeenRate>();
  const tracks = new Map<string, { firstPrice: bigint; best: bigint; worstFall: bigint }>();
  // RetryDelays wait by this machine's clock, which has no relation to past blocks. The clock therefore stands
  // still here.
  const retryDelays = new RetryDelays(() => 0);
  let halt: Halt | undefined;
  let waiting: WaitingStep | undefined;
  let [looks, fills, refused] = [0, 0, 0];
  let first: Block | undefined;

  for (let number = terms.from; ; ) {
    // 1. Read the chain at this block, and settle the step that was decided at the previous one.
    const head = await terms.blockAt(number);
    first ??= head;
    let read = await lookAt(terms, head, rates);
    const settled =
      waiting &&
      (await settleWaiting(ledger, waiting, { seen: read.seen, head, config, chain: terms.chainFills }));
    const isRefused = settled !== undefined && settled.fill === undefined;
    if (isRefused) refused += 1;
    if (settled?.fill) {
      fills += 1;
      read = await lookAt(terms, head, rates);
    }

    // 2. Decide, and write the marks.
    const { seen, results, limitStatus, plans } = decide({
      config,
      ledger,
      pools,
      look: read.look,
      base: read.base,
      gas: gasPriceOf({ chain, sender: undefined }, head),
      halt,
      head,
      retryDelays,
    });
    looks += 1;
    for (const [i, { view, marked }] of seen.entries()) {
      const { profit } = results[i] as Result;
      const track = tracks.get(view.address) ?? {
        firstPrice: view.vaultSharePrice,
        best: profit,
        worstFall: 0n,
      };
      if (profit > track.best) track.best = profit;
      if (track.best - profit > track.worstFall) track.worstFall = track.best - profit;
      tracks.set(view.address, track);
      const { liquidity, bonds } = marked;
      ledger.mark({ time: head.timestamp, pool: view.address, block: number, liquidity, bonds, profit });
    }
    if (limitStatus.halts !== undefined && halt === undefined) {
      const at = new Date(head.timestamp * 1000).toISOString();
      halt = { mode: 'halt', why: limitStatus.halts, by: 'lpandarb', at };
    }

    // 3. Choose the next block. A waiting step needs the very next block, except right after a refused step.
    const chosen = isRefused ? undefined : choose(plans, seen, retryDelays);
    waiting = chosen && { step: chosen.step, block: number };
    const next = waiting ? number + 1 : Math.min(number + terms.every, Math.max(to, number + 1));
    terms.onProgress(Math.min(next, to + 1), fills);
    if (next > to) {
      const ends = seen.map((look, i): BacktestPool => {
        const track = tracks.get(look.view.address);
        return {
          look,
          result: results[i] as Result,
          capital: amountFor(config, 'CAPITAL_PER_POOL', look.pool),
          firstVaultSharePrice: track?.firstPrice ?? look.view.vaultSharePrice,
          worstFall: track?.worstFall ?? 0n,
        };
      });
      return { first, last: head, looks, refused, pools: ends, halt };
    }
    number = next;
  }
}

async function lookAt(
  { config, reader, pools, ledger }: BacktestTerms,
  head: Block,
  rates: Map<string, SeenRate>,
) {
  const { heldIn, base } = paperWallet(config, ledger, pools);
  const look = await readSnapshot({
    reader,
    block: head,
    pools,
    wallet: undefined,
    paper: heldIn,
    sourceOf: pool => valueFor(config.VARIABLE_RATE, pool) ?? { kind: 'checkpoints' },
    lookBackSeconds: config.LOOK_BACK_HOURS * 3_600,
  });
  const failed = look.pools.find(({ error }) => error !== undefined);
  if (failed)
    throw new BotError(
      `${failed.pool.name} could not be read at block ${head.number}: ${reasonOf(failed.error)}`,
    );
  const seen = seenIn(look);
  for (const { view } of seen) Object.assign(view, steadyRate(rates, view.address, view.variableRate));
  return { look, seen, base };
}
