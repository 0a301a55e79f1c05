import { lpSharePrice, presentValue } from '@service-bots/core/hyperdrive';
import type { InvariantPool } from '../pool.ts';
import { known } from '../reading.ts';
import type { Snapshot } from '../snapshot.ts';

/**
 * What a pool's reserves are worth, in shares, at another moment than their own if need be.
 * @returns undefined where the contract finds no value
 */
export function valueAt(
  { config, positionDuration, checkpointDuration }: InvariantPool,
  reserves: Snapshot,
  vaultSharePrice: bigint,
  chainTime: number,
): bigint | undefined {
  const terms = { ...config, positionDuration, checkpointDuration };
  return presentValue(terms, known(reserves.market), vaultSharePrice, chainTime);
}

/** Whether our own computation says what the contract said then. Another version of it may differ. */
export function agreesWithContract(pool: InvariantPool, snapshot: Snapshot): boolean {
  const c = known(snapshot.vaultSharePrice);
  const value = valueAt(pool, snapshot, c, snapshot.block.timestamp);
  if (value === undefined) return known(snapshot.lpSharePrice) === 0n;
  return lpSharePrice(value, c, known(snapshot.lpTotalSupply)) === known(snapshot.lpSharePrice);
}
