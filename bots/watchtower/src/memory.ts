import { z } from 'zod';
import { listingSchema } from './chain/listing.ts';
import type { Watched } from './polling/watched.ts';

const known = z.object({
  bot: z.string(),
  chainId: z.number().optional(),
  wallet: z.string().optional(),
  pools: z.array(z.string()).max(500),
});

/** The facts about each bot that the next watchtower process needs. */
export const memorySchema = z.record(
  z.string(),
  z.object({
    startsMs: z.array(z.number()).max(2_000),
    firstChainId: z.number().optional(),
    known: known.optional(),
  }),
);
/** The facts about each registry that the next process needs. */
export const listingsSchema = z.record(z.string(), listingSchema);

/** The version that an earlier process wanted of every bot, and since when, ms since 1970. */
export const wantedSchema = z.object({ version: z.string().max(200), sinceMs: z.number() }).optional();

export type Memory = z.output<typeof memorySchema>;
type Recalled = Pick<Watched, 'startsMs' | 'firstChainId' | 'known'>;

export function remembered(watched: readonly Watched[]): Memory {
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
export function recalled(memory: Memory): ReadonlyMap<string, Recalled> {
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
