import { minus, mulDivDown, mulDivUp } from '../fixedPoint.ts';
import type { LiquidityReserves, TradeConfig } from './PoolState.ts';

/**
 * Returns the reserves after vault shares were added or, negative, taken out, at an unchanged spot price.
 * @returns undefined where too few would be left
 */
export function withShares(
  { minimumShareReserves }: Pick<TradeConfig, 'minimumShareReserves'>,
  { shareReserves: z, shareAdjustment: zeta, bondReserves: y }: LiquidityReserves,
  shares: bigint,
): LiquidityReserves | undefined {
  if (shares === 0n) return { shareReserves: z, shareAdjustment: zeta, bondReserves: y };
  const shareReserves = z + shares;
  if (shareReserves < minimumShareReserves) return undefined;
  // Both roundings leave larger effective share reserves.
  const shareAdjustment =
    zeta >= 0n ? mulDivDown(shareReserves, zeta, z) : -mulDivUp(shareReserves, -zeta, z);
  if (z < zeta || shareReserves < shareAdjustment) return undefined;
  const bondReserves = mulDivDown(y, minus(shareReserves, shareAdjustment), minus(z, zeta));
  return { shareReserves, shareAdjustment, bondReserves };
}
