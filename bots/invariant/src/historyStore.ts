import type { Store } from '@service-bots/core/store';
import { z } from 'zod';
import type { LastChecked } from './agenda.ts';
import { emptyHistory, type History } from './history.ts';
import type { WatchedPool } from './watchedPool.ts';

const price = z.string().regex(/^\d+$/);
/** Short rows, since there are many: block, time, vault share price, weighted spot price. */
const row = z.tuple([z.number().int(), z.number().int(), price, price]);

/** The file: all pools' pasts, and the last block that every-block checking has done. */
export const historyFile = z.strictObject({
  version: z.literal(1),
  last: z.strictObject({ number: z.number().int(), hash: z.string() }).optional(),
  pools: z.record(z.string(), z.object({ moments: z.array(row).max(500) })),
});

export type HistoryFile = z.output<typeof historyFile>;
export const emptyFile = (): HistoryFile => ({ version: 1, pools: {} });

/** What a fast chain writes at most this often; blocks since then are checked again after a crash. */
const writeEveryMs = 5_000;

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

  /** Gives pools that are new their past, where there is one. */
  async restore(pools: readonly WatchedPool[]): Promise<LastChecked> {
    const file = await this.load();
    for (const watched of pools) {
      const kept = file.pools[watched.address];
      if (kept && watched.last === undefined && watched.history === emptyHistory)
        watched.history = fromRows(kept);
    }
    return file.last;
  }

  /** Writes, unless that was done a moment ago. */
  async save(pools: readonly WatchedPool[], last: LastChecked, nowMs: number): Promise<void> {
    if (nowMs - this.#writtenAt < writeEveryMs) return;
    this.#writtenAt = nowMs;
    const file: HistoryFile = {
      version: 1,
      ...(last ? { last: { number: last.number, hash: last.hash } } : {}),
      pools: Object.fromEntries(pools.map(({ address, history }) => [address, toRows(history)])),
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
