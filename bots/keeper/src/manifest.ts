import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import { readLivePools, shownSource } from '@service-bots/core/prizePool';

/**
 * Compares the driven pools with a list of live ones that another party maintains.
 * @param source path or http(s) URL of the list
 */
export async function compareWithManifest(source: string, driven: readonly string[]): Promise<Observation[]> {
  let live: string[];
  try {
    live = await readLivePools(source);
  } catch (error) {
    const message = `KEEPER_POOL_MANIFEST: no list of pools from ${shownSource(source)}: ${reasonOf(error)}`;
    return [{ check: 'manifest-unreadable', failing: true, message }];
  }
  const readable: Observation = { check: 'manifest-unreadable', failing: false };
  const missing = live.filter(pool => !driven.includes(pool));
  const retired = driven.filter(pool => !live.includes(pool));
  if (missing.length === 0 && retired.length === 0)
    return [readable, { check: 'pool-manifest', failing: false }];
  const message = [
    ...(missing.length > 0 ? [`live and not driven: ${missing.join(', ')}`] : []),
    ...(retired.length > 0 ? [`driven and not live: ${retired.join(', ')}`] : []),
  ].join('; ');
  return [readable, { check: 'pool-manifest', failing: true, message, data: { missing, retired } }];
}
