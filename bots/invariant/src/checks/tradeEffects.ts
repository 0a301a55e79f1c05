import { divUp, mulUp, one } from '@service-bots/core/hyperdrive';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import type { PoolEvent } from '../readings/events.ts';

/** The most that honest events can change the LPs' property; in base, the token's decimals. */
export interface TradeEffects {
  /** Fees that traders paid to LPs, and the part of the vault's loss that closed longs carried. */
  mostGain: bigint;
  /**
   * The most that the vault's loss took from the closed shorts: they pay less for their bonds, and LPs get
   * less.
   */
  mostLoss: bigint;
}

/**
 * The needed values of a checkpoint or a trade: when positions matured or will mature, and their opening
 * price.
 */
export type OpeningPrices = ReadonlyMap<number, bigint>;

/** The terms of trades. */
interface TradeTerms {
  /** The lowest possible price of a bond in these trades, 18 decimals. */
  lowestBondPrice: bigint;
  /** The vault share price (c) at the opening of positions, by their maturity. A trade without one explains no change. */
  openingPrices: OpeningPrices;
  /** Seconds since 1970. */
  chainTime: number;
}

/** Returns bounds of the effect of trades on LPs, from the trades' own size. */
export function tradeEffects(
  { config: { fees } }: Pick<InvariantPool, 'config'>,
  events: readonly PoolEvent[],
  { lowestBondPrice, openingPrices, chainTime }: TradeTerms,
): TradeEffects {
  // For each bond: the curve fee on its discount (for a long on the base paid, so that it is divided by the
  // price), or the flat fee. See _calculateFeesGivenBonds and _calculateFeesGivenShares in HyperdriveBase.
  const discount = lowestBondPrice >= one ? 0n : one - lowestBondPrice;
  const curveFee = lowestBondPrice === 0n ? fees.curve : mulUp(fees.curve, divUp(discount, lowestBondPrice));
  const feePerBond = curveFee + fees.flat;
  const effects = { mostGain: 0n, mostLoss: 0n };
  for (const { name, bonds = 0n, maturityTime = 0, vaultSharePrice = 0n, minted } of events) {
    if (minted) {
      const part = lostPart(openingPrices.get(minted.time), minted.closingPrice);
      effects.mostLoss += mulUp(minted.shorts, part);
      effects.mostGain += mulUp(minted.longs, part) + mulUp(minted.longs + minted.shorts, fees.flat);
    }
    if (bonds === 0n) continue;
    effects.mostGain += mulUp(bonds, feePerBond);
    // A matured position was settled by its checkpoint.
    if (maturityTime <= chainTime) continue;
    const part = lostPart(openingPrices.get(maturityTime), vaultSharePrice);
    if (name === 'CloseShort') effects.mostLoss += mulUp(mulUp(bonds, one + feePerBond), part);
    if (name === 'CloseLong') effects.mostGain += mulUp(bonds, part);
  }
  return effects;
}

/**
 * Returns the part of a position that the vault lost between its opening and its closing, 18 decimals,
 * rounded up.
 */
export function lostPart(openingPrice: bigint | undefined, closingPrice: bigint): bigint {
  if (openingPrice === undefined || openingPrice <= closingPrice) return 0n;
  return divUp(openingPrice - closingPrice, openingPrice);
}
