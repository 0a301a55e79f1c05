import type { Result } from 'ethers';
import { type BatchReader, type BlockRef, contractMethod } from '../rpc/index.ts';
import { poolAbi } from './abi.ts';

/** The constant properties of a pool. Durations in seconds. */
export interface HyperdrivePool {
  address: string;
  name: string;
  kind: string;
  version: string;
  decimals: number;
  positionDuration: number;
  checkpointDuration: number;
  config: PoolConfig;
}

/**
 * The result of `getPoolConfig`: amounts in the token's decimals; prices, fees and the time stretch with 18.
 */
export interface PoolConfig {
  baseToken: string;
  vaultSharesToken: string;
  initialVaultSharePrice: bigint;
  minimumShareReserves: bigint;
  minimumTransactionAmount: bigint;
  circuitBreakerDelta: bigint;
  positionDuration: bigint;
  checkpointDuration: bigint;
  timeStretch: bigint;
  fees: { curve: bigint; flat: bigint; governanceLP: bigint; governanceZombie: bigint };
}

/** The pools that could be read, and the others with the reason. */
export interface PoolsRead {
  pools: HyperdrivePool[];
  unreadable: { address: string; reason: string }[];
}

const fields = ['name', 'kind', 'version', 'decimals', 'getPoolConfig'] as const;

/**
 * Reads the immutable part of many pools at one block, in one request. A broken pool does not hide the
 * others.
 */
export async function readPools(
  reader: BatchReader,
  block: BlockRef,
  addresses: readonly string[],
): Promise<PoolsRead> {
  const methods = fields.map(field => contractMethod(poolAbi, field));
  const reads = addresses.flatMap(address => methods.map(method => method(address)));
  const results = await reader.read(block, reads);
  const found: PoolsRead = { pools: [], unreadable: [] };
  addresses.forEach((address, i) => {
    const own = results.slice(i * fields.length, (i + 1) * fields.length);
    const failed = own.findIndex(result => !result.ok);
    const failure = own[failed];
    if (failure && !failure.ok) {
      found.unreadable.push({ address, reason: `${fields[failed]}: ${failure.reason}` });
      return;
    }
    const [name, kind, version, decimals, rawConfig] = own.map(result =>
      result.ok ? result.value : undefined,
    ) as [string, string, string, bigint, Result];
    // A plain object is used: ethers' own makes every read of a field expensive.
    const config = rawConfig.toObject(true) as unknown as PoolConfig;
    found.pools.push({
      address,
      name,
      kind,
      version,
      decimals: Number(decimals),
      positionDuration: Number(config.positionDuration),
      checkpointDuration: Number(config.checkpointDuration),
      config,
    });
  });
  return found;
}
