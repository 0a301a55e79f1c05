import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import { type RawLog, readBlock, readHead } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { formatEther } from 'ethers';
import { z } from 'zod';
import type { KeeperConfig } from './config.ts';
import { followPauses, type PauseEvent, pauseSchema } from './followPauses.ts';
import { poolEventIn, prizePoolAbi } from './prizePool.ts';

/** The period of reminders after a change, in seconds. */
const remindSeconds = 86_400;
/** Blocks that may still be replaced. */
const reorgBlocks = 3;
/** The most blocks between two saves of the cursor. */
const stretchBlocks = 5_000;
/** A look ends after this time, and the next one continues: rounds do not wait for years of events. */
const budgetMs = 6_000;

const eventSchema = z.object({
  check: z.enum(['owner-changed', 'ticket-price-changed', 'pool-was-paused']),
  pool: z.string(),
  message: z.string(),
  hash: z.string(),
  block: z.number(),
  /** Seconds since 1970. */
  time: z.number(),
});
type GovernanceEvent = z.infer<typeof eventSchema>;

const governanceSchema = z.object({
  nextBlock: z.number(),
  recent: z.array(eventSchema),
  // Absent in files of earlier versions.
  pauses: z.array(pauseSchema).default([]),
  watchedFrom: z.record(z.string(), z.number()).optional(),
});
type Governance = z.infer<typeof governanceSchema>;

const topicOf = (name: string) => prizePoolAbi.getEvent(name)?.topicHash as string;
const topics = ['OwnerTransferStarted', 'OwnerTransferred', 'TicketPriceUpdated', 'Paused', 'Unpaused'].map(
  topicOf,
);

/** A pool, the last block at which a round found it paused, and the block since which it is watched. */
interface Governed {
  address: string;
  name: string;
  pausedAt: number | undefined;
  /** The block at which this keeper first looked at it, kept on disk; undefined while that is not known. */
  watchedFrom: number | undefined;
}

/**
 * Reads the changes by the pools' owners since the last look, however long ago that was: the next block to
 * read is kept on disk. A change within the last day counts as failing.
 */
export async function lookAtGovernance(
  ctx: BotContext<KeeperConfig>,
  pools: readonly Governed[],
): Promise<Observation[]> {
  const store = ctx.store<Governance>('governance', governanceSchema, () => ({
    nextBlock: -1,
    recent: [],
    pauses: [],
  }));
  const unread = { check: 'governance-unread' };
  let known: Governance = { nextBlock: -1, recent: [], pauses: [] };
  const startedAt = ctx.clock.monotonicMs();
  let trouble: Observation = { ...unread, failing: false };
  try {
    known = await store.read();
    const head = await readHead(ctx.provider);
    const last = head.number - reorgBlocks;
    // A keeper that never ran before has nothing to catch up on.
    const isFirstRun = known.nextBlock < 0;
    if (isFirstRun) known = { ...known, nextBlock: Math.max(last + 1, 0) };
    known = {
      ...known,
      watchedFrom: noteWatched(known.watchedFrom, pools, { isFirstRun, head: head.number }),
    };
    known = { ...known, recent: known.recent.filter(({ time }) => head.timestamp - time < remindSeconds) };
    while (known.nextBlock <= last && ctx.clock.monotonicMs() - startedAt < budgetMs) {
      // At most one request: the time of the look is checked after each.
      const blocks = Math.min(stretchBlocks, ctx.provider.sizeOf('logRange'));
      const to = Math.min(known.nextBlock + blocks - 1, last);
      const address = pools.map(pool => pool.address);
      const logs = await ctx.logs.read({ address, topics: [topics] }, known.nextBlock, to);
      const found = await Promise.all(logs.map(log => eventOf(ctx, pools, log)));
      const changes = found.flatMap(event => (event && 'check' in event ? event : []));
      const { pauses, missed } = followPauses(
        known.pauses,
        found.flatMap(event => (event && 'kind' in event ? event : [])),
        pool => pools.find(({ address }) => address === pool)?.pausedAt,
      );
      const overlooked = missed.map(pause => ({ ...pause, check: 'pool-was-paused' as const }));
      known = { ...known, nextBlock: to + 1, recent: [...known.recent, ...changes, ...overlooked], pauses };
      await store.write(known);
    }
    if (known.nextBlock <= last)
      ctx.logger.info('catching up on governance events', { next: known.nextBlock, last });
    await store.write(known);
  } catch (error) {
    const since = known.nextBlock < 0 ? 'from now on' : `from block ${known.nextBlock} on`;
    trouble = {
      ...unread,
      failing: true,
      message: `a new owner, a pause or a new ticket price ${since} is not noticed: ${reasonOf(error)}. Rounds are committed and settled as before. First: look at the nodes in /status`,
    };
  }
  return [trouble, ...observationsOf(known.recent)];
}

/**
 * Returns the earlier of the blocks from the disk and from this process: where nothing can be written, the
 * first look still counts.
 */
function noteWatched(
  known: WatchedFrom | undefined,
  pools: readonly Governed[],
  { isFirstRun, head }: { isFirstRun: boolean; head: number },
): WatchedFrom {
  const addresses = pools.map(({ address }) => address);
  const watched = watchedFromNowOn(known, addresses, { isFirstRun, head });
  for (const pool of pools)
    pool.watchedFrom = Math.min(watched[pool.address] ?? head, pool.watchedFrom ?? head);
  return { ...watched, ...Object.fromEntries(pools.map(pool => [pool.address, pool.watchedFrom ?? head])) };
}

/**
 * Each transaction is a separate observation: an offer of ownership and its acceptance are two events to
 * report.
 */
function observationsOf(recent: readonly GovernanceEvent[]): Observation[] {
  return recent.map(({ check, pool, hash, block }) => {
    const together = recent.filter(
      other => other.check === check && other.pool === pool && other.hash === hash,
    );
    const message = together.map(event => event.message).join('; ');
    return { check, pool, subject: hash, failing: true, message, data: { hash, block } };
  });
}

async function eventOf(
  ctx: BotContext<KeeperConfig>,
  pools: readonly { address: string; name: string }[],
  log: RawLog,
): Promise<GovernanceEvent | PauseEvent | undefined> {
  const pool = pools.find(({ address }) => address.toLowerCase() === log.address.toLowerCase());
  const event = poolEventIn(log);
  if (!pool || !event) return undefined;
  const number = Number(log.blockNumber);
  const block = await readBlock(ctx.provider, number);
  const [before, after] = event.args;
  const { address, name } = pool;
  const about = { pool: address, hash: log.transactionHash, block: number, time: block?.timestamp ?? 0 };
  if (event.name === 'Paused' || event.name === 'Unpaused') return { ...about, kind: event.name, name };
  if (event.name === 'TicketPriceUpdated') {
    const price = (wei: bigint) => `${formatEther(wei)} ${ctx.chain.currency}`;
    const message = `${name}: a ticket costs ${price(after)} instead of ${price(before)}`;
    return { ...about, check: 'ticket-price-changed', message };
  }
  const message =
    event.name === 'OwnerTransferStarted'
      ? `${name}: its owner ${before} offers the pool to ${after}. First: ask pool governance whether this was planned`
      : `${name}: the pool belongs to ${after} now, and belonged to ${before} before. First: ask pool governance whether this was planned`;
  return { ...about, check: 'owner-changed', message };
}

/** The block at which a pool was first looked at with this state folder, by the pool's address. */
export type WatchedFrom = Readonly<Record<string, number>>;

/**
 * Adds the pools without an earlier look.
 * @param known undefined in a file of an earlier version, which did not store it: those pools were watched
 * all along
 * @param isFirstRun no file existed
 */
export function watchedFromNowOn(
  known: WatchedFrom | undefined,
  pools: readonly string[],
  { isFirstRun, head }: { isFirstRun: boolean; head: number },
): WatchedFrom {
  const since = known === undefined && !isFirstRun ? 0 : head;
  return { ...Object.fromEntries(pools.map(pool => [pool, since])), ...known };
}
