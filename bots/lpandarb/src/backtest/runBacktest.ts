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
import { calmed } from '../reading/calmed.ts';
import type { LpandarbPool } from '../reading/LpandarbPool.ts';
import { readSnapshot } from '../reading/readSnapshot.ts';
import { Setbacks } from '../Setbacks.ts';

/** What a backtest runs on. */
export interface BacktestTerms {
  config: DecidingConfig;
  chain: Chain;
  reader: BatchReader;
  /** @throws when no node has the block */
  blockAt(number: number): Promise<Block>;
  pools: readonly LpandarbPool[];
  chainFills: ChainFills;
  /** In memory: a backtest leaves nothing behind. */
  ledger: Ledger;
  from: number;
  to: number;
  /** Blocks between two looks while nothing is traded. */
  every: number;
  /** After each look. @param next the block that is looked at next @param trades so far */
  onProgress(next: number, trades: number): void;
}

/** How one pool ended. */
export interface BacktestPool {
  look: SeenPool;
  result: Result;
  /** Base that the operator allows in it. */
  capital: bigint;
  /** The vault share price when it was read first. */
  firstVaultSharePrice: bigint;
  /** The most that the profit fell from its best moment, base. */
  worstFall: bigint;
}

/** What a backtest came to. */
export interface BacktestOutcome {
  first: Block;
  last: Block;
  looks: number;
  /** Steps whose transaction would have reverted at the block after the decision. */
  refused: number;
  pools: readonly BacktestPool[];
  /** The limit that halted it, and when; nobody resumes a backtest. */
  halt: Halt | undefined;
}

/**
 * Lets the bot decide over past blocks, with a wallet on paper: the same reading, limits and planner, and a step that is
 * decided at one block is booked at what it comes to at the next one.
 * @throws BotError when a pool cannot be read at a block; what `blockAt` throws
 */
export async function runBacktest(terms: BacktestTerms): Promise<BacktestOutcome> {
  const { config, chain, pools, ledger, to } = terms;
  const rates = new Map<string, bigint>();
  const tracks = new Map<string, { firstPrice: bigint; best: bigint; worstFall: bigint }>();
  // They wait by a clock of this machine, which says nothing about past blocks.
  const setbacks = new Setbacks(() => 0);
  let halt: Halt | undefined;
  let waiting: WaitingStep | undefined;
  let [looks, fills, refused] = [0, 0, 0];
  let first: Block | undefined;

  for (let number = terms.from; ; ) {
    // 1. The chain at this block, and the step that was decided at the one before.
    const head = await terms.blockAt(number);
    first ??= head;
    let read = await lookAt(terms, head, rates);
    const settled =
      waiting && (await settleWaiting(ledger, waiting, read.seen, head, config, terms.chainFills));
    const isRefused = settled !== undefined && settled.fill === undefined;
    if (isRefused) refused += 1;
    if (settled?.fill) {
      fills += 1;
      read = await lookAt(terms, head, rates);
    }

    // 2. The decision, and marks.
    const { seen, results, standing, plans } = decide({
      config,
      ledger,
      pools,
      look: read.look,
      base: read.base,
      gas: gasPriceOf({ chain, sender: undefined }, head),
      halt,
      head,
      setbacks,
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
    if (standing.halts !== undefined && halt === undefined) {
      const at = new Date(head.timestamp * 1000).toISOString();
      halt = { mode: 'halt', why: standing.halts, by: 'lpandarb', at };
    }

    // 3. Where to look next: at the very next block when a step waits for it, and not at once after one was refused.
    const chosen = isRefused ? undefined : choose(plans, seen, setbacks);
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
  rates: Map<string, bigint>,
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
  for (const { view } of seen) view.variableRate = calmed(rates, view.address, view.variableRate);
  return { look, seen, base };
}
