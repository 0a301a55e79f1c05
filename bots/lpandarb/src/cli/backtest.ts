import { chainOf } from '@service-bots/core/chains';
import {
  distinctEndpoints,
  type Env,
  endpointsOf,
  loadConfig,
  rpcVariables,
} from '@service-bots/core/config';
import { BotError, SetupError } from '@service-bots/core/errors';
import { readPools } from '@service-bots/core/hyperdrive';
import {
  firstBlockOf,
  firstBlockSince,
  Progress,
  readableRange,
  type Terminal,
} from '@service-bots/core/replay';
import { type Block, createBatchReader, FailoverProvider, readBlock, readHead } from '@service-bots/core/rpc';
import { z } from 'zod';
import { type Backtest, reportOf } from '../backtest/report.ts';
import { runBacktest } from '../backtest/runBacktest.ts';
import { bothThresholds, timeVariables, tradingVariables } from '../config.ts';
import { Ledger } from '../ledger/Ledger.ts';
import { poolLimits } from '../limits/poolLimits.ts';
import { ChainFills } from '../paper/ChainFills.ts';
import { namedPoolsListed } from '../perPool.ts';
import { newPool, unknownKind } from '../reading/LpandarbPool.ts';

const commandConfig = z
  .object({ ...rpcVariables, ...tradingVariables, ...timeVariables })
  .check(distinctEndpoints, bothThresholds, namedPoolsListed);

/** The requested range: blocks, or times such as `2026-10-01` or `2026-10-01T12:00Z`. */
export interface BacktestOptions {
  from: string;
  /** The last block; the newest block when undefined. */
  to: string | undefined;
  /** The number of blocks between two looks. If undefined, it is chosen so that about 1,000 looks result. */
  every: number | undefined;
}

const usualLooks = 1_000;

/**
 * Runs the bot's decisions over past blocks. The command writes and sends nothing.
 * @throws ConfigError, SetupError when the set-up or the range is wrong
 * @throws BotError when a block cannot be read
 */
export async function backtest(
  env: Env,
  options: BacktestOptions,
  { terminal, nowMs }: { terminal: Terminal; nowMs: () => number },
): Promise<Backtest> {
  const { config } = loadConfig(commandConfig, env);
  const provider = await FailoverProvider.connect(endpointsOf(config), config.CHAIN_ID);
  const ledger = new Ledger(':memory:');
  try {
    // 1. Find the range, and a node that has its state.
    const [anyPool] = config.LPANDARB_POOLS as [string];
    const newest = (await readHead(provider)).number;
    const from = await blockOf(provider, { option: '--from', text: options.from, newest });
    const wantedTo =
      options.to === undefined
        ? newest
        : await blockOf(provider, { option: '--to', text: options.to, newest });
    const { to } = await readableRange(provider, { from, to: wantedTo }, anyPool);
    const every = options.every ?? Math.max(1, Math.ceil((to - from) / usualLooks));

    // 2. Read the pools as they were at the beginning of the range.
    const blockAt = async (number: number): Promise<Block> => {
      const block = await readBlock(provider, number);
      if (!block) throw new BotError(`no node gives block ${number}`);
      return block;
    };
    for (const pool of config.LPANDARB_POOLS) {
      const first = await firstBlockOf(provider, pool, { from, to });
      if (first !== from)
        throw new SetupError(
          `LPANDARB_POOLS: ${pool} has no code at block ${from}${first === undefined ? '' : `; it is there from block ${first} on`}`,
        );
    }
    const reader = await createBatchReader(provider);
    const { pools: found, unreadable } = await readPools(reader, await blockAt(from), config.LPANDARB_POOLS);
    const [broken] = unreadable;
    if (broken) throw new SetupError(`LPANDARB_POOLS: ${broken.address} is no pool: ${broken.reason}`);
    // Today's registry does not say which pools were registered then. The operator's list decides instead.
    const pools = found.map(pool => ({ ...newPool(pool), isRegistered: true }));
    for (const pool of pools) {
      poolLimits(config, pool, { priceWei: 0n, firstLayerWei: 0n });
      if (!pool.settlement) throw new SetupError(`LPANDARB_POOLS: ${pool.name}: ${unknownKind(pool)}`);
    }

    // 3. Go through the range block by block.
    const progress = new Progress(terminal, nowMs, { from, to, begunAt: from });
    try {
      const outcome = await runBacktest({
        config,
        chain: chainOf(provider.chainId),
        reader,
        blockAt,
        pools,
        chainFills: new ChainFills(provider),
        ledger,
        from,
        to,
        every,
        onProgress: (next, trades) => progress.show(next, `${trades} trades`, next > to),
      });
      return reportOf(outcome, ledger, { every, chainId: provider.chainId });
    } finally {
      progress.end();
    }
  } finally {
    ledger.close();
    provider.destroy();
  }
}

async function blockOf(
  provider: FailoverProvider,
  { option, text, newest }: { option: string; text: string; newest: number },
): Promise<number> {
  if (/^\d+$/.test(text)) return Number(text);
  const ms = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(ms))
    throw new SetupError(`${option} ${text} is neither a block nor a time such as 2026-10-01T12:00Z`);
  const block = await firstBlockSince(provider, Math.ceil(ms / 1000), { from: 0, to: newest });
  if (block === undefined) throw new SetupError(`${option} ${text} is after the newest block, ${newest}`);
  return block;
}
