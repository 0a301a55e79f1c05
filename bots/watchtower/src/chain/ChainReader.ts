import { type Chain, chainOf } from '@service-bots/core/chains';
import type { Clock } from '@service-bots/core/clock';
import { type HyperdrivePool, readPools, readRegistry } from '@service-bots/core/hyperdrive';
import { type BatchReader, createBatchReader, type FailoverProvider, readHead } from '@service-bots/core/rpc';
import type { ChainView } from './ChainView.ts';
import { type Listing, nextListing } from './listing.ts';
import { hyperdriveReads, hyperdriveView } from './readHyperdrive.ts';
import { readPrizePools } from './readPrizePools.ts';
import { readFee, readWallets } from './readWallets.ts';

/** The pools and wallets of a chain's bots, by the kind of bot. */
export interface ToldPools {
  readonly hyperdrive: readonly string[];
  readonly prize: readonly string[];
  /** The addresses of the bots' wallets. */
  readonly wallets: readonly string[];
}

const registryEveryMs = 5 * 60_000;
const mostPools = 500;

export interface ChainReaderOptions {
  provider: FailoverProvider;
  /** The operator's registry. @default the chain's public one */
  registry?: string | undefined;
  clock: Clock;
  /** The listings that an earlier process or reader has read, by chain and registry. */
  recalled: Readonly<Record<string, Listing>>;
}

/** Reads one chain with the watchtower's own endpoints. */
export class ChainReader {
  readonly #provider: FailoverProvider;
  readonly #registry: string | undefined;
  readonly #clock: Clock;
  readonly #chain: Chain;
  #reader: BatchReader | undefined;
  #pools = new Map<string, HyperdrivePool>();
  #listing: Listing | undefined;
  #listedAtMs = -Infinity;

  constructor({ provider, registry, clock, recalled }: ChainReaderOptions) {
    this.#provider = provider;
    this.#clock = clock;
    this.#chain = chainOf(provider.chainId);
    this.#registry = registry ?? this.#chain.registry;
    this.#listing = recalled[this.#key];
  }

  /** The last listing of the registry, for the next process. */
  get listings(): Readonly<Record<string, Listing>> {
    return this.#listing ? { [this.#key]: this.#listing } : {};
  }

  get #key(): string {
    return `${this.#chain.id} ${this.#registry?.toLowerCase()}`;
  }

  /** Reads the chain at its newest block. @throws when no endpoint answers */
  async read(told: ToldPools): Promise<ChainView> {
    this.#reader ??= await createBatchReader(this.#provider);
    const reader = this.#reader;
    const block = await readHead(this.#provider);
    await this.#list();
    const { listed, left = [], added = [] } = this.#listing ?? {};
    const known = [...(listed ?? []), ...told.hyperdrive, ...left.map(({ address }) => address)];
    const wanted = [...new Set(known)].slice(0, mostPools);
    const unknown = wanted.filter(address => !this.#pools.has(address));
    if (unknown.length > 0)
      for (const pool of (await readPools(reader, block, unknown)).pools) this.#pools.set(pool.address, pool);
    const pools = wanted.flatMap(address => this.#pools.get(address) ?? []);
    const prizePools = told.prize.slice(0, mostPools);
    const reads = pools.map(pool => hyperdriveReads(pool, block.timestamp));
    const results = await reader.read<unknown>(block, reads.flat());
    const hyperdrive = pools.flatMap((pool, i) => {
      const own = results.splice(0, reads[i]?.length ?? 0);
      return hyperdriveView(pool, block.timestamp, own) ?? [];
    });
    return {
      chainId: this.#chain.id,
      name: this.#chain.name,
      block: block.number,
      blockTime: block.timestamp,
      readAtMs: this.#clock.now(),
      listed,
      left,
      added,
      hyperdrive,
      prize: await readPrizePools(reader, block, prizePools),
      lookedAt: [...wanted, ...prizePools].map(address => address.toLowerCase()),
      feeWei: await readFee(this.#provider, block, this.#chain),
      wallets: await readWallets(this.#provider, block, told.wallets),
    };
  }

  close(): void {
    this.#provider.destroy();
  }

  /**
   * Reads the registry at most every five minutes. A failed reading keeps the last list; the bots raise the
   * failure.
   */
  async #list(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#registry === undefined || nowMs - this.#listedAtMs < registryEveryMs) return;
    this.#listedAtMs = nowMs;
    try {
      const listed = await readRegistry(this.#provider, this.#registry);
      this.#listing = nextListing(this.#listing, listed, this.#clock.now());
    } catch {
      // The previous list stays in use.
    }
  }
}
