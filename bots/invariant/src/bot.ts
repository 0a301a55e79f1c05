import { createRequire } from 'node:module';
import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import type { Block } from '@service-bots/core/rpc';
import type { Bot, BotContext, RoundReport } from '@service-bots/core/runtime';
import { invariantAlerts } from './alerts.ts';
import { BlockQueue, type PendingBlocks } from './blocks/BlockQueue.ts';
import { LookTiming } from './blocks/LookTiming.ts';
import { blindSpotOf, followsBlocks, modeOf } from './blocks/mode.ts';
import { CheckLag, SkippedBlocks } from './blocks/SkippedBlocks.ts';
import { checkBlocks } from './checkBlocks.ts';
import { type InvariantConfig, invariantConfig, pausesPools } from './config.ts';
import type { Operators } from './judging/crossCheck.ts';
import { NodeOperators } from './judging/NodeOperators.ts';
import { resolveHost } from './judging/operators.ts';
import { Pauser } from './judging/Pauser.ts';
import { discover } from './pools/discover.ts';
import { emptyFile, HistoryKeeper, historyFile } from './pools/HistoryKeeper.ts';
import { OverridesFile } from './pools/OverridesFile.ts';
import { recallPast } from './pools/recallPast.ts';
import { PastSearches } from './pools/vanished.ts';
import type { WatchedPool } from './pools/WatchedPool.ts';
import { detailsOf, gaugesOf } from './reporting/poolStatus.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

type Context = BotContext<InvariantConfig>;

/** The longest pause in the modes that follow blocks. */
const longestPauseMs = 15_000;

/** The state of the process beside its pools. */
interface Memory {
  queue: BlockQueue;
  keeper: HistoryKeeper;
  skipped: SkippedBlocks;
  lag: CheckLag;
  pauser: Pauser;
  timing: LookTiming;
  /** The newest block that was checked for all pools. */
  last: Block | undefined;
}

/** Watches the invariants of Hyperdrive pools. */
export function createInvariantBot(): Bot<typeof invariantConfig, WatchedPool> {
  let memory: Memory | undefined;
  const overrides = new OverridesFile();
  const operators = new NodeOperators(resolveHost);
  const searches = new PastSearches();
  const remembered = async (ctx: Context): Promise<Memory> => {
    memory ??= await begin(ctx);
    return memory;
  };
  return {
    name: 'invariant',
    version,
    config: invariantConfig,
    alerts: invariantAlerts,
    wallet: {
      keyVariable: 'PAUSER_KEY',
      key: config => config.PAUSER_KEY,
      functions: ['pause(bool _status)'],
      wanted: config => config.INVARIANT_PAUSE_ON !== undefined,
    },
    cadence: config => {
      const mode = modeOf(config);
      return {
        lookEveryMs: mode.kind === 'periodic' ? paceOf(mode) : longestPauseMs,
        discoverEveryMs: config.DISCOVERY_SECONDS * 1000,
        errorsUntilCritical: 10,
        chainSpeed: speedOf(config),
        blockTimeMs: config.BLOCK_TIME && config.BLOCK_TIME * 1000,
      };
    },
    discover: (ctx, watched) =>
      discover(ctx, watched, {
        file: overrides,
        operators,
        searches,
        wasWatched: async address => (await remembered(ctx)).keeper.remembers(address),
      }),
    round: async (ctx, pools) =>
      round(ctx, pools, { memory: await remembered(ctx), operators: operators.of(ctx) }),
  };
}

/** Loads the state of an earlier process. */
async function begin(ctx: Context): Promise<Memory> {
  const { config, store, logger } = ctx;
  const { PAUSER_KEY: key, KEYSTORE_FILE: keystore, INVARIANT_PAUSE_ON: pauseOn } = config;
  if ((key ?? keystore) !== undefined && !pauseOn)
    logger.warning(
      'a pauser’s key is set, but INVARIANT_PAUSE_ON names no check: this bot never pauses a pool',
    );
  const blindSpot = blindSpotOf(modeOf(config));
  if (blindSpot !== undefined) logger.warning(blindSpot);
  const keeper = new HistoryKeeper(store('history', historyFile, emptyFile));
  return {
    queue: new BlockQueue(modeOf(config), config.INVARIANT_CATCH_UP_BLOCKS, await keeper.trail()),
    keeper,
    skipped: new SkippedBlocks(),
    lag: new CheckLag(),
    pauser: new Pauser(),
    timing: new LookTiming(blockSecondsOf(ctx)),
    last: undefined,
  };
}

/** Returns the seconds that pass on the chain in one second here. */
function speedOf({ BLOCK_TIME: blockTime, BLOCK_TIMESTAMP_INTERVAL: interval }: InvariantConfig): number {
  return blockTime && interval ? interval / blockTime : 1;
}

/** Returns the seconds between blocks, by the chain's time. */
function blockSecondsOf({ chain, config }: Context): number {
  return (chain.blockTimeMs * speedOf(config)) / 1000;
}

/** Returns the pause between rounds, in ms. With `onTrades`, the blocks between two checks are read too. */
function paceOf({ everyMs, onTrades }: { everyMs: number; onTrades: boolean }): number {
  return onTrades ? Math.min(everyMs, longestPauseMs) : everyMs;
}

/**
 * Finds the blocks that are to be checked, reads the pools there, runs the checks, and reports the results.
 */
async function round(
  ctx: Context,
  pools: readonly WatchedPool[],
  { memory, operators }: { memory: Memory; operators: Operators },
): Promise<RoundReport> {
  const { queue, keeper, skipped, lag, pauser } = memory;
  // 1. Give new pools the past that an earlier process stored.
  await keeper.restore(pools);

  // 2. Find the blocks to check. A pool that was never checked is checked at the head.
  const addresses = pools.map(({ address }) => address);
  const pending = await queue.look(ctx, addresses);
  const { head, tasks, replacedFrom } = pending;
  const isNew = ({ last }: WatchedPool) => last === undefined;
  if (tasks.length === 0 && pools.some(isNew))
    tasks.push({ block: head, pools: new Set(pools.filter(isNew).map(({ address }) => address)) });
  skipped.add(pending.skipped);
  if (replacedFrom !== undefined) for (const watched of pools) watched.forgetFrom(replacedFrom);
  // These observations are sent at once, since a round may not reach its end.
  ctx.observe([...skipped.observations(), tradesObservation(pending)]);

  // 3. Read, check, judge and report each block. See checkBlocks.ts.
  await recallPast(ctx, head, pools);
  const done = await checkBlocks(ctx, { tasks, pools, head, queue, skipped, pauser, operators });
  queue.recheck(done.recheck);
  memory.last = done.last ?? memory.last;
  if (done.checked > 0) await save(ctx, memory, { pools, chainTime: head.timestamp });

  // 4. Report the round to the runtime.
  const mode = modeOf(ctx.config);
  const awaitsBlock = followsBlocks(mode) || queue.awaitsBlock;
  // The runtime starts a round one block before the time that it is given.
  const pace = blockSecondsOf(ctx);
  const nextBlock = head.timestamp + memory.timing.after(head, pace) + pace;
  return {
    block: head,
    targets: pools.map(watched => ({
      address: watched.address,
      actions: pauser.takeDone(watched.address),
      error: done.errors.get(watched),
      next: awaitsBlock ? { what: 'check the next block', chainTime: nextBlock } : undefined,
      details: detailsOf(watched, ctx.clock.now()),
    })),
    observations: [
      ...skipped.observations(),
      lag.observation({ head, oldestWaiting: queue.oldestWaiting, waiting: queue.waiting }, ctx.clock.now()),
    ],
    followsBlocks: awaitsBlock,
    unfinished:
      (done.checked > 0 && queue.waiting > 0) ||
      [...done.recheck.values()].some(since => since < head.number),
    gauges: gaugesOf(pools, { behind: queue.waiting, skipped: skipped.total }),
    details: {
      mode: mode.kind,
      checked: memory.last?.number,
      waiting: queue.waiting,
      skipped: skipped.total,
      pausesOn: pausesPools(ctx.config) ? ctx.config.INVARIANT_PAUSE_ON : [],
    },
  };
}

function tradesObservation({ tradesUnread: reason }: PendingBlocks): Observation {
  const about = { check: 'trades-unread' };
  if (reason === undefined) return { ...about, failing: false };
  const message = `the trades of new blocks could not be read: ${reason}. The checks at these trades wait, so a theft by a trade is seen late. First: look at the nodes in /status`;
  return { ...about, failing: true, message };
}

async function save(
  ctx: Context,
  { keeper, queue }: Memory,
  { pools, chainTime }: { pools: readonly WatchedPool[]; chainTime: number },
): Promise<void> {
  try {
    await keeper.save(pools, { trail: queue.trail, chainTime, nowMs: ctx.clock.now() });
  } catch (error) {
    ctx.logger.error('the history could not be written: a restart now would lose it', {
      reason: reasonOf(error),
    });
  }
}
