import { createRequire } from 'node:module';
import { reasonOf } from '@service-bots/core/errors';
import { readBlock } from '@service-bots/core/rpc';
import type { Bot, BotContext, RoundReport } from '@service-bots/core/runtime';
import { Agenda, type LastChecked, modeOf, type Visit } from './agenda.ts';
import { invariantAlerts } from './alerts.ts';
import { type InvariantConfig, invariantConfig } from './config.ts';
import { discover } from './discover.ts';
import { emptyFile, HistoryKeeper, historyFile } from './historyStore.ts';
import { detailsOf, gaugesOf } from './report.ts';
import { Skipped } from './skipped.ts';
import { checkVisits } from './visits.ts';
import type { WatchedPool } from './watchedPool.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

type Context = BotContext<InvariantConfig>;

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

  const work = { visits, pools, head, agenda, skipped };
  const { observations, actions, checked, last } = await checkVisits(ctx, work);
  memory.last = last ?? memory.last;
  if (checked > 0) await save(ctx, memory, pools);
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
    observations: [...observations, ...skipped.observations()],
    unfinished: checked > 0 && agenda.waiting > 0,
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

async function save(ctx: Context, { keeper, last }: Memory, pools: readonly WatchedPool[]): Promise<void> {
  try {
    await keeper.save(pools, last, ctx.clock.now());
  } catch (error) {
    ctx.logger.error('the history could not be written: a restart now would forget it', {
      reason: reasonOf(error),
    });
  }
}
