/** The block at which a pool was first looked at with this state folder, by the pool's address. */
export type WatchedFrom = Readonly<Record<string, number>>;

/**
 * Adds the pools without an earlier look.
 * @param known undefined in a file of an earlier version, which did not store it: those pools were watched
 * all along
 * @param isFirstRun no file existed
 */
export function watchedFromNowOn(
  known: WatchedFrom | undefined,
  pools: readonly string[],
  isFirstRun: boolean,
  head: number,
): WatchedFrom {
  const since = known === undefined && !isFirstRun ? 0 : head;
  return { ...Object.fromEntries(pools.map(pool => [pool, since])), ...known };
}
