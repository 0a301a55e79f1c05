import type { Logger } from '@service-bots/core/logger';
import type { Block, RawLog, Read } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { CloserLook, View } from './checks/index.ts';
import { eventOf, eventTopics } from './events.ts';
import type { InvariantPool } from './pool.ts';
import { checkpointPrice, type Snapshot } from './snapshot.ts';
import type { WatchedPool } from './watchedPool.ts';

type Context = Pick<BotContext<unknown>, 'reader' | 'logs'> & { logger: Pick<Logger, 'warning'> };

interface Suspect {
  watched: WatchedPool;
  view: View;
}

/** What is only worth reading about pools that something seems wrong with: their events, and what shorts began at. */
export async function lookCloser(
  ctx: Context,
  block: Block,
  suspects: readonly Suspect[],
): Promise<Map<WatchedPool, CloserLook>> {
  if (suspects.length === 0) return new Map();
  const [logs, prices] = await Promise.all([
    readLogs(ctx, block, suspects),
    readOpeningPrices(ctx, block, suspects),
  ]);
  return new Map(
    suspects.map(({ watched, view: { pool, before } }, i) => [
      watched,
      {
        events: logs
          ?.filter(
            log =>
              log.address.toLowerCase() === pool.address.toLowerCase() &&
              Number(log.blockNumber) > (before?.block.number ?? block.number - 1),
          )
          .flatMap(log => eventOf(log, pool.decimals) ?? []),
        shortsOpenedAt: prices[i],
      },
    ]),
  );
}

/** Everything that happened to the suspects since they were last looked at; undefined when that cannot be had. */
async function readLogs(
  { logs, logger }: Context,
  block: Block,
  suspects: readonly Suspect[],
): Promise<RawLog[] | undefined> {
  const from = Math.min(...suspects.map(({ view }) => view.before?.block.number ?? block.number - 1)) + 1;
  const address = suspects.map(({ watched }) => watched.address);
  try {
    const found = await logs.read({ address, topics: [[...eventTopics]] }, from, block.number);
    // Asked by number: a reorg in between would show another block's events.
    const isOther = found.some(
      log => Number(log.blockNumber) === block.number && log.blockHash !== block.hash,
    );
    return isOther ? undefined : found;
  } catch (error) {
    logger.warning('the events of a block could not be read', { block: block.number, error });
    return undefined;
  }
}

async function readOpeningPrices(
  { reader, logger }: Context,
  block: Block,
  suspects: readonly Suspect[],
): Promise<(bigint | undefined)[]> {
  const reads = suspects.map(({ view: { pool, now } }) => openingPriceRead(pool, now));
  const wanted = reads.filter(read => read !== undefined);
  try {
    const results = wanted.length > 0 ? await reader.read(block, wanted) : [];
    return reads.map(read => {
      const result = read && results[wanted.indexOf(read)];
      return result?.ok ? result.value.vaultSharePrice : undefined;
    });
  } catch (error) {
    logger.warning('the prices at which shorts were opened could not be read', {
      block: block.number,
      error,
    });
    return reads.map(() => undefined);
  }
}

/** The checkpoint in which the shorts that are open were opened, on average. */
function openingPriceRead(
  { address, positionDuration, checkpointDuration }: InvariantPool,
  { market }: Snapshot,
): Read<{ vaultSharePrice: bigint }> | undefined {
  if (!market.ok || market.value.shortsOutstanding === 0n) return undefined;
  const opened = Number(market.value.shortAverageMaturityTime / 10n ** 18n) - positionDuration;
  return checkpointPrice(address, opened - (opened % checkpointDuration));
}
