import { minus, mulDivUp, mulUp, one } from '../fixedPoint.ts';
import { timeRemaining } from '../presentValue.ts';
import { sharesInForBondsOut, spotPrice } from '../yieldSpace.ts';
import type { CloseOnCurve, Position } from './applyClose.ts';
import { bondFees } from './fees.ts';
import { afterLoss, pricesOf } from './lossOfVault.ts';
import { curveOf, type Moment, type PoolState, type TradeConfig } from './PoolState.ts';
import { shortProceedsDown } from './shortProceeds.ts';
import { TradeRefused } from './TradeRefused.ts';

/**
 * Returns the numbers of closing a short. The part of its life that is left is bought from the curve; the
 * rest at face value.
 * @throws TradeRefused when the price would rise above 1, fees included
 */
export function closeShortOnCurve(
  config: TradeConfig,
  state: PoolState,
  { position: { bonds, maturity }, moment }: { position: Position; moment: Moment },
): CloseOnCurve {
  const { chainTime, vaultSharePrice } = moment;
  // 1. The trade without fees.
  const timeLeft = timeRemaining(config, BigInt(maturity) * one, chainTime);
  const flat = mulDivUp(bonds, minus(one, timeLeft), vaultSharePrice);
  const curveBonds = timeLeft > 0n ? mulUp(bonds, timeLeft) : 0n;
  const curve = curveOf(config, state, vaultSharePrice);
  const curveShares = timeLeft > 0n ? sharesInForBondsOut(curve, curveBonds) : 0n;
  if (curveShares === undefined) throw new TradeRefused('InsufficientLiquidity');
  const priceAfter = (shares: bigint, bondsOut: bigint) =>
    spotPrice({
      effectiveReserves: curve.effectiveShareReserves + shares,
      bondReserves: minus(curve.bondReserves, bondsOut),
      initialVaultSharePrice: config.initialVaultSharePrice,
      timeStretch: config.timeStretch,
    });
  const price = priceAfter(0n, 0n);
  const priceLimit = minus(one, mulUp(config.fees.curve, minus(one, price)));

  // 2. Fees. Governance's part does not reach the reserves, the rest does.
  const fees = bondFees(config, { bonds, timeLeft, spotPrice: price, vaultSharePrice });
  const curveTrade = curveShares + fees.curveFee - fees.governanceCurveFee;
  const cost = flat + curveShares + fees.curveFee + fees.flatFee;
  if (priceAfter(curveShares, curveBonds) > priceLimit || priceAfter(curveTrade, curveBonds) > one)
    throw new TradeRefused('InsufficientLiquidity');

  // 3. The holder bears a loss of the vault during the position's life; the pool bears the part beyond the
  // deposit.
  const prices = pricesOf(config, state, { maturity, moment });
  const shares = afterLoss(minus(cost, fees.governanceFee), prices);
  return {
    proceeds: shortProceedsDown(config, { bonds, cost, prices }),
    deltas: { bonds: curveBonds, shares, adjustment: shares - curveTrade },
    curveFee: fees.curveFee,
    flatFee: fees.flatFee,
    governanceFee: afterLoss(fees.governanceFee, prices),
    spotPrice: price,
  };
}
