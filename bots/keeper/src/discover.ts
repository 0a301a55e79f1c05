import type { Observation } from '@service-bots/core/alerts';
import { reasonOf, SetupError } from '@service-bots/core/errors';
import { anchorText, readLivePools, shownSource } from '@service-bots/core/prizePool';
import type { BotContext, Discovery } from '@service-bots/core/runtime';
import type { KeeperConfig } from './config.ts';
import { type KeeperPool, newPool } from './KeeperPool.ts';
import { lookAtGovernance } from './lookAtGovernance.ts';
import { askPools } from './poolSetup.ts';
import { Setbacks } from './Setbacks.ts';

/**
 * Checks the pools of the list once, at the start. Later calls read the changes by their owners, and whether
 * the pools are still the live ones.
 * @throws SetupError with every address that is not a pool
 */
export async function discover(
  ctx: BotContext<KeeperConfig>,
  known: readonly KeeperPool[],
): Promise<Discovery<KeeperPool>> {
  const { config } = ctx;
  const pools = known.length > 0 ? known : await openPools(ctx);
  const [governance, manifest] = await Promise.all([
    lookAtGovernance(ctx, pools),
    config.KEEPER_POOL_MANIFEST === undefined
      ? []
      : compareWithManifest(config.KEEPER_POOL_MANIFEST, config.POOL_ADDRESSES_V2),
  ]);
  return { targets: pools, observations: [...governance, ...manifest] };
}

/** @throws SetupError with every address that is not a pool */
async function openPools(ctx: BotContext<KeeperConfig>): Promise<KeeperPool[]> {
  const { POOL_ADDRESSES_V2: addresses, POOL_SCHEDULE_V2: schedule } = ctx.config;
  const { current, problems } = await askPools(ctx, addresses);
  if (problems.length > 0)
    throw new SetupError(
      `${problems.map(({ variable, problem }) => `${variable}: ${problem}`).join('; ')}; give the addresses of V2 prize pools on this chain`,
    );
  return addresses.map(address => {
    const anchor = schedule?.get(address);
    // This may be intended, or a mistake: in the second case its rounds leave their schedule for good.
    if (schedule && !anchor)
      ctx.logger.warning(
        'POOL_SCHEDULE_V2 has no entry for this pool: its rounds are committed as soon as they can be',
        { pool: address },
      );
    const name = `${address.slice(0, 6)}…${address.slice(-4)}${anchor ? ` (${anchorText(anchor)})` : ''}`;
    return newPool({
      address,
      name,
      anchor,
      current: current.get(address) as bigint,
      setbacks: new Setbacks(() => ctx.chain.blockTimeMs),
    });
  });
}

/**
 * Compares the driven pools with a list of live ones that another party maintains.
 * @param source path or http(s) URL of the list
 */
export async function compareWithManifest(source: string, driven: readonly string[]): Promise<Observation[]> {
  let live: string[];
  try {
    live = await readLivePools(source);
  } catch (error) {
    const message = `KEEPER_POOL_MANIFEST: the list of live pools could not be read from ${shownSource(source)}: ${reasonOf(error)}. A pool that is added to it is not noticed meanwhile. First: open the list from the keeper’s machine`;
    return [{ check: 'manifest-unreadable', failing: true, message }];
  }
  const readable: Observation = { check: 'manifest-unreadable', failing: false };
  const missing = live.filter(pool => !driven.includes(pool));
  const retired = driven.filter(pool => !live.includes(pool));
  if (missing.length === 0 && retired.length === 0)
    return [readable, { check: 'pool-manifest', failing: false }];
  const differences = [
    ...(missing.length > 0 ? [`live and not driven: ${missing.join(', ')}`] : []),
    ...(retired.length > 0 ? [`driven and not live: ${retired.join(', ')}`] : []),
  ].join('; ');
  const effect = missing.length > 0 ? '. No round of a pool that is not driven is committed or settled' : '';
  const message = `${differences}${effect}. First: compare POOL_ADDRESSES_V2 with the list`;
  return [readable, { check: 'pool-manifest', failing: true, message, data: { missing, retired } }];
}
