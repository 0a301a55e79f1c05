import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { Agenda, Visit } from './blocks/BlockQueue.ts';
import { modeOf } from './blocks/mode.ts';
import type { Skipped } from './blocks/SkippedBlocks.ts';
import type { InvariantConfig } from './config.ts';
import { conclude, confirmCritical } from './judging/conclude.ts';
import type { Operators } from './judging/crossCheck.ts';
import { inspect, readPoolsAt } from './judging/inspect.ts';
import type { Pauser } from './judging/Pauser.ts';
import type { WatchedPool } from './pools/WatchedPool.ts';
import type { Snapshot } from './readings/readSnapshots.ts';
import { Transitions } from './reporting/Transitions.ts';

type Context = BotContext<InvariantConfig>;

/** The most blocks checked in one round during a long catch-up. */
const visitsPerRound = 64;
/** The number of blocks that are read at a time; their checks run one after the other. */
const readAhead = 4;
/** Where blocks are checked rarely, more of the past is read with each. */
const checkpointsPerRareVisit = 3_000;

/** The work of a round, and the places that record it. */
export interface Work {
  visits: readonly Visit[];
  pools: readonly WatchedPool[];
  head: Block;
  agenda: Agenda;
  skipped: Skipped;
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
  again: Map<string, number>;
}

/**
 * Checks blocks in their order, as many as a round should, and reports each at once. A block that cannot be
 * read stops it, to be tried again; after some tries it is skipped.
 * @throws the reason why the first block could not be read
 */
export async function checkVisits(ctx: Context, work: Work): Promise<Done> {
  const told = new Transitions();
  const done: Done = { checked: 0, last: undefined, errors: new Map(), again: new Map() };
  // Well within its limit: a round that is cut off counts as failed.
  const endAt = ctx.clock.now() + (ctx.config.ROUND_TIMEOUT_SECONDS * 1000) / 3;
  const visits = work.visits.slice(0, visitsPerRound);
  for (let i = 0; i < visits.length && (i === 0 || ctx.clock.now() < endAt); i += readAhead) {
    const group = visits.slice(i, i + readAhead);
    const reads = group.map(visit => begin(ctx, visit, work.pools));
    for (const [k, visit] of group.entries()) {
      try {
        await check(ctx, visit, reads[k] as Promise<Snapshot[]>, work, done, told);
        work.skipped.read(visit.block);
      } catch (error) {
        const isGivenUp = work.skipped.failed(visit.block, error, work.head);
        if (!isGivenUp && done.checked === 0) throw error;
        if (!isGivenUp) return done;
      }
      work.agenda.done(visit);
    }
  }
  return done;
}

async function check(
  ctx: Context,
  visit: Visit,
  reading: Promise<Snapshot[]>,
  { pools, head, pauser, operators }: Work,
  done: Done,
  told: Transitions,
): Promise<void> {
  const { block } = visit;
  const inspections = await inspect(ctx, block, concerned(visit, pools), await reading);
  const confirmations = await confirmCritical(ctx, block, inspections, operators);
  const isNewest = block.number >= head.number;
  const heard: Observation[] = [];
  for (const inspection of inspections) {
    const { watched } = inspection;
    try {
      const opinions = confirmations.get(watched) ?? new Map();
      conclude(ctx, inspection, opinions, isNewest, { told, heard, pauser, again: done.again });
    } catch (error) {
      ctx.logger.error('a pool could not be dealt with', { pool: watched.address, reason: reasonOf(error) });
      done.errors.set(watched, error);
    }
  }
  // The observations are sent at once, since a round may not reach its end.
  if (heard.length > 0) ctx.observe(heard);
  if (visit.pools === undefined) done.last = block;
  done.checked += 1;
}

/** Starts to read a block before its turn; a failure has no effect until then. */
function begin(ctx: Context, visit: Visit, pools: readonly WatchedPool[]): Promise<Snapshot[]> {
  const isRare = modeOf(ctx.config).kind === 'periodic';
  const reading = readPoolsAt(
    ctx,
    visit.block,
    concerned(visit, pools),
    isRare ? checkpointsPerRareVisit : undefined,
  );
  reading.catch(() => undefined);
  return reading;
}

function concerned({ pools: wanted }: Visit, pools: readonly WatchedPool[]): readonly WatchedPool[] {
  return wanted ? pools.filter(({ address }) => wanted.has(address)) : pools;
}
