import { type Clock, withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import { type EndpointAddress, FailoverProvider } from '@service-bots/core/rpc';
import { ChainReader, type ToldPools } from './ChainReader.ts';
import type { ChainView } from './ChainView.ts';
import type { Listing } from './listing.ts';

/** Endpoints whose chain id is unknown are asked for it again after this time. */
const askAgainMs = 30_000;
/** A reading that takes longer than this has failed. */
const readMs = 20_000;

export interface ChainReadings {
  readonly views: readonly ChainView[];
  /** Why an endpoint or a chain could not be read; undefined after a successful reading. */
  readonly problems: ReadonlyMap<string, string | undefined>;
}

/**
 * Reads every chain that the watchtower's endpoints serve. The readings run beside the looks at the bots and
 * never delay them. A chain that hangs costs its own reading only.
 */
export class ChainWatch {
  readonly #clock: Clock;
  readonly #registry: string | undefined;
  readonly #unknown: Set<EndpointAddress>;
  readonly #endpoints = new Map<number, EndpointAddress[]>();
  readonly #readers = new Map<number, ChainReader>();
  readonly #views = new Map<number, ChainView>();
  readonly #problems = new Map<string, string | undefined>();
  #listings: Readonly<Record<string, Listing>> = {};
  #askedAtMs = -Infinity;
  #isBusy = false;

  constructor(endpoints: readonly EndpointAddress[], registry: string | undefined, clock: Clock) {
    this.#unknown = new Set(endpoints);
    this.#registry = registry;
    this.#clock = clock;
  }

  /** Restores the registry listings that an earlier process has read. */
  recall(listings: Readonly<Record<string, Listing>>): void {
    this.#listings = listings;
  }

  /** The registry listings that have been read, for the next process. */
  get listings(): Readonly<Record<string, Listing>> {
    return Object.assign({}, this.#listings, ...[...this.#readers.values()].map(({ listings }) => listings));
  }

  get readings(): ChainReadings {
    return { views: [...this.#views.values()], problems: this.#problems };
  }

  /**
   * Begins a reading unless one is in progress.
   * @param toldOf returns the pools and wallets of a chain's bots
   */
  look(toldOf: (chainId: number) => ToldPools): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    void this.#read(toldOf).finally(() => {
      this.#isBusy = false;
    });
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
  }

  /**
   * Reads every chain. The promise never rejects; an error becomes a problem of its endpoint or its chain.
   */
  async #read(toldOf: (chainId: number) => ToldPools): Promise<void> {
    await this.#ask();
    await Promise.all(
      [...this.#readers].map(async ([chainId, reader]) => {
        const what = `chain ${chainId}`;
        try {
          const late = () => new BotError(`no complete reading within ${readMs / 1000} s`);
          this.#views.set(chainId, await withDeadline(reader.read(toldOf(chainId)), readMs, late));
          this.#problems.set(what, undefined);
        } catch (error) {
          // An old view would report that nothing is due.
          this.#views.delete(chainId);
          this.#problems.set(what, reasonOf(error));
        }
      }),
    );
  }

  /** Reads the chain id of the endpoints that have not answered yet. */
  async #ask(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#unknown.size === 0 || nowMs - this.#askedAtMs < askAgainMs) return;
    this.#askedAtMs = nowMs;
    const found = new Set<number>();
    await Promise.all(
      [...this.#unknown].map(async address => {
        const what = `endpoint ${address.label}`;
        try {
          const provider = await FailoverProvider.connect([address]);
          const { chainId } = provider;
          provider.destroy();
          this.#unknown.delete(address);
          this.#endpoints.set(chainId, [...(this.#endpoints.get(chainId) ?? []), address]);
          this.#problems.set(what, undefined);
          found.add(chainId);
        } catch (error) {
          this.#problems.set(what, reasonOf(error));
        }
      }),
    );
    for (const chainId of found) {
      this.#listings = this.listings;
      this.#readers.get(chainId)?.close();
      const provider = new FailoverProvider(this.#endpoints.get(chainId) ?? [], chainId);
      const [registry, clock, recalled] = [this.#registry, this.#clock, this.#listings];
      this.#readers.set(chainId, new ChainReader({ provider, registry, clock, recalled }));
    }
  }
}
