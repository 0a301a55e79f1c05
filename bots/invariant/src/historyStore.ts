import type { BlockRef } from '@service-bots/core/rpc';
import type { Store } from '@service-bots/core/store';
import { z } from 'zod';
import { emptyHistory, type History } from './history.ts';
import type { WatchedPool } from './watchedPool.ts';

const price = z.string().regex(/^\d+$/);
/** Short rows, since there are many: block, time, vault share price, weighted spot price. */
const row = z.tuple([z.number().int(), z.number().int(), price, price]);

/** The file: all pools' pasts, and how far checking has come. */
export const historyFile = z.strictObject({
  version: z.literal(2),
  /** Number and hash of the newest blocks that are done with, the oldest first. */
  trail: z.array(z.tuple([z.number().int(), z.string()])).max(500),
  pools: z.record(z.string(), z.object({ moments: z.array(row).max(500) })),
});

export type HistoryFile = z.output<typeof historyFile>;
export const emptyFile = (): HistoryFile => ({ version: 2, trail: [], pools: {} });

/** What a fast chain writes at most this often; blocks since then are checked again after a crash. */
const writeEveryMs = 5_000;

/** The past of a pool that is not watched any more is kept so long, the longest look-back. */
const keptSeconds = 30 * 86_400;

/** Keeps the pools' pasts on disk, so that a restart neither forgets them nor needs an archive node. */
export class HistoryKeeper {
  readonly #store: Store<HistoryFile>;
  #file: HistoryFile | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(store: Store<HistoryFile>) {
    this.#store = store;
  }

  /** What an earlier process left. Read once. */
  async load(): Promise<HistoryFile> {
    this.#file ??= await this.#store.read();
    return this.#file;
  }

  /** The newest blocks that an earlier process was done with, the oldest first. */
  async trail(): Promise<BlockRef[]> {
    return (await this.load()).trail.map(([number, hash]) => ({ number, hash }));
  }

  /** Gives pools that are new their past, where there is one. */
  async restore(pools: readonly WatchedPool[]): Promise<void> {
    const file = await this.load();
    for (const watched of pools) {
      const kept = file.pools[watched.address];
      if (kept && watched.last === undefined && watched.history === emptyHistory)
        watched.history = fromRows(kept);
    }
  }

  /**
   * Writes, unless that was done a moment ago. A pool that is not watched now, because it cannot be read perhaps, keeps
   * its past.
   */
  async save(
    pools: readonly WatchedPool[],
    trail: readonly BlockRef[],
    chainTime: number,
    nowMs: number,
  ): Promise<void> {
    if (nowMs - this.#writtenAt < writeEveryMs) return;
    this.#writtenAt = nowMs;
    const kept = Object.entries((await this.load()).pools).filter(
      ([, { moments }]) => (moments.at(-1)?.[1] ?? 0) > chainTime - keptSeconds,
    );
    const own = pools.map(({ address, history }) => [address, toRows(history)] as const);
    const file: HistoryFile = {
      version: 2,
      trail: trail.map(({ number, hash }) => [number, hash]),
      pools: Object.fromEntries([...kept, ...own]),
    };
    this.#file = file;
    await this.#store.write(file);
  }
}

function toRows({ moments }: History): HistoryFile['pools'][string] {
  return {
    moments: moments.map(({ block, time, vaultSharePrice, weightedSpotPrice }) => [
      block,
      time,
      String(vaultSharePrice),
      String(weightedSpotPrice),
    ]),
  };
}

function fromRows({ moments }: HistoryFile['pools'][string]): History {
  return {
    moments: moments.map(([block, time, vaultSharePrice, weightedSpotPrice]) => ({
      block,
      time,
      vaultSharePrice: BigInt(vaultSharePrice),
      weightedSpotPrice: BigInt(weightedSpotPrice),
    })),
  };
}
