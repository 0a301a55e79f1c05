import type { OffChainContext } from '@service-bots/core/runtime';
import { z } from 'zod';
import { type Listing, listingSchema } from './chain/listing.ts';
import type { Watched } from './polling/watched.ts';

const known = z.object({
  bot: z.string(),
  chainId: z.number().optional(),
  wallet: z.string().optional(),
  pools: z.array(z.string()).max(500),
});

/** The facts about each bot that the next watchtower process needs. */
const memorySchema = z.record(
  z.string(),
  z.object({
    startsMs: z.array(z.number()).max(2_000),
    firstChainId: z.number().optional(),
    known: known.optional(),
  }),
);
/** The facts about each registry that the next process needs. */
const listingsSchema = z.record(z.string(), listingSchema);

/** The version that an earlier process wanted of every bot, and since when, ms since 1970. */
const wantedSchema = z.object({ version: z.string().max(200), sinceMs: z.number() }).optional();

type Memory = z.output<typeof memorySchema>;
type Recalled = Pick<Watched, 'startsMs' | 'firstChainId' | 'known'>;

function remembered(watched: readonly Watched[]): Memory {
  return Object.fromEntries(
    watched.map(({ target, startsMs, firstChainId, known: last }) => [
      target.id,
      {
        startsMs: [...startsMs],
        ...(firstChainId === undefined ? {} : { firstChainId }),
        ...(last && { known: { ...last, pools: [...last.pools] } }),
      },
    ]),
  );
}

/** Returns the stored facts in the form of the poller. */
function recalled(memory: Memory): ReadonlyMap<string, Recalled> {
  return new Map(
    Object.entries(memory).map(([id, { startsMs, firstChainId, known: last }]) => [
      id,
      {
        startsMs,
        firstChainId,
        known: last && { ...last, chainId: last.chainId, wallet: last.wallet },
      },
    ]),
  );
}

type Context = Pick<OffChainContext<unknown>, 'store' | 'clock' | 'logger'>;

/** Stores the facts that the next watchtower process needs, each time that they have changed. */
export class MemoryFiles {
  readonly #ctx: Context;
  readonly #bots: ReturnType<typeof botsFile>;
  readonly #registries: ReturnType<typeof registriesFile>;
  #savedBots: Memory = {};
  #savedRegistries = '{}';

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#bots = botsFile(ctx);
    this.#registries = registriesFile(ctx);
  }

  /** Returns what an earlier process stored about the bots and the registries. */
  async recall(): Promise<{
    bots: ReadonlyMap<string, Recalled>;
    listings: Readonly<Record<string, Listing>>;
  }> {
    this.#savedBots = await this.#bots.read();
    return { bots: recalled(this.#savedBots), listings: await this.#registries.read() };
  }

  /**
   * Returns since when this version is wanted of every bot, in ms since 1970, and stores it; -Infinity where no
   * other version was wanted before.
   */
  async wantedSince(version: string): Promise<number> {
    const { clock, logger, store } = this.#ctx;
    const stored = store('wanted-version', wantedSchema, () => undefined);
    const last = await stored.read();
    if (last?.version === version) return last.sinceMs;
    const nowMs = clock.now();
    try {
      await stored.write({ version, sinceMs: last ? nowMs : 0 });
    } catch (error) {
      logger.warning('the version that every bot should run could not be saved', { error });
    }
    return last ? nowMs : -Infinity;
  }

  /** Writes the facts about the bots and the pools of the registries, where they have changed. */
  async save(watched: readonly Watched[], listings: Readonly<Record<string, Listing>>): Promise<void> {
    const bots = remembered(watched);
    try {
      if (JSON.stringify(bots) !== JSON.stringify(this.#savedBots)) {
        await this.#bots.write(bots);
        this.#savedBots = bots;
      }
      if (JSON.stringify(listings) !== this.#savedRegistries) {
        await this.#registries.write(listings);
        this.#savedRegistries = JSON.stringify(listings);
      }
    } catch (error) {
      this.#ctx.logger.warning('what is known of bots and registries could not be saved', { error });
    }
  }
}

function botsFile({ store }: Context) {
  return store('bots', memorySchema, (): Memory => ({}));
}

function registriesFile({ store }: Context) {
  return store('registries', listingsSchema, () => ({}));
}
