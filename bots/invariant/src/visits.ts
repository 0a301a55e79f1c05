import type { Observation } from '@service-bots/core/alerts';
import type { Block } from '@service-bots/core/rpc';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import type { Agenda, Visit } from './agenda.ts';
import { conclude } from './conclude.ts';
import type { InvariantConfig } from './config.ts';
import { inspect, readPoolsAt } from './inspect.ts';
import type { Skipped } from './skipped.ts';
import type { Snapshot } from './snapshot.ts';
import { Transitions } from './transitions.ts';
import type { WatchedPool } from './watchedPool.ts';

type Context = BotContext<InvariantConfig>;

/** Blocks checked in one round, when there is much to catch up on. */
const visitsPerRound = 64;
/** Blocks read at a time; they are judged one after the other. */
const readAhead = 4;

/** What there is to do, and where it is accounted for. */
export interface Work {
  visits: readonly Visit[];
  pools: readonly WatchedPool[];
  head: Block;
  agenda: Agenda;
  skipped: Skipped;
}

/** What came of it. */
export interface Done {
  observations: readonly Observation[];
  actions: Map<WatchedPool, ActionDone[]>;
  /** How many blocks were checked. */
  checked: number;
  /** The newest block that was checked for all pools. */
  last: Block | undefined;
}

/**
 * Checks blocks in their order, as many as a round should. A block that cannot be read stops it, to be tried again;
 * after some tries it is skipped.
 * @throws what kept the first block from being read
 */
export async function checkVisits(ctx: Context, work: Work): Promise<Done> {
  const told = new Transitions();
  const { observations } = told;
  const done: Done = { observations, actions: new Map(), checked: 0, last: undefined };
  const visits = work.visits.slice(0, visitsPerRound);
  for (let i = 0; i < visits.length; i += readAhead) {
    const group = visits.slice(i, i + readAhead);
    const reads = group.map(visit => begin(ctx, visit, work.pools));
    for (const [k, visit] of group.entries()) {
      try {
        await check(ctx, visit, reads[k] as Promise<Snapshot[]>, work, done, told);
        work.skipped.read(visit.block);
      } catch (error) {
        const isGivenUp = work.skipped.failed(visit.block, error);
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
  { pools, head }: Work,
  done: Done,
  told: Transitions,
): Promise<void> {
  const { block } = visit;
  for (const inspection of await inspect(ctx, block, concerned(visit, pools), await reading)) {
    const { observations, actions } = await conclude(ctx, inspection, block.number >= head.number);
    told.add(observations);
    if (actions.length > 0) done.actions.set(inspection.watched, actions);
  }
  if (visit.pools === undefined) done.last = block;
  done.checked += 1;
}

/** Reading begins before a block's turn comes; a failure is nobody's until then. */
function begin(ctx: Context, visit: Visit, pools: readonly WatchedPool[]): Promise<Snapshot[]> {
  const reading = readPoolsAt(ctx, visit.block, concerned(visit, pools));
  reading.catch(() => undefined);
  return reading;
}

function concerned({ pools: wanted }: Visit, pools: readonly WatchedPool[]): readonly WatchedPool[] {
  return wanted ? pools.filter(({ address }) => wanted.has(address)) : pools;
}
