import { createRequire } from 'node:module';
import { chainOf } from '@service-bots/core/chains';
import { type Env, endpointsOf, loadConfig, rpcVariables } from '@service-bots/core/config';
import { BotError, reasonOf, SetupError } from '@service-bots/core/errors';
import {
  beginningOf,
  hyperdriveVariables,
  readPools,
  readRegistry,
  registryAddress,
} from '@service-bots/core/hyperdrive';
import {
  type BlockRange,
  firstBlockOf,
  Progress,
  readableRange,
  type Terminal,
} from '@service-bots/core/replay';
import {
  type Block,
  createBatchReader,
  FailoverProvider,
  LogReader,
  readBlock,
  readBlocks,
} from '@service-bots/core/rpc';
import { z } from 'zod';
import { invariantConfig } from '../config.ts';
import { prepared } from '../pools/discover.ts';
import { HistoryKeeper } from '../pools/HistoryKeeper.ts';
import { readOverrides } from '../pools/OverridesFile.ts';
import { recallPast } from '../pools/recallPast.ts';
import { WatchedPool } from '../pools/WatchedPool.ts';
import type { ReplayResult } from '../replay/printedReplay.ts';
import { Replay, type ReplayContext } from '../replay/Replay.ts';
import { type ReplayState, StateFile } from '../replay/StateFile.ts';
import { silentLogger } from '../replay/silentLogger.ts';
import { Tally } from '../replay/Tally.ts';
import type { ReplayOptions } from './parseReplayOptions.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const commandConfig = z.object({
  ...rpcVariables,
  ...hyperdriveVariables,
  INVARIANT_OVERRIDES_FILE: invariantConfig.shape.INVARIANT_OVERRIDES_FILE,
  ALERT_RESOLVE_AFTER_SECONDS: invariantConfig.shape.ALERT_RESOLVE_AFTER_SECONDS,
});
type CommandConfig = z.output<typeof commandConfig>;

/** Thrown when a block could not be read. The results until then are kept. */
class ReplayStopped extends BotError {}

/** The number of headers that are requested at a time. */
const headersAtOnce = 64;
const saveEveryMs = 5_000;

/** The replay's output and its stop signal. */
export interface Surroundings {
  terminal: Terminal;
  stop: AbortSignal;
  /** Milliseconds, of a clock that is never set back. */
  nowMs(): number;
}

/**
 * Runs all checks over a range of blocks, and continues where an earlier run of the same replay stopped.
 * @throws ConfigError, SetupError when the configuration or the range is wrong; ReplayStopped when a block
 * cannot be read
 */
export async function replayBlocks(
  options: ReplayOptions,
  env: Env,
  { terminal, stop, nowMs }: Surroundings,
): Promise<ReplayResult> {
  const { config } = loadConfig(commandConfig, env);
  const provider = await FailoverProvider.connect(endpointsOf(config), config.CHAIN_ID);
  const notes = new Set<string>();
  const note = (text: string) => {
    if (!notes.has(text)) terminal.write(`note: ${text}\n`);
    notes.add(text);
  };
  try {
    const reader = await createBatchReader(provider);
    const chain = chainOf(provider.chainId);
    const logs = new LogReader(provider);
    const ctx: ReplayContext = { provider, reader, logs, chain, logger: silentLogger(note) };
    const listed = options.pools.length > 0 ? options.pools : await registered(config, ctx);
    const range = await readableRange(provider, options, listed[0] as string);
    const { pools, since } = await poolsOf(ctx, config, {
      listed,
      range,
      isChosen: options.pools.length > 0,
      note,
    });
    const path = options.stateFile ?? `invariant-replay-${range.from}-${range.to}.json`;
    const file = new StateFile(path);
    const request = {
      chainId: provider.chainId,
      ...{ from: range.from, to: range.to },
      pools: pools.map(({ address }) => address.toLowerCase()).sort(),
    };
    const state = await file.begin(request);
    const progress = new Progress(terminal, nowMs, { ...request, begunAt: state.next });
    if (state.next > range.from) note(`continues at block ${state.next}, from the state in ${path}`);
    const poolsAt = (block: number) => pools.filter(pool => (since.get(pool) ?? Infinity) <= block);
    try {
      return await walked(ctx, config, { state, file, pools, poolsAt, progress, stop, nowMs });
    } finally {
      progress.end();
    }
  } finally {
    provider.destroy();
  }
}

interface Run {
  state: ReplayState;
  file: StateFile;
  pools: readonly WatchedPool[];
  poolsAt(block: number): readonly WatchedPool[];
  progress: Progress;
  stop: AbortSignal;
  nowMs(): number;
}

async function walked(
  ctx: ReplayContext,
  config: CommandConfig,
  { state, file, pools, poolsAt, progress, stop, nowMs }: Run,
): Promise<ReplayResult> {
  const { from, to } = state.request;
  const tally = new Tally(state.tally);
  let kept = state.history;
  const keeper = new HistoryKeeper({
    read: async () => kept,
    write: async value => {
      kept = value;
    },
  });
  await keeper.restore(pools);
  const first = await blockOrThrow(ctx, Math.min(state.next, to));
  await recallPast(ctx, first, poolsAt(first.number));
  const resolveAfterMs = config.ALERT_RESOLVE_AFTER_SECONDS * 1000;
  const replay = new Replay(ctx, first.timestamp, {
    tally,
    alertFiles: file.alertFiles,
    resolveAfterMs,
    version,
  });
  let next = state.next;
  let last = first;
  let savedAt = nowMs();
  const save = async () => {
    await replay.settle();
    await keeper.save(pools, {
      trail: [],
      chainTime: last.timestamp,
      nowMs: Number.POSITIVE_INFINITY,
    });
    await file.save({ version: 1, request: state.request, next, tally: tally.state, history: kept });
    savedAt = nowMs();
  };
  try {
    while (next <= to && !stop.aborted) {
      const blocks = await readBlocks(ctx.provider, next, Math.min(next + headersAtOnce - 1, to));
      const done = await replay.check(blocks, {
        poolsAt,
        stop,
        onChecked(block) {
          next = block.number + 1;
          last = block;
          progress.show(next, `${tally.rows.length} findings`);
        },
      });
      if (done < blocks.length) break;
      if (nowMs() - savedAt >= saveEveryMs) await save();
    }
    await save();
    progress.show(next, `${tally.rows.length} findings`, true);
  } catch (error) {
    await save();
    throw new ReplayStopped(
      `block ${next} could not be read: ${reasonOf(error)}. The findings until then are stored in the state file, and the same command continues there`,
      { cause: error },
    );
  } finally {
    replay.close();
    file.end(next > to);
  }
  return { from, to, stoppedAt: next > to ? undefined : next, pools: pools.length, tally };
}

async function blockOrThrow({ provider }: ReplayContext, number: number): Promise<Block> {
  const block = await readBlock(provider, number);
  if (!block) throw new SetupError(`the chain has no block ${number}`);
  return block;
}

async function registered(config: CommandConfig, { provider, chain }: ReplayContext): Promise<string[]> {
  const registry = await registryAddress(config, chain);
  const listed = await readRegistry(provider, registry);
  if (listed.length === 0) throw new SetupError(`the registry ${registry} lists no pools`);
  return [...listed];
}

/** Returns the pools at the end of the range, and the first block of each. */
async function poolsOf(
  ctx: ReplayContext,
  config: CommandConfig,
  {
    listed,
    range,
    isChosen,
    note,
  }: {
    listed: readonly string[];
    range: BlockRange;
    /** Whether the pools were named on the command line. */
    isChosen: boolean;
    note: (text: string) => void;
  },
): Promise<{ pools: WatchedPool[]; since: Map<WatchedPool, number> }> {
  const overrides = await readOverrides(config.INVARIANT_OVERRIDES_FILE);
  const end = await blockOrThrow(ctx, range.to);
  const { pools: found, unreadable } = await readPools(ctx.reader, end, listed);
  for (const { address, reason } of unreadable) {
    if (isChosen) throw new SetupError(`--pool ${address}: at block ${range.to}, ${reason}`);
    note(`${address} is left out: ${reason}`);
  }
  if (found.length === 0) throw new SetupError('none of the pools can be read');
  const beginning = await beginningOf(ctx.provider, ctx.chain, end);
  const pools: WatchedPool[] = [];
  const since = new Map<WatchedPool, number>();
  for (const pool of found) {
    const watched = new WatchedPool(await prepared(ctx, { block: end, pool, overrides, beginning }));
    pools.push(watched);
    since.set(watched, (await firstBlockOf(ctx.provider, pool.address, range)) ?? range.to + 1);
  }
  return { pools, since };
}
