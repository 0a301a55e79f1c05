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

/** A pool, and what is known about it. */
export interface KeeperPool extends Target {
  anchor: Anchor | undefined;
  /** The open round, when it was last looked at. */
  current: bigint;
  /** The round that the contract asked for, when that was one before the previous. */
  oldestDue: bigint | undefined;
  setbacks: Setbacks;
  /** Its open round and the state of the one before, when it was last looked at. */
  standing: string | undefined;
  /** The block at which these were last seen to have changed. */
  movedAt: number | undefined;
  /** The last block at which a round found it paused. */
  pausedAt: number | undefined;
  /** The block at which this keeper first looked at it, kept on disk; undefined while that is not known. */
  watchedFrom: number | undefined;
  /** The action that the contract called too early, and at which block: it is asked again at the next one. */
  tooEarly: TooEarly | undefined;
  /** Since when the contract asks for nothing, though a commit is possible. */
  silentSince: Instant | undefined;
  /** The block that the last transaction of ours was mined in, and when that was seen, by the steady clock. */
  acted: { block: number; atMs: number } | undefined;
  /** Looks in a row at which a view could not be read. */
  unreadLooks: number;
  /** A draw was open or a commit possible when its state was read last. */
  isCloselyWatched: boolean;
  /** When the commit that waits for its anchor was simulated last, and what the contract said: by the steady clock. */
  rehearsed: Rehearsed | undefined;
  /** Actions that an earlier round began and that have not ended, by `kind:round`. */
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
      oldestDue: undefined,
      setbacks: new Setbacks(() => ctx.chain.blockTimeMs),
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
  });
}
