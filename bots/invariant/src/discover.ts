import { readFile } from 'node:fs/promises';
import type { Observation } from '@service-bots/core/alerts';
import { reasonOf, SetupError } from '@service-bots/core/errors';
import { type HyperdrivePool, readPools, readRegistry, registryAddress } from '@service-bots/core/hyperdrive';
import { type Block, readHead } from '@service-bots/core/rpc';
import type { BotContext, Discovery } from '@service-bots/core/runtime';
import type { InvariantConfig } from './config.ts';
import { isToken, kindOf, sharesRead, tokenBalance } from './kinds.ts';
import { assertListed, noOverrides, type Overrides, parseOverrides, settingsOf } from './overrides.ts';
import { type InvariantPool, isAtLeast } from './pool.ts';
import { WatchedPool } from './watchedPool.ts';

type Context = Pick<BotContext<InvariantConfig>, 'provider' | 'reader' | 'chain' | 'config'>;

/**
 * The registry's pools; those watched before keep what is remembered of them. One that cannot be read is an
 * observation and hides no other.
 * @throws SetupError when there is no registry, or the overrides cannot be used (at the start)
 */
export async function discover(
  ctx: Context,
  watched: readonly WatchedPool[],
): Promise<Discovery<WatchedPool>> {
  const listed = await readRegistry(ctx.provider, await registryAddress(ctx.config, ctx.chain));
  const overrides = await readOverrides(ctx.config.INVARIANT_OVERRIDES_FILE);
  const observations: Observation[] = [
    overridesObservation(ctx.config, overrides, listed, watched.length === 0),
  ];
  const stillListed = watched.filter(({ address }) => listed.includes(address));
  const unknown = listed.filter(address => !watched.some(pool => pool.address === address));
  const head = await readHead(ctx.provider);
  const { pools, unreadable } = await readPools(ctx.reader, head, unknown);
  const added: WatchedPool[] = [];
  for (const pool of pools) {
    try {
      added.push(new WatchedPool(await prepared(ctx, head, pool, overrides)));
    } catch (error) {
      unreadable.push({ address: pool.address, reason: reasonOf(error) });
    }
  }
  const targets = [...stillListed, ...added];
  return {
    targets,
    observations: [
      ...observations,
      ...unreadable.map(({ address, reason }) => ({
        check: 'pool-unreadable',
        pool: address,
        failing: true as const,
        message: `${address} is listed, but ${reason}`,
      })),
      ...targets.map(({ address }) => ({ check: 'pool-unreadable', pool: address, failing: false as const })),
      ...targets.map(({ pool }) => kindObservation(pool)),
    ],
  };
}

/** The pool with all that decides how it is read and judged. */
export async function prepared(
  { reader }: Pick<Context, 'reader'>,
  block: Block,
  pool: HyperdrivePool,
  overrides: Overrides,
): Promise<InvariantPool> {
  const { address, config, decimals, kind, version } = pool;
  const actualShares = await sharesRead(reader, block, pool);
  return {
    ...pool,
    convertsToBase: isAtLeast(version, [1, 0, 15]),
    actualShares,
    baseBalance: isToken(config.baseToken) ? tokenBalance(config.baseToken, address) : undefined,
    baseIsYield: overrides.pools?.[address]?.baseIsYield ?? kindOf(kind)?.baseIsYield ?? false,
    settings: settingsOf(overrides, address, decimals),
  };
}

/** @throws SetupError when it cannot be read or used */
export async function readOverrides(file: string | undefined): Promise<Overrides> {
  if (file === undefined) return noOverrides;
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (cause) {
    throw new SetupError(
      `INVARIANT_OVERRIDES_FILE: ${file} cannot be read (${(cause as NodeJS.ErrnoException).code}); give a YAML file, or leave it out`,
      { cause },
    );
  }
  return parseOverrides(content, file);
}

/** At the start an unlisted pool is a mistake; later the pool has left the registry, and the bot goes on. */
function overridesObservation(
  { INVARIANT_OVERRIDES_FILE: file = '' }: InvariantConfig,
  overrides: Overrides,
  listed: readonly string[],
  isStart: boolean,
): Observation {
  try {
    assertListed(overrides, listed, file);
    return { check: 'overrides-stale', failing: false };
  } catch (error) {
    if (isStart) throw error;
    return { check: 'overrides-stale', failing: true, message: reasonOf(error) };
  }
}

function kindObservation({ address, kind, version }: InvariantPool): Observation {
  const about = { check: 'unknown-kind', pool: address };
  if (kindOf(kind)) return { ...about, failing: false };
  return {
    ...about,
    failing: true,
    message: `${kind} (${version}) is not in the table of kinds: total-shares is not checked, all other checks are`,
  };
}
