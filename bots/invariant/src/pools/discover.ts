import type { Observation } from '@service-bots/core/alerts';
import { BotError, reasonOf } from '@service-bots/core/errors';
import {
  discoverPools,
  firstMaturity,
  type HyperdrivePool,
  unreadablePool,
} from '@service-bots/core/hyperdrive';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext, Discovery } from '@service-bots/core/runtime';
import { checkNames } from '../checks/index.ts';
import { type InvariantConfig, pausesPools } from '../config.ts';
import type { NodeOperators } from '../judging/NodeOperators.ts';
import { pauseReadiness } from '../judging/pauseReadiness.ts';
import { type InvariantPool, isAtLeast, muteOf } from './InvariantPool.ts';
import { isToken, kindOf, sharesRead, tokenBalance } from './kinds.ts';
import type { OverridesFile, ReadOverrides } from './OverridesFile.ts';
import { assertListed, type Overrides, settingsOf } from './overrides.ts';
import { type PastSearches, vanished } from './vanished.ts';
import { WatchedPool } from './WatchedPool.ts';

type Context = Pick<
  BotContext<InvariantConfig>,
  'provider' | 'reader' | 'chain' | 'config' | 'clock' | 'sender' | 'logger'
>;

/** The state that lasts from one discovery to the next. */
interface DiscoveryState {
  file: OverridesFile;
  operators: NodeOperators;
  searches: PastSearches;
  /** Whether an earlier process has watched a pool. */
  wasWatched(address: string): Promise<boolean>;
}

/**
 * Reads the registry's pools. Pools that were watched before keep their history. A pool that cannot be read
 * becomes an observation and hides no other pool.
 * @throws SetupError when there is no registry, or the overrides cannot be used (at the start)
 */
export async function discover(
  ctx: Context,
  watched: readonly WatchedPool[],
  { file, operators, searches, wasWatched }: DiscoveryState,
): Promise<Discovery<WatchedPool>> {
  const { registry, listed, head, pools, unreadable, beginning } = await discoverPools(
    ctx,
    watched.map(({ address }) => address),
  );
  const read = await file.read(ctx.config.INVARIANT_OVERRIDES_FILE);
  const { overrides } = read;
  const observations: Observation[] = [
    overridesObservation(ctx.config, read, { listed, isStart: watched.length === 0 }),
  ];
  const stillListed = watched.filter(({ address }) => listed.includes(address));
  const added: WatchedPool[] = [];
  for (const pool of pools) {
    try {
      added.push(new WatchedPool(await prepared(ctx, { block: head, pool, overrides, beginning })));
    } catch (error) {
      unreadable.push({ address: pool.address, reason: reasonOf(error) });
    }
  }
  const known = {
    registry,
    wasWatched,
    isNamed: (address: string) => overrides.pools?.[address] !== undefined,
  };
  const gone = await vanished(ctx, head, { unreadable, known, searches });
  // A change of the file applies from the next discovery on, for all pools.
  for (const known of stillListed) {
    const { address, kind, decimals } = known.pool;
    known.pool = { ...known.pool, ...overridden(overrides, { address, kind, decimals }) };
  }
  const targets = [...stillListed, ...added];
  return {
    targets,
    observations: [
      ...observations,
      poolsObservation(registry, listed),
      ...unreadable.flatMap(each => {
        const finding = gone.get(each.address);
        if (!finding) return unreadablePool(registry, each);
        const { mutes } = settingsOf(overrides, each.address, 18);
        const isMuted = mutes.some(({ check, until }) => check === finding.check && ctx.clock.now() <= until);
        // Each cause is one alert.
        const ended: Observation = { check: 'pool-unreadable', pool: each.address, failing: false };
        return [ended, ...(isMuted ? [] : [finding])];
      }),
      ...targets.map(({ address }) => ({ check: 'pool-unreadable', pool: address, failing: false as const })),
      ...targets.map(({ pool }) => kindObservation(pool)),
      ...targets.flatMap(({ pool }) => silenced(pool, pausesPools(ctx.config), ctx.clock.now())),
      ...(await pausing(ctx, head, { targets, operators })),
    ],
  };
}

/**
 * Returns the observations about the wallet that pauses pools. Never throws: pools are watched without it
 * too.
 */
async function pausing(
  ctx: Context,
  head: Block,
  { targets, operators }: { targets: readonly WatchedPool[]; operators: NodeOperators },
): Promise<Observation[]> {
  if (!pausesPools(ctx.config)) {
    const about = { failing: false, ended: 'this bot pauses no pools any more' } as const;
    return [
      { check: 'low-balance', ...about },
      { check: 'cannot-pause', subject: 'operators', ...about },
    ];
  }
  try {
    const [ready, confirmed] = await Promise.all([
      pauseReadiness(
        ctx,
        head,
        targets.map(({ pool }) => pool),
      ),
      operators.refresh(ctx),
    ]);
    return [...ready, ...confirmed];
  } catch (error) {
    ctx.logger.warning('could not find out whether the wallet can pause the pools', { error });
    return [];
  }
}

/** Returns the pool with all that its reads and checks need. */
export async function prepared(
  { reader }: Pick<Context, 'reader'>,
  {
    block,
    pool,
    overrides,
    beginning,
  }: { block: Block; pool: HyperdrivePool; overrides: Overrides; beginning: number },
): Promise<InvariantPool> {
  const { address, config, version, positionDuration, checkpointDuration } = pool;
  // All pools are read in one request: an invalid request about one pool must not block the others.
  if (
    !(checkpointDuration > 0) ||
    positionDuration < checkpointDuration ||
    positionDuration % checkpointDuration > 0
  )
    throw new BotError(
      `its durations are impossible: positions of ${positionDuration} s, checkpoints of ${checkpointDuration} s`,
    );
  const actualShares = await sharesRead(reader, block, pool);
  return {
    ...pool,
    convertsToBase: isAtLeast(version, [1, 0, 15]),
    actualShares,
    baseBalance: isToken(config.baseToken) ? tokenBalance(config.baseToken, address) : undefined,
    earliestMaturity: firstMaturity(pool, beginning),
    ...overridden(overrides, pool),
  };
}

/** Returns all settings of a pool from the file of overrides. */
function overridden(
  overrides: Overrides,
  { address, kind, decimals }: Pick<HyperdrivePool, 'address' | 'kind' | 'decimals'>,
) {
  return {
    baseIsYield: overrides.pools?.[address]?.baseIsYield ?? kindOf(kind)?.baseIsYield ?? false,
    settings: settingsOf(overrides, address, decimals),
  };
}

/**
 * At the start an unlisted pool is a mistake. Later the pool has left the registry, or the file is being
 * edited: the bot continues.
 */
function overridesObservation(
  { INVARIANT_OVERRIDES_FILE: file = '' }: InvariantConfig,
  { overrides, problem }: ReadOverrides,
  { listed, isStart }: { listed: readonly string[]; isStart: boolean },
): Observation {
  const stale = (message: string): Observation => ({ check: 'overrides-stale', failing: true, message });
  if (problem !== undefined) return stale(`the last usable content stays in force: ${problem}`);
  try {
    assertListed(overrides, listed, file);
    return { check: 'overrides-stale', failing: false };
  } catch (error) {
    if (isStart) throw error;
    return stale(reasonOf(error));
  }
}

/** A bot without pools looks as healthy as a bot without findings. */
function poolsObservation(registry: string, listed: readonly string[]): Observation {
  const about = { check: 'no-pools' };
  if (listed.length > 0) return { ...about, failing: false };
  return {
    ...about,
    failing: true,
    message: `the registry ${registry} lists no pools: this bot watches nothing. First: check REGISTRY_ADDRESS and the chain of the nodes`,
  };
}

function kindObservation({ address, kind, version }: InvariantPool): Observation {
  const about = { check: 'unknown-kind', pool: address };
  if (kindOf(kind)) return { ...about, failing: false };
  return {
    ...about,
    failing: true,
    message: `this bot does not know pools of the kind ${kind} (${version}), so the shares that the vault holds for this pool are not read: a theft of shares from the vault would raise no alert. All other checks run`,
  };
}

/**
 * Returns the observations that end alerts which operators have silenced for a pool: muted checks, warning
 * levels that are not set, and pauses where the bot pauses nothing. These are not checked again, so an open
 * alert about them would never end.
 */
export function silenced(
  { address: pool, settings }: Pick<InvariantPool, 'address' | 'settings'>,
  pausesPools: boolean,
  nowMs: number,
): Observation[] {
  const over = (check: string, ended: string): Observation => ({ check, pool, failing: false, ended });
  return [
    ...checkNames.flatMap(check => {
      const mute = muteOf(settings, check, nowMs);
      const why = mute && `muted until ${new Date(mute.until).toISOString()}: ${mute.reason}`;
      const isLevelGiven = settings.warnBelow[check] !== undefined;
      return [
        ...(why ? [over(check, why)] : []),
        ...(why || !isLevelGiven
          ? [{ ...over('low-headroom', why ?? 'there is no warning level for it any more'), subject: check }]
          : []),
      ];
    }),
    ...(pausesPools ? [] : ['pause-failed', 'cannot-pause']).map(check =>
      over(check, 'this bot pauses no pools any more'),
    ),
  ];
}
