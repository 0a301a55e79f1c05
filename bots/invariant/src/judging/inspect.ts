import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import { type Block, readBlock } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { evaluate, needsDiagnostics } from '../checks/evaluate.ts';
import { checks, type Diagnostics, type View } from '../checks/index.ts';
import { comparedWith } from '../checks/lastPriced.ts';
import type { Verdict } from '../checks/verdict.ts';
import type { WatchedPool } from '../pools/WatchedPool.ts';
import { type Snapshot, unreadSnapshot } from '../readings/index.ts';
import { readSnapshots } from '../readings/readSnapshots.ts';
import { readDiagnostics } from './readDiagnostics.ts';

type Context = Pick<BotContext<unknown>, 'provider' | 'reader' | 'logs' | 'logger'>;

/** A pool at a block: the values read, and the results of the checks. */
export interface Inspection {
  watched: WatchedPool;
  view: View;
  verdicts: Verdict[];
}

/** Past checkpoints read for the first time in one block, over all pools. */
const newCheckpointsAtOnce = 120;
/** Checkpoints that began since the block before, over all pools: one for each pool, unless the chain's time jumps. */
const newlyBegunAtOnce = 800;
/** The longest wait for the additional reads of a finding: a longer wait would delay the alert. */
const diagnosticsMs = 5_000;

/** Reads pools at one block: all in one request. @throws what the reader throws when nothing can be read */
export function readPoolsAt(
  { provider, reader }: Pick<Context, 'provider' | 'reader'>,
  block: Block,
  {
    pools,
    newCheckpoints = newCheckpointsAtOnce,
  }: { pools: readonly WatchedPool[]; newCheckpoints?: number },
): Promise<Snapshot[]> {
  const most = Math.max(Math.floor(newCheckpoints / Math.max(pools.length, 1)), 2);
  const mostNew = Math.floor(newlyBegunAtOnce / Math.max(pools.length, 1));
  const questions = pools.map(({ pool, checkpoints }) => ({
    pool,
    checkpoints: checkpoints.toRead(block.timestamp, most, Math.max(most, mostNew)),
  }));
  return readSnapshots({ provider, reader }, block, questions);
}

/**
 * Runs the checks on the pools as read at a block. A check that seems to fail is examined more closely before
 * it counts.
 * @throws BotError when the block is no longer part of the chain
 */
export async function inspect(
  ctx: Context,
  block: Block,
  { pools, snapshots }: { pools: readonly WatchedPool[]; snapshots: readonly Snapshot[] },
): Promise<Inspection[]> {
  const befores = await readBefore(ctx, block, pools);
  const inspections = pools.map((watched, i): Inspection => {
    const now = snapshots[i] as Snapshot;
    const parent = befores.get(watched);
    // The values that the check of the block before would have stored.
    if (watched.last === undefined && parent) watched.recall(parent);
    const { pool, history } = watched;
    const before = comparedWith(pool, now, { before: parent, lastPriced: watched.lastPriced });
    const unknown = watched.unknownCheckpoints(now);
    const view: View = { pool, now, before, history, ...(unknown ? { unknownCheckpoints: unknown } : {}) };
    return { watched, view, verdicts: evaluate(checks, view) };
  });
  const suspicious = inspections.filter(({ watched, verdicts }) =>
    needsDiagnostics(verdicts, watched.last?.verdicts ?? []),
  );
  const late = () => new BotError(`it took more than ${diagnosticsMs / 1000} s`);
  const diagnostics = await withDeadline(
    readDiagnostics(ctx, block, { suspects: suspicious }),
    diagnosticsMs,
    late,
  ).catch(error => {
    ctx.logger.warning(
      'the events and prices behind a finding were not read in time: the alert goes out without them',
      { block: block.number, error },
    );
    return new Map(suspicious.flatMap(({ watched }) => established(watched)));
  });
  return inspections.map(inspection => {
    const look = diagnostics.get(inspection.watched);
    if (!look) return lasting(inspection);
    const view = { ...inspection.view, diagnostics: look };
    return { ...inspection, view, verdicts: evaluate(checks, view) };
  });
}

/** The result of an earlier examination still explains the same amount. */
function established(watched: WatchedPool): [WatchedPool, Diagnostics][] {
  const { shortsLedger } = watched;
  return shortsLedger ? [[watched, { events: undefined, openShorts: undefined, shortsLedger }]] : [];
}

/**
 * A finding that persists keeps the events recorded when it first failed, so a later reader of the alert gets
 * them too.
 */
function lasting(inspection: Inspection): Inspection {
  const { watched, view, verdicts } = inspection;
  const events = watched.last?.events;
  if (!events || !verdicts.some(({ result }) => result.outcome === 'fails')) return inspection;
  return { ...inspection, view: { ...view, diagnostics: { events, openShorts: undefined } } };
}

/**
 * Returns the block before, for each pool: the values read when it was checked, else read now. Absent for
 * pools that began after it.
 */
async function readBefore(
  ctx: Context,
  block: Block,
  pools: readonly WatchedPool[],
): Promise<Map<WatchedPool, Snapshot>> {
  const found = new Map<WatchedPool, Snapshot>();
  for (const watched of pools)
    if (watched.last?.snapshot.block.hash === block.parentHash) found.set(watched, watched.last.snapshot);
  const missing = pools.filter(watched => !found.has(watched));
  if (missing.length === 0 || block.number === 0) return found;
  const snapshots = await readParent(ctx, block, missing);
  for (const [i, watched] of missing.entries()) {
    const snapshot = snapshots[i] as Snapshot;
    if (snapshot.market.ok || !watched.isNew) found.set(watched, snapshot);
  }
  return found;
}

/**
 * Reads the block before. A failure does not keep the other findings from being reported. @throws BotError
 * when the chain has another block there
 */
async function readParent(ctx: Context, block: Block, pools: readonly WatchedPool[]): Promise<Snapshot[]> {
  const number = block.number - 1;
  let parent: Block | undefined;
  try {
    parent = await readBlock(ctx.provider, number);
    if (parent?.hash === block.parentHash) return await readPoolsAt(ctx, parent, { pools });
  } catch (error) {
    const about = { number, hash: block.parentHash, parentHash: '', timestamp: block.timestamp };
    const reason = `the block before could not be read: ${reasonOf(error)}`;
    return pools.map(() => unreadSnapshot({ ...about, baseFeeWei: undefined }, reason));
  }
  throw new BotError(`block ${block.number} is no longer part of the chain`);
}
