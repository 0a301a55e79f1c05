import type { Logger } from '@service-bots/core/logger';
import type { Block, RawLog } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { CloserLook, View } from './checks/index.ts';
import { totalShares } from './checks/totalShares.ts';
import type { Verdict } from './evaluate.ts';
import { eventOf, eventTopics } from './events.ts';
import { type OpenShorts, readOpenShorts } from './openShorts.ts';
import type { WatchedPool } from './watchedPool.ts';

type Context = Pick<BotContext<unknown>, 'reader' | 'logs'> & { logger: Pick<Logger, 'warning'> };

interface Suspect {
  watched: WatchedPool;
  view: View;
  verdicts: readonly Verdict[];
}

/** What is only worth reading about pools that something seems wrong with: their events, and what shorts began at. */
export async function lookCloser(
  ctx: Context,
  block: Block,
  suspects: readonly Suspect[],
): Promise<Map<WatchedPool, CloserLook>> {
  if (suspects.length === 0) return new Map();
  const [logs, shorts] = await Promise.all([
    readLogs(ctx, block, suspects),
    Promise.all(suspects.map(suspect => readShorts(ctx, block, suspect))),
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
        openShorts: shorts[i],
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
  const filter = { address, topics: [[...eventTopics]] };
  try {
    if (from === block.number) return await logs.ofBlock(filter, block);
    const found = await logs.read(filter, from, block.number);
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

async function readShorts(
  { reader, logger }: Context,
  block: Block,
  { view: { pool, now }, verdicts }: Suspect,
): Promise<readonly OpenShorts[] | undefined> {
  // They are hundreds of reads, and explain nothing else.
  const isMissing = ({ check, result }: Verdict) => check === totalShares && result.outcome === 'fails';
  if (!verdicts.some(isMissing)) return undefined;
  try {
    return await readOpenShorts(reader, pool, now);
  } catch (error) {
    logger.warning('the prices at which shorts were opened could not be read', {
      block: block.number,
      error,
    });
    return undefined;
  }
}
