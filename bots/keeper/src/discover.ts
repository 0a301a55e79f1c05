import { SetupError } from '@service-bots/core/errors';
import { type Anchor, anchorText } from '@service-bots/core/prizePool';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext, Discovery, Target } from '@service-bots/core/runtime';
import type { Outcome } from './act.ts';
import type { KeeperConfig } from './config.ts';
import type { Action } from './decide.ts';
import { lookAtGovernance } from './governance.ts';
import { compareWithManifest } from './manifest.ts';
import { askPools } from './poolSetup.ts';
import type { Rehearsed } from './rehearsal.ts';
import { type Instant, Setbacks } from './setback.ts';

/** A pool, and the keeper's state about it. */
export interface KeeperPool extends Target {
  anchor: Anchor | undefined;
  /** The open round at the last look. */
  current: bigint;
  /** The round that the contract asked for, when it was older than the previous one. */
  oldestDue: bigint | undefined;
  setbacks: Setbacks;
  /** Its open round and the state of the one before, at the last look. */
  standing: string | undefined;
  /** The block at which these were last seen to have changed. */
  movedAt: number | undefined;
  /** The last block at which a round found it paused. */
  pausedAt: number | undefined;
  /** The block at which this keeper first looked at it, kept on disk; undefined while that is not known. */
  watchedFrom: number | undefined;
  /**
   * The action that the contract called too early, and the block of that answer: it is tried again at the
   * next block.
   */
  tooEarly: TooEarly | undefined;
  /** The time since which the contract asks for nothing, though a commit is possible. */
  silentSince: Instant | undefined;
  /**
   * The block in which our last transaction was mined, and the time at which that was seen, by the steady
   * clock.
   */
  acted: { block: number; atMs: number } | undefined;
  /** The number of looks in a row at which a view could not be read. */
  unreadLooks: number;
  /** At the last reading of its state, a draw was open or a commit possible. */
  isCloselyWatched: boolean;
  /**
   * The last simulation of the commit that waits for its anchor, and the contract's answer: by the steady
   * clock.
   */
  rehearsed: Rehearsed | undefined;
  /** Actions of earlier rounds that have not ended, by `kind:round`. */
  inHand: Map<string, InHand>;
}

export interface TooEarly {
  action: Pick<Action, 'kind' | 'round'>;
  block: number;
  times: number;
}

export interface InHand {
  action: Action;
  block: Block;
  /** On the steady clock. */
  begunAtMs: number;
  outcome: Promise<Outcome>;
}

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

/** Returns a pool at which the keeper has not looked yet. */
export function newPool(
  given: Pick<KeeperPool, 'address' | 'name' | 'anchor' | 'current' | 'setbacks'>,
): KeeperPool {
  return {
    ...given,
    oldestDue: undefined,
    standing: undefined,
    movedAt: undefined,
    pausedAt: undefined,
    watchedFrom: undefined,
    tooEarly: undefined,
    silentSince: undefined,
    acted: undefined,
    unreadLooks: 0,
    isCloselyWatched: false,
    rehearsed: undefined,
    inHand: new Map(),
  };
}
