import { minus, mulDivDown, mulDown, one } from '../fixedPoint.ts';
import { timeRemaining } from '../presentValue.ts';
import { sharesOutForBondsIn } from '../yieldSpace.ts';
import type { CloseOnCurve, Position } from './applyClose.ts';
import { bondFees } from './fees.ts';
import { afterLoss, pricesOf } from './lossOfVault.ts';
import { curveOf, type Moment, type PoolState, spotPriceOf, type TradeConfig } from './PoolState.ts';
import { TradeRefused } from './TradeRefused.ts';

/**
 * Returns the numbers of closing a long. The part of its life that is left is sold to the curve; the rest is
 * paid at face value.
 * @throws TradeRefused when the curve cannot take the bonds
 */
export function closeLongOnCurve(
  config: TradeConfig,
  state: PoolState,
  { position: { bonds, maturity }, moment }: { position: Position; moment: Moment },
): CloseOnCurve {
  const { chainTime, vaultSharePrice } = moment;
  // 1. The trade without fees.
  const timeLeft = timeRemaining(config, BigInt(maturity) * one, chainTime);
  const flat = mulDivDown(bonds, minus(one, timeLeft), vaultSharePrice);
  const curveBonds = timeLeft > 0n ? mulDown(bonds, timeLeft) : 0n;
  const curve = curveOf(config, state, vaultSharePrice);
  const curveShares = timeLeft > 0n ? sharesOutForBondsIn(curve, curveBonds) : 0n;
  if (curveShares === undefined) throw new TradeRefused('InsufficientLiquidity');

  // 2. Fees. Governance's part leaves the reserves, the rest stays in them.
  const spotPrice = spotPriceOf(config, state);
  const fees = bondFees(config, { bonds, timeLeft, spotPrice, vaultSharePrice });
  const curveTrade = minus(curveShares, fees.curveFee - fees.governanceCurveFee);
  const due = minus(flat + curveShares, fees.curveFee + fees.flatFee);

  // 3. The holder bears a loss of the vault during the position's life.
  const prices = pricesOf(config, state, { maturity, moment });
  const shares = afterLoss(due + fees.governanceFee, prices);
  return {
    proceeds: afterLoss(due, prices),
    deltas: { bonds: curveBonds, shares, adjustment: shares - curveTrade },
    curveFee: fees.curveFee,
    flatFee: fees.flatFee,
    governanceFee: afterLoss(fees.governanceFee, prices),
    spotPrice,
  };
}
