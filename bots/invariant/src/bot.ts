import { createRequire } from 'node:module';
import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import { readBlock } from '@service-bots/core/rpc';
import type { ActionDone, Bot, BotContext, RoundReport } from '@service-bots/core/runtime';
import { Agenda, type LastChecked, modeOf, type Visit } from './agenda.ts';
import { invariantAlerts } from './alerts.ts';
import { conclude } from './conclude.ts';
import { type InvariantConfig, invariantConfig } from './config.ts';
import { discover } from './discover.ts';
import { emptyFile, HistoryKeeper, historyFile } from './historyStore.ts';
import { inspect, readPoolsAt } from './inspect.ts';
import { detailsOf, gaugesOf } from './report.ts';
import { Skipped } from './skipped.ts';
import type { Snapshot } from './snapshot.ts';
import type { WatchedPool } from './watchedPool.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

type Context = BotContext<InvariantConfig>;

/** Blocks checked in one round, when there is much to catch up on. */
const visitsPerRound = 64;
/** Blocks read at a time; they are judged one after the other. */
const readAhead = 8;
/** The longest pause in the modes that follow blocks. */
const longestPauseMs = 15_000;

/** Everything one process remembers beside its pools. */
interface Memory {
  agenda: Agenda;
  keeper: HistoryKeeper;
  skipped: Skipped;
  /** The newest block that was checked for all pools. */
  last: LastChecked;
}

/** Watches the invariants of Hyperdrive pools. */
export function createInvariantBot(): Bot<typeof invariantConfig, WatchedPool> {
  let memory: Memory | undefined;
  const remembered = (ctx: Context): Memory => {
    memory ??= {
      agenda: new Agenda(modeOf(ctx.config), ctx.config.INVARIANT_CATCH_UP_BLOCKS),
      keeper: new HistoryKeeper(ctx.store('history', historyFile, emptyFile)),
      skipped: new Skipped(),
      last: undefined,
    };
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
    discover,
    round: (ctx, pools) => round(ctx, pools, remembered(ctx)),
  };
}

/** Seconds that pass on the chain in one here. */
function speedOf({ BLOCK_TIME: blockTime, BLOCK_TIMESTAMP_INTERVAL: interval }: InvariantConfig): number {
  return blockTime && interval ? interval / blockTime : 1;
}

/** With trades to look out for, blocks are followed in between. */
function paceOf({ everyMs, onTrades }: { everyMs: number; onTrades: boolean }): number {
  return onTrades ? Math.min(everyMs, longestPauseMs) : everyMs;
}

/** Finds the blocks that are to be checked, reads the pools there, runs the checks, and tells what they came to. */
async function round(ctx: Context, pools: readonly WatchedPool[], memory: Memory): Promise<RoundReport> {
  const { agenda, keeper, skipped } = memory;
  const kept = await keeper.restore(pools);
  const {
    head,
    visits,
    skipped: left,
    replacedFrom,
  } = await agenda.look(
    ctx,
    pools.map(({ address }) => address),
    kept,
  );
  const isNew = ({ last }: WatchedPool) => last === undefined;
  if (visits.length === 0 && pools.some(isNew))
    visits.push({ block: head, pools: new Set(pools.filter(isNew).map(({ address }) => address)) });
  if (left > 0) skipped.add(left, 'there were more than INVARIANT_CATCH_UP_BLOCKS to catch up on');
  if (replacedFrom !== undefined) for (const watched of pools) watched.forgetFrom(replacedFrom);
  await dropReplaced(ctx, visits, pools);

  const observations: Observation[] = [];
  const actions = new Map<WatchedPool, ActionDone[]>();
  let failure: unknown;
  let checked = 0;
  for (let i = 0; i < Math.min(visits.length, visitsPerRound) && failure === undefined; i += readAhead) {
    const group = visits.slice(i, Math.min(i + readAhead, visitsPerRound));
    const reads = group.map(visit => readVisit(ctx, visit, pools));
    for (const [k, visit] of group.entries()) {
      try {
        const { block } = visit;
        const concerned = poolsOf(visit, pools);
        const inspections = await inspect(ctx, block, concerned, await (reads[k] as Promise<Snapshot[]>));
        const isNewest = block.number >= head.number;
        for (const inspection of inspections) {
          const told = await conclude(ctx, inspection, isNewest);
          observations.push(...told.observations);
          if (told.actions.length > 0) actions.set(inspection.watched, told.actions);
        }
        if (visit.pools === undefined) memory.last = block;
        agenda.done(visit);
        skipped.read(block);
        checked += 1;
      } catch (error) {
        failure = error;
        if (!skipped.failed(visit.block, error)) break;
        // It was tried often enough: the block cannot be had.
        agenda.done(visit);
        failure = undefined;
      }
    }
  }
  if (failure !== undefined && checked === 0) throw failure;
  const isUpToDate = agenda.waiting === 0;
  if (checked > 0) await save(ctx, memory, pools, isUpToDate);
  observations.push(...skipped.observations());
  // The runtime looks a block early: so it looks when the next block is due.
  const nextBlock = head.timestamp + (2 * ctx.chain.blockTimeMs * speedOf(ctx.config)) / 1000;
  return {
    block: head,
    targets: pools.map(watched => ({
      address: watched.address,
      actions: actions.get(watched) ?? [],
      next: followsBlocks(ctx) ? { what: 'check the next block', chainTime: nextBlock } : undefined,
      details: detailsOf(watched, ctx.clock.now()),
    })),
    observations,
    unfinished: !isUpToDate && failure === undefined,
    gauges: gaugesOf(pools, { behind: agenda.waiting, skipped: skipped.total }),
    details: {
      mode: modeOf(ctx.config).kind,
      checked: memory.last?.number,
      waiting: agenda.waiting,
      skipped: skipped.total,
    },
  };
}

function followsBlocks({ config }: Context): boolean {
  const mode = modeOf(config);
  return mode.kind !== 'periodic' || mode.onTrades;
}

function poolsOf({ pools: wanted }: Visit, pools: readonly WatchedPool[]): readonly WatchedPool[] {
  return wanted ? pools.filter(({ address }) => wanted.has(address)) : pools;
}

/** Begun before its turn comes, so that a failure is nobody's until then. */
function readVisit(ctx: Context, visit: Visit, pools: readonly WatchedPool[]): Promise<Snapshot[]> {
  const reading = readPoolsAt(ctx, visit.block, poolsOf(visit, pools));
  reading.catch(() => undefined);
  return reading;
}

/** Without following blocks nobody tells of a reorg: the block that is to be compared with may be gone. */
async function dropReplaced(
  ctx: Context,
  visits: readonly Visit[],
  pools: readonly WatchedPool[],
): Promise<void> {
  const [first] = visits;
  if (!first || followsBlocks(ctx)) return;
  const lasts = new Map(
    pools.flatMap(({ last }) => (last ? [[last.snapshot.block.hash, last.snapshot.block]] : [])),
  );
  for (const block of lasts.values()) {
    if (block.hash === first.block.parentHash) continue;
    const now = await readBlock(ctx.provider, block.number);
    if (now?.hash !== block.hash) for (const watched of pools) watched.forgetFrom(block.number);
  }
}

async function save(
  ctx: Context,
  { keeper, last }: Memory,
  pools: readonly WatchedPool[],
  isUpToDate: boolean,
): Promise<void> {
  try {
    const isRare = !followsBlocks(ctx);
    await keeper.save(pools, last, ctx.clock.now(), isRare || (isUpToDate && ctx.stop.aborted));
  } catch (error) {
    ctx.logger.error('the history could not be written: a restart now would forget it', {
      reason: reasonOf(error),
    });
  }
}
