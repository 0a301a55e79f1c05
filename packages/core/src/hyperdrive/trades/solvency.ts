import { larger, mulDown, mulUp } from '../fixedPoint.ts';
import type { PoolState, TradeConfig } from './PoolState.ts';
import { TradeRefused } from './TradeRefused.ts';

/**
 * Returns the base that is left when every long without a covering short is paid; a negative result means
 * insolvent.
 */
export function solvencyMargin(
  { minimumShareReserves }: Pick<TradeConfig, 'minimumShareReserves'>,
  { shareReserves, longExposure }: Pick<PoolState, 'shareReserves' | 'longExposure'>,
  vaultSharePrice: bigint,
): bigint {
  const reserved = longExposure + mulUp(minimumShareReserves, vaultSharePrice);
  return mulDown(shareReserves, vaultSharePrice) - reserved;
}

/** Checks that the pool is solvent. @throws TradeRefused when the pool could not pay all longs */
export function requireSolvent(config: TradeConfig, state: PoolState, vaultSharePrice: bigint): void {
  if (solvencyMargin(config, state, vaultSharePrice) < 0n) throw new TradeRefused('InsufficientLiquidity');
}

/** Returns the exposure after the net longs of one maturity have changed from `before` to `after`. */
export function exposureAfter(longExposure: bigint, before: bigint, after: bigint): bigint {
  return longExposure + larger(after, 0n) - larger(before, 0n);
}
