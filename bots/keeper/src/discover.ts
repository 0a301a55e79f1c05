import { SetupError } from '@service-bots/core/errors';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext, Discovery, Target } from '@service-bots/core/runtime';
import type { Outcome } from './act.ts';
import type { KeeperConfig } from './config.ts';
import type { Action } from './decide.ts';
import { lookAtGovernance } from './governance.ts';
import { compareWithManifest } from './manifest.ts';
import { askPools } from './poolSetup.ts';
import { type Anchor, anchorText } from './schedule.ts';
import { Setbacks } from './setback.ts';

/** A pool, and what is known about it. */
export interface KeeperPool extends Target {
  anchor: Anchor | undefined;
  /** The open round, when it was last looked at. */
  current: bigint;
  setbacks: Setbacks;
  /** The last block at which a round found it paused. */
  pausedAt: number | undefined;
  /** The block at which the contract said that it is too early: there is no use in asking again before the next. */
  tooEarlyAt: number | undefined;
  /** What was begun in an earlier round and has not ended. */
  inHand: { action: Action; block: Block; outcome: Promise<Outcome> } | undefined;
}

/**
 * The pools of the list, checked once, at the start. Later on: what their owners have changed, and whether they are
 * still the live ones.
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
    // It may be meant so, or forgotten: then its rounds leave their schedule for good.
    if (schedule && !anchor)
      ctx.logger.warning(
        'POOL_SCHEDULE_V2 has no entry for this pool: its rounds are committed as soon as they can be',
        { pool: address },
      );
    const name = `${address.slice(0, 6)}…${address.slice(-4)}${anchor ? ` (${anchorText(anchor)})` : ''}`;
    return {
      address,
      name,
      anchor,
      current: current.get(address) as bigint,
      setbacks: new Setbacks(),
      pausedAt: undefined,
      tooEarlyAt: undefined,
      inHand: undefined,
    };
  });
}
