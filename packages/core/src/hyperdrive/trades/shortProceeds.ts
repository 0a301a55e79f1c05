import { divDown, divUp, mulDivDown, mulDivUp } from '../fixedPoint.ts';
import type { TradeConfig } from './PoolState.ts';

/** Vault share prices: when a short was opened, when it stops to earn, and now. */
export interface ShortPrices {
  open: bigint;
  close: bigint;
  current: bigint;
}

/**
 * Returns the shares due to a short, rounded down: face value with the vault's interest and the prepaid flat
 * fee, less the cost of buying the bonds back. 0 when a loss of the vault has used it up.
 * @param cost vault shares to buy the bonds back, fees included
 */
export function shortProceedsDown(
  { fees }: Pick<TradeConfig, 'fees'>,
  { bonds, cost, prices: { open, close, current } }: { bonds: bigint; cost: bigint; prices: ShortPrices },
): bigint {
  const value = divDown(mulDivDown(bonds, close, open), current) + mulDivDown(bonds, fees.flat, current);
  return value > cost ? value - cost : 0n;
}

/** Returns the same rounded up: the deposit of a short. */
export function shortProceedsUp(
  { fees }: Pick<TradeConfig, 'fees'>,
  { bonds, cost, prices: { open, close, current } }: { bonds: bigint; cost: bigint; prices: ShortPrices },
): bigint {
  const value = divUp(mulDivUp(bonds, close, open), current) + mulDivUp(bonds, fees.flat, current);
  return value > cost ? value - cost : 0n;
}
