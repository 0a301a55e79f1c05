import { assetId, type HyperdrivePool, poolAbi } from '@service-bots/core/hyperdrive';
import { contractMethod, type Read, type ReadResult } from '@service-bots/core/rpc';
import type { HyperdriveView } from './ChainView.ts';

const getCheckpoint = contractMethod<{ vaultSharePrice: bigint }>(poolAbi, 'getCheckpoint');
const totalSupply = contractMethod<bigint>(poolAbi, 'totalSupply');

/**
 * The number of latest checkpoints that are read. An older unminted one is in the bots' backlog and in their
 * alerts.
 */
const depth = 8;

/** Returns the times of the latest checkpoints, the oldest first, in seconds since 1970. */
function timesOf({ checkpointDuration }: HyperdrivePool, chainTime: number): number[] {
  const latest = chainTime - (chainTime % checkpointDuration);
  return Array.from({ length: depth }, (_, i) => latest - (depth - 1 - i) * checkpointDuration);
}

export function hyperdriveReads(pool: HyperdrivePool, chainTime: number): Read<unknown>[] {
  return timesOf(pool, chainTime).flatMap(time => [
    getCheckpoint(pool.address, time),
    totalSupply(pool.address, assetId('long', time)),
    totalSupply(pool.address, assetId('short', time)),
  ]);
}

/**
 * Returns the view of a pool from the results of its reads.
 * @returns undefined when a read failed: its bots raise that
 */
export function hyperdriveView(
  pool: HyperdrivePool,
  chainTime: number,
  results: readonly ReadResult<unknown>[],
): HyperdriveView | undefined {
  if (results.some(({ ok }) => !ok)) return undefined;
  const values = results.map(result => (result.ok ? result.value : undefined));
  const unminted = timesOf(pool, chainTime).filter((_, i) => {
    const [checkpoint, longs, shorts] = values.slice(i * 3, i * 3 + 3) as [
      { vaultSharePrice: bigint },
      bigint,
      bigint,
    ];
    return checkpoint.vaultSharePrice === 0n && longs + shorts > 0n;
  });
  return { address: pool.address, name: pool.name, checkpointDuration: pool.checkpointDuration, unminted };
}
