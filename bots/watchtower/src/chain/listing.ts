import { z } from 'zod';

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);

/** The pools of a registry, and the pools that it has listed before. */
export const listingSchema = z.object({
  listed: z.array(address).max(1_000),
  left: z.array(z.object({ address, sinceMs: z.number() })).max(1_000),
  /** The pools that were listed after the first reading, for a day. */
  added: z
    .array(z.object({ address, sinceMs: z.number() }))
    .max(1_000)
    .default([]),
});
export type Listing = z.output<typeof listingSchema>;

/**
 * The time for which a delisted pool is watched. Positions mature at most a year after the last one was
 * opened.
 */
const watchedMs = 365 * 86_400_000;
const addedMs = 86_400_000;
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
  const wasListed = new Set((before?.listed ?? listed).map(each => each.toLowerCase()));
  const isNew = (each: string) => !wasListed.has(each.toLowerCase());
  const added = [
    ...(before?.added ?? []).filter(({ sinceMs }) => nowMs - sinceMs < addedMs),
    ...listed.filter(isNew).map(each => ({ address: each, sinceMs: nowMs })),
  ];
  return { listed: listed.slice(0, 1_000), left: left.slice(-most), added: added.slice(-most) };
}
