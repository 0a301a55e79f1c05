import {
  checkpointReads,
  checkpointStates,
  type HyperdrivePool,
  isMissed,
} from '@service-bots/core/hyperdrive';
import type { Read, ReadResult } from '@service-bots/core/rpc';
import type { HyperdriveView } from './ChainView.ts';

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
  return checkpointReads(pool.address, timesOf(pool, chainTime));
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
  const unminted = checkpointStates(timesOf(pool, chainTime), results)
    .filter(isMissed)
    .map(({ time }) => time);
  return { address: pool.address, name: pool.name, checkpointDuration: pool.checkpointDuration, unminted };
}
