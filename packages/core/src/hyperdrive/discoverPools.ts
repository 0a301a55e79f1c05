import type { Observation } from '../alerts/index.ts';
import type { Chain } from '../chains/index.ts';
import { type BatchReader, type Block, type FailoverProvider, readBlock, readHead } from '../rpc/index.ts';
import { type PoolsRead, readPools } from './pools.ts';
import { type RegistryConfig, readRegistry, registryAddress } from './registry.ts';

/** Checkpoints older than this are not looked for. */
const longestPastSeconds = 4 * 365 * 86_400;

interface Registered {
  config: RegistryConfig;
  chain: Chain;
  provider: FailoverProvider;
  reader: BatchReader;
}

/** A registry's pools: the new ones as read at `head`, and those that could not be read. */
export interface DiscoveredPools extends PoolsRead {
  registry: string;
  /** The addresses of all pools that the registry lists. */
  listed: string[];
  head: Block;
  /**
   * The time in seconds since 1970 before which the chain had no pool, as far as it shows; 0 without a new
   * pool.
   */
  beginning: number;
}

/**
 * Reads the list of a registry's pools, and those of its pools that are not known yet.
 * @param known the addresses of the pools that were read before
 * @throws SetupError when there is no registry
 */
export async function discoverPools(
  { config, chain, provider, reader }: Registered,
  known: readonly string[],
): Promise<DiscoveredPools> {
  const registry = await registryAddress(config, chain);
  const listed = await readRegistry(provider, registry);
  const head = await readHead(provider);
  const unknown = listed.filter(address => !known.includes(address));
  const read = await readPools(reader, head, unknown);
  const beginning = read.pools.length > 0 ? await beginningOf(provider, chain, head) : 0;
  return { registry, listed, head, ...read, beginning };
}

/**
 * Returns the time in seconds since 1970 before which the chain had no pool, as far as it shows; never more
 * than four years ago.
 */
export async function beginningOf(
  provider: FailoverProvider,
  { firstBlock }: Pick<Chain, 'firstBlock'>,
  head: Block,
): Promise<number> {
  // The header of the chain's first block with pools; where it is not served, the limit alone applies.
  const first = await readBlock(provider, firstBlock).catch(() => undefined);
  return Math.max(first?.timestamp ?? 0, head.timestamp - longestPastSeconds);
}

/**
 * Returns the time in seconds since 1970 before which no position of a pool can have matured. A position
 * matures a duration after the beginning of the checkpoint in which it was opened.
 */
export function firstMaturity(
  { checkpointDuration, positionDuration }: { checkpointDuration: number; positionDuration: number },
  beginning: number,
): number {
  return beginning - (beginning % checkpointDuration) + positionDuration;
}

/** Returns the observation about a listed pool that could not be read. */
export function unreadablePool(
  registry: string,
  { address, reason }: PoolsRead['unreadable'][number],
): Observation {
  return {
    check: 'pool-unreadable',
    pool: address,
    failing: true,
    message: `${address} is listed in the registry, but cannot be read: ${reason}. Nothing is done for this pool. First: ask another node for its code`,
    cause: `registry ${registry}`,
  };
}
