import type { BlockRef } from '@service-bots/core/rpc';
import type { Store } from '@service-bots/core/store';
import { z } from 'zod';
import { trailLength } from '../blocks/trail.ts';
import type { LedgerBase, ShortsLedger } from '../readings/shortsLedger.ts';
import { emptyHistory, type History } from './history.ts';
import type { WatchedPool } from './WatchedPool.ts';

const price = z.string().regex(/^\d+$/);
/** Short rows, since there are many: block, time, vault share price, weighted spot price. */
const row = z.tuple([z.number().int(), z.number().int(), price, price]);

const change = z.string().regex(/^-?\d+$/);
/** Block, shares behind shorts there, whether they are exact. */
const baseRow = z.tuple([z.number().int(), change, z.boolean()]);

/**
 * The blocks at which the books last held, and, while they do not, the shares behind shorts since: the change
 * up to a block, and by block after it. Absent in files of earlier versions.
 */
const sharesRow = z.object({
  bases: z.array(baseRow).max(2),
  ledger: z
    .object({
      base: baseRow,
      through: z.number().int(),
      settledThrough: z.number().int(),
      settledChange: change,
      recent: z.array(z.tuple([z.number().int(), change])).max(trailLength),
    })
    .optional(),
});

/** The file: all pools' pasts, and the progress of checking. */
export const historyFile = z.strictObject({
  version: z.literal(2),
  /** Number and hash of the newest finished blocks, the oldest first. */
  trail: z.array(z.tuple([z.number().int(), z.string()])).max(500),
  pools: z.record(z.string(), z.object({ moments: z.array(row).max(500), shares: sharesRow.optional() })),
});

export type HistoryFile = z.output<typeof historyFile>;
export const emptyFile = (): HistoryFile => ({ version: 2, trail: [], pools: {} });

/**
 * The least interval between two writes on a fast chain; blocks since the last write are checked again after
 * a crash.
 */
const writeEveryMs = 5_000;

/** The past of a pool that is no longer watched is kept for this time, the longest look-back. */
const keptSeconds = 30 * 86_400;

/** Stores the pools' pasts on disk, so that a restart neither loses them nor needs an archive node. */
export class HistoryKeeper {
  readonly #store: Store<HistoryFile>;
  #file: HistoryFile | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(store: Store<HistoryFile>) {
    this.#store = store;
  }

  /** Returns the file of an earlier process. Reads it once. */
  async load(): Promise<HistoryFile> {
    this.#file ??= await this.#store.read();
    return this.#file;
  }

  /** Returns the newest blocks that an earlier process finished, the oldest first. */
  async trail(): Promise<BlockRef[]> {
    return (await this.load()).trail.map(([number, hash]) => ({ number, hash }));
  }

  /** Returns whether an earlier process, or this one, has checked the pool. */
  async remembers(address: string): Promise<boolean> {
    return (await this.load()).pools[address] !== undefined;
  }

  /** Gives new pools their stored past, where there is one. */
  async restore(pools: readonly WatchedPool[]): Promise<void> {
    const file = await this.load();
    for (const watched of pools) {
      const kept = file.pools[watched.address];
      if (!kept || watched.last !== undefined || watched.history !== emptyHistory) continue;
      watched.history = fromRows(kept);
      if (kept.shares) Object.assign(watched, fromSharesRow(kept.shares));
    }
  }

  /**
   * Writes the file, unless it was written a moment ago. A pool that is not watched now, for example because
   * it cannot be read, keeps its past.
   */
  async save(
    pools: readonly WatchedPool[],
    { trail, chainTime, nowMs }: { trail: readonly BlockRef[]; chainTime: number; nowMs: number },
  ): Promise<void> {
    if (nowMs - this.#writtenAt < writeEveryMs) return;
    this.#writtenAt = nowMs;
    const kept = Object.entries((await this.load()).pools).filter(
      ([, { moments }]) => (moments.at(-1)?.[1] ?? 0) > chainTime - keptSeconds,
    );
    const own = pools.map(watched => [
      watched.address,
      { ...toRows(watched.history), shares: toSharesRow(watched) },
    ]);
    const file: HistoryFile = {
      version: 2,
      trail: trail.map(({ number, hash }) => [number, hash]),
      pools: Object.fromEntries([...kept, ...own]),
    };
    this.#file = file;
    await this.#store.write(file);
  }
}

type Shares = Pick<WatchedPool, 'ledgerBases' | 'shortsLedger'>;

function toSharesRow({ ledgerBases, shortsLedger }: Shares): z.output<typeof sharesRow> {
  const toBase = ({ block, shares, isExact }: LedgerBase): z.output<typeof baseRow> => [
    block,
    String(shares),
    isExact,
  ];
  const toLedger = ({ base, settledChange, recent, ...blocks }: ShortsLedger) => ({
    ...blocks,
    base: toBase(base),
    settledChange: String(settledChange),
    recent: recent.map(({ block, shares }): [number, string] => [block, String(shares)]),
  });
  return {
    bases: ledgerBases.map(toBase),
    ...(shortsLedger ? { ledger: toLedger(shortsLedger) } : {}),
  };
}

function fromSharesRow({ bases, ledger }: z.output<typeof sharesRow>): Shares {
  const fromBase = ([block, shares, isExact]: z.output<typeof baseRow>): LedgerBase => ({
    block,
    shares: BigInt(shares),
    isExact,
  });
  return {
    ledgerBases: bases.map(fromBase),
    shortsLedger: ledger && {
      through: ledger.through,
      settledThrough: ledger.settledThrough,
      base: fromBase(ledger.base),
      settledChange: BigInt(ledger.settledChange),
      recent: ledger.recent.map(([block, shares]) => ({ block, shares: BigInt(shares) })),
    },
  };
}

function toRows({ moments }: History): Pick<HistoryFile['pools'][string], 'moments'> {
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
