import { BotError } from '@service-bots/core/errors';
import { type Block, findBlocks, type RawLog } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { eventTopics } from '../readings/events.ts';

/** A block with trades, and the addresses of the pools concerned. */
export interface TradedBlock {
  block: Block;
  pools: ReadonlySet<string>;
}

type Context = Pick<BotContext<unknown>, 'provider' | 'logs'>;

/**
 * The number of newest blocks that are requested by their hashes: there a node may be behind, or a reorg may
 * happen.
 */
const pinned = 8;

/**
 * Returns the blocks from `from` to `to` that contain trades, each with the pools concerned, the oldest
 * first.
 * @param known headers that need not be read
 * @throws BotError when logs or headers are not available, or belong to a replaced block: to be tried again
 */
export async function tradedBlocks(
  { provider, logs }: Context,
  { from, to }: { from: number; to: number },
  { known, pools }: { known: readonly Block[]; pools: readonly string[] },
): Promise<TradedBlock[]> {
  if (pools.length === 0 || from > to) return [];
  const filter = { address: pools, topics: [[...eventTopics]] };
  const newest = known.filter(({ number }) => number > to - pinned);
  const [older, recent] = await Promise.all([
    logs.read(filter, from, (newest[0]?.number ?? to + 1) - 1),
    logs.ofBlocks(filter, newest),
  ]);
  const found = [...older, ...recent];
  const byBlock = new Map<string, RawLog[]>();
  for (const log of found) byBlock.set(log.blockHash, [...(byBlock.get(log.blockHash) ?? []), log]);
  const headers = await headersOf(provider, byBlock, known);
  const listed = new Map(pools.map(pool => [pool.toLowerCase(), pool]));
  return headers
    .map(block => {
      const own = byBlock.get(block.hash) ?? [];
      return {
        block,
        pools: new Set(own.map(({ address }) => listed.get(address.toLowerCase()) ?? address)),
      };
    })
    .sort((a, b) => a.block.number - b.block.number);
}

async function headersOf(
  provider: Context['provider'],
  logs: ReadonlyMap<string, RawLog[]>,
  known: readonly Block[],
): Promise<Block[]> {
  const numbers = new Map(known.map(block => [block.number, block]));
  const wanted = [...logs].map(([hash, [log]]) => ({ hash, number: Number(log?.blockNumber) }));
  const unknown = wanted.filter(({ number }) => !numbers.has(number));
  const found = await findBlocks(
    provider,
    unknown.map(({ number }) => number),
  );
  for (const block of found) if (block) numbers.set(block.number, block);
  return wanted.map(({ hash, number }) => {
    const block = numbers.get(number);
    if (block?.hash === hash) return block;
    throw new BotError(`the trades of block ${number} are of another block than the chain's`);
  });
}
