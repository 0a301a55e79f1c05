import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { BlockQueue, BlockTask } from './blocks/BlockQueue.ts';
import { modeOf } from './blocks/mode.ts';
import type { SkippedBlocks } from './blocks/SkippedBlocks.ts';
import type { InvariantConfig } from './config.ts';
import { conclude, crossCheckCritical } from './judging/conclude.ts';
import type { Operators } from './judging/crossCheck.ts';
import { inspect, readPoolsAt } from './judging/inspect.ts';
import type { Pauser } from './judging/Pauser.ts';
import type { WatchedPool } from './pools/WatchedPool.ts';
import type { Snapshot } from './readings/index.ts';
import { Transitions } from './reporting/Transitions.ts';

type Context = BotContext<InvariantConfig>;

/** The most blocks checked in one round during a long catch-up. */
const blocksPerRound = 64;
/** The number of blocks that are read at a time; their checks run one after the other. */
const readAhead = 4;
/** The number of past checkpoints that are read with each block when blocks are checked rarely. */
const checkpointsPerRareBlock = 3_000;

/** The work of a round, and the places that record it. */
export interface Work {
  tasks: readonly BlockTask[];
  pools: readonly WatchedPool[];
  head: Block;
  queue: BlockQueue;
  skipped: SkippedBlocks;
  pauser: Pauser;
  operators: Operators;
}

/** The result of the work. */
export interface Done {
  /** How many blocks were checked. */
  checked: number;
  /** The newest block that was checked for all pools. */
  last: Block | undefined;
  /** Pools whose numbers were read and could not be processed: a defect of ours. */
  errors: Map<WatchedPool, unknown>;
  /** Addresses of pools to check again, each in a block after this one. */
  recheck: Map<string, number>;
}

/**
 * Checks blocks in their order, as many as a round should, and reports each at once. A block that cannot be
 * read stops it, to be tried again; after some tries it is skipped.
 * @throws the reason why the first block could not be read
 */
export async function checkBlocks(ctx: Context, work: Work): Promise<Done> {
  const transitions = new Transitions();
  const done: Done = { checked: 0, last: undefined, errors: new Map(), recheck: new Map() };
  // Well within its limit: a round that is cut off counts as failed.
  const endAt = ctx.clock.now() + (ctx.config.ROUND_TIMEOUT_SECONDS * 1000) / 3;
  const tasks = work.tasks.slice(0, blocksPerRound);
  for (let i = 0; i < tasks.length && (i === 0 || ctx.clock.now() < endAt); i += readAhead) {
    const group = tasks.slice(i, i + readAhead);
    const reads = group.map(task => begin(ctx, task, work.pools));
    for (const [k, task] of group.entries()) {
      try {
        await check(ctx, task, { reading: reads[k] as Promise<Snapshot[]>, work, done, transitions });
        work.skipped.read(task.block);
      } catch (error) {
        const isGivenUp = work.skipped.failed(task.block, error, work.head);
        if (!isGivenUp && done.checked === 0) throw error;
        if (!isGivenUp) return done;
      }
      work.queue.done(task);
    }
  }
  return done;
}

async function check(
  ctx: Context,
  task: BlockTask,
  {
    reading,
    work: { pools, head, pauser, operators },
    done,
    transitions,
  }: { reading: Promise<Snapshot[]>; work: Work; done: Done; transitions: Transitions },
): Promise<void> {
  const { block } = task;
  // 1. Run the checks, with diagnostics for those that seem to fail.
  const inspections = await inspect(ctx, block, { pools: concerned(task, pools), snapshots: await reading });
  // 2. Ask other endpoints about critical findings.
  const confirmations = await crossCheckCritical(ctx, { block, inspections, operators });
  // 3. Decide what to report of each pool, and whether to pause it.
  const isNewest = block.number >= head.number;
  const observations: Observation[] = [];
  for (const inspection of inspections) {
    const { watched } = inspection;
    try {
      const finding = { inspection, confirmations: confirmations.get(watched) ?? new Map(), isNewest };
      conclude(ctx, finding, { transitions, observations, pauser, recheck: done.recheck });
    } catch (error) {
      ctx.logger.error('the results for a pool could not be processed', {
        pool: watched.address,
        reason: reasonOf(error),
      });
      done.errors.set(watched, error);
    }
  }
  // The observations are sent at once, since a round may not reach its end.
  if (observations.length > 0) ctx.observe(observations);
  if (task.pools === undefined) done.last = block;
  done.checked += 1;
}

/** Starts to read a block before its turn; a failure has no effect until then. */
function begin(ctx: Context, task: BlockTask, pools: readonly WatchedPool[]): Promise<Snapshot[]> {
  const isRare = modeOf(ctx.config).kind === 'periodic';
  const reading = readPoolsAt(ctx, task.block, {
    pools: concerned(task, pools),
    ...(isRare ? { newCheckpoints: checkpointsPerRareBlock } : {}),
  });
  reading.catch(() => undefined);
  return reading;
}

function concerned({ pools: wanted }: BlockTask, pools: readonly WatchedPool[]): readonly WatchedPool[] {
  return wanted ? pools.filter(({ address }) => wanted.has(address)) : pools;
}
