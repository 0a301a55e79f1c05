import { mulDivDown } from '../fixedPoint.ts';
import { checkpointAt, type Moment, type PoolState, type TradeConfig } from './PoolState.ts';
import type { ShortPrices } from './shortProceeds.ts';

/**
 * Returns the vault share prices at the beginning of a position and when it stops to earn.
 * @throws CheckpointNotRead
 */
export function pricesOf(
  { positionDuration }: TradeConfig,
  state: PoolState,
  { maturity, moment: { chainTime, vaultSharePrice } }: { maturity: number; moment: Moment },
): ShortPrices {
  const open = checkpointAt(state, maturity - positionDuration).vaultSharePrice;
  const close = chainTime < maturity ? vaultSharePrice : checkpointAt(state, maturity).vaultSharePrice;
  return { open, close, current: vaultSharePrice };
}

/** Returns shares less the part that the vault lost during the position's life, rounded down. */
export function afterLoss(shares: bigint, { open, close }: Pick<ShortPrices, 'open' | 'close'>): bigint {
  return close < open ? mulDivDown(shares, close, open) : shares;
}
