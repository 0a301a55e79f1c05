import { divUp, minus, mulDivDown, mulDivUp, mulDown, mulUp, one } from '../fixedPoint.ts';
import type { TradeConfig } from './PoolState.ts';

/** The fees of opening a long. */
export interface OpenLongFees {
  /** Bonds that the trader does not receive, rounded up. */
  curveFee: bigint;
  /** The part of the curve fee that governance is paid in vault shares, rounded down. */
  governanceFee: bigint;
}

/**
 * Returns the fees of opening a long: a part of the interest that `shares` earn at the spot price.
 * @param shares vault shares paid
 * @throws ArithmeticError for a spot price above 1
 */
export function openLongFees(
  { fees }: Pick<TradeConfig, 'fees'>,
  { shares, spotPrice, vaultSharePrice }: { shares: bigint; spotPrice: bigint; vaultSharePrice: bigint },
): OpenLongFees {
  const interest = minus(divUp(one, spotPrice), one);
  const curveFee = mulUp(mulUp(mulUp(interest, fees.curve), vaultSharePrice), shares);
  const governanceBonds = mulDown(curveFee, fees.governanceLP);
  return { curveFee, governanceFee: mulDivDown(governanceBonds, spotPrice, vaultSharePrice) };
}

/** The fees of a trade that is sized in bonds, in vault shares. */
export interface BondFees {
  /** For the part traded on the curve, rounded up. */
  curveFee: bigint;
  /** For the part that has matured, rounded up. */
  flatFee: bigint;
  /** Governance's part of the curve fee, rounded down. */
  governanceCurveFee: bigint;
  /** Governance's part of both, each rounded down. */
  governanceFee: bigint;
}

/**
 * Returns the fees of closing a position or opening a short.
 * @param timeLeft the part of the position's life that is left, 18 decimals
 * @throws ArithmeticError for a spot price above 1
 */
export function bondFees(
  { fees }: Pick<TradeConfig, 'fees'>,
  {
    bonds,
    timeLeft,
    spotPrice,
    vaultSharePrice,
  }: { bonds: bigint; timeLeft: bigint; spotPrice: bigint; vaultSharePrice: bigint },
): BondFees {
  const discount = minus(one, spotPrice);
  const curveFee = mulDivUp(mulUp(mulUp(fees.curve, discount), bonds), timeLeft, vaultSharePrice);
  const governanceCurveFee = mulDown(curveFee, fees.governanceLP);
  const matured = mulDivUp(bonds, minus(one, timeLeft), vaultSharePrice);
  const flatFee = mulUp(matured, fees.flat);
  const governanceFee = governanceCurveFee + mulDown(flatFee, fees.governanceLP);
  return { curveFee, flatFee, governanceCurveFee, governanceFee };
}
