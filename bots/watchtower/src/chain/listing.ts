import { z } from 'zod';

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);

/** The pools of a registry, and the pools that it has listed before. */
export const listingSchema = z.object({
  listed: z.array(address).max(1_000),
  left: z.array(z.object({ address, sinceMs: z.number() })).max(1_000),
});
export type Listing = z.output<typeof listingSchema>;

/**
 * The time for which a delisted pool is watched. Positions mature at most a year after the last one was
 * opened.
 */
const watchedMs = 365 * 86_400_000;
const most = 200;

/**
 * Returns the listing after a reading of the registry. A delisted pool is remembered, and watched, for a
 * year.
 */
export function nextListing(before: Listing | undefined, listed: readonly string[], nowMs: number): Listing {
  const isListed = new Set(listed.map(each => each.toLowerCase()));
  const gone = (before?.listed ?? []).map(each => ({ address: each, sinceMs: nowMs }));
  const left = [...(before?.left ?? []), ...gone].filter(
    (each, i, all) =>
      !isListed.has(each.address.toLowerCase()) &&
      nowMs - each.sinceMs < watchedMs &&
      all.findIndex(other => other.address.toLowerCase() === each.address.toLowerCase()) === i,
  );
  return { listed: listed.slice(0, 1_000), left: left.slice(-most) };
}
