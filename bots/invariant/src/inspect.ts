import { reasonOf } from '@service-bots/core/errors';
import { AllEndpointsFailed, type Block, readBlock } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { checks, type View } from './checks/index.ts';
import { lookCloser } from './closerLook.ts';
import { evaluate, needsCloserLook, type Verdict } from './evaluate.ts';
import { readSnapshots, type Snapshot } from './snapshot.ts';
import type { WatchedPool } from './watchedPool.ts';

type Context = Pick<BotContext<unknown>, 'provider' | 'reader' | 'logs' | 'logger'>;

/** A pool at a block: what was seen, and what the checks came to. */
export interface Inspection {
  watched: WatchedPool;
  view: View;
  verdicts: Verdict[];
}

/** Past checkpoints read for the first time in one block, over all pools. */
const newCheckpointsPerBlock = 120;

/** Reads pools at one block: all in one request. @throws what the reader throws when nothing can be read */
export function readPoolsAt(
  { provider, reader }: Pick<Context, 'provider' | 'reader'>,
  block: Block,
  pools: readonly WatchedPool[],
): Promise<Snapshot[]> {
  const most = Math.max(Math.floor(newCheckpointsPerBlock / Math.max(pools.length, 1)), 2);
  const questions = pools.map(({ pool, checkpoints }) => ({
    pool,
    checkpoints: checkpoints.toRead(block.timestamp, most),
  }));
  return readSnapshots(provider, reader, block, questions);
}

/** Judges what was read of the pools at a block. Whatever seems wrong is looked at more closely before it counts. */
export async function inspect(
  ctx: Context,
  block: Block,
  pools: readonly WatchedPool[],
  snapshots: readonly Snapshot[],
): Promise<Inspection[]> {
  const parents = await readParents(ctx, block, pools);
  const inspections = pools.map((watched, i): Inspection => {
    const { pool, history, last } = watched;
    const now = snapshots[i] as Snapshot;
    const view: View = { pool, now, before: last?.snapshot ?? parents.get(watched), history };
    return { watched, view, verdicts: evaluate(checks, view) };
  });
  const suspicious = inspections.filter(({ watched, verdicts }) =>
    needsCloserLook(verdicts, watched.last?.verdicts ?? []),
  );
  const closer = await lookCloser(ctx, block, suspicious);
  return inspections.map(inspection => {
    const look = closer.get(inspection.watched);
    if (!look) return inspection;
    const view = { ...inspection.view, closer: look };
    return { ...inspection, view, verdicts: evaluate(checks, view) };
  });
}

/** The block before, for pools that were not looked at yet. */
async function readParents(
  ctx: Context,
  block: Block,
  pools: readonly WatchedPool[],
): Promise<Map<WatchedPool, Snapshot>> {
  const fresh = pools.filter(({ last }) => last === undefined);
  if (fresh.length === 0 || block.number === 0) return new Map();
  try {
    const parent = await readBlock(ctx.provider, block.number - 1);
    if (parent?.hash !== block.parentHash) return new Map();
    const snapshots = await readPoolsAt(ctx, parent, fresh);
    // A pool that began in this very block was not there before.
    return new Map(
      fresh.flatMap((pool, i) => {
        const snapshot = snapshots[i] as Snapshot;
        return snapshot.market.ok ? [[pool, snapshot] as const] : [];
      }),
    );
  } catch (error) {
    if (error instanceof AllEndpointsFailed) throw error;
    ctx.logger.info('the block before the first could not be read: one check less at the first block', {
      block: block.number - 1,
      reason: reasonOf(error),
    });
    return new Map();
  }
}
