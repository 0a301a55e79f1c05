import {
  averageWith,
  curveOf,
  divDown,
  exposureAfter,
  isRefusal,
  mulDivDown,
  netLongs,
  one,
  type PoolState,
  sharesInForBondsOut,
  sharesOutForBondsIn,
  type TradeConfig,
  withShares,
} from '@service-bots/core/hyperdrive';
import type { PoolView } from '../planning/view.ts';
import type { ReadPool } from '../reading/readPool.ts';

type Held = ReadPool['held'];
type Prices = Pick<PoolView, 'chainTime' | 'vaultSharePrice' | 'lpSharePrice'>;

/**
 * Returns the pool as it would be with the paper positions in it. Its liquidity is deeper, its fixed rate is
 * where those trades would have left it, and the positions can be closed. Without this the rate would stay
 * off after every paper trade, and the bot would trade the same gap again and again.
 *
 * A trade moves the rate until its position has matured or is closed. The reaction of other traders is
 * unknown.
 */
export function withPaper(
  config: TradeConfig,
  state: PoolState,
  { held, prices }: { held: Held; prices: Prices },
): PoolState {
  let after = withLiquidity(config, state, { held, prices });
  for (const position of held.bonds) after = withPosition(config, after, { position, prices });
  return after;
}

function withLiquidity(
  config: TradeConfig,
  state: PoolState,
  {
    held: { lpShares, withdrawalShares },
    prices: { vaultSharePrice, lpSharePrice },
  }: { held: Held; prices: Prices },
): PoolState {
  const shares = mulDivDown(lpShares + withdrawalShares, lpSharePrice, vaultSharePrice);
  return {
    ...state,
    ...withShares(config, state, shares),
    lpSupply: state.lpSupply + lpShares,
    withdrawalShareSupply: state.withdrawalShareSupply + withdrawalShares,
  };
}

function withPosition(
  config: TradeConfig,
  state: PoolState,
  {
    position: { side, maturity, bonds },
    prices: { chainTime, vaultSharePrice },
  }: { position: Held['bonds'][number]; prices: Prices },
): PoolState {
  const checkpoint = state.checkpoints.get(maturity);
  if (!checkpoint) return state;
  const isLong = side === 'long';
  const supply = isLong ? { longs: checkpoint.longs + bonds } : { shorts: checkpoint.shorts + bonds };
  const checkpoints = new Map(state.checkpoints).set(maturity, { ...checkpoint, ...supply });
  // 1. A matured position whose checkpoint has settled it is set aside for its holder.
  if (maturity <= chainTime && checkpoint.vaultSharePrice > 0n) {
    return {
      ...state,
      checkpoints,
      zombieBaseProceeds: state.zombieBaseProceeds + bonds,
      zombieShareReserves: state.zombieShareReserves + divDown(bonds, vaultSharePrice),
    };
  }
  // 2. Any other position is outstanding and has moved the reserves. Its vault shares were paid at the price
  // of its opening. The surplus over the curve's demand now lies in the reserves without moving the rate.
  const curveShares = alongCurve(config, state, { bonds: isLong ? bonds : -bonds, vaultSharePrice });
  const openPrice = checkpoints.get(maturity - config.positionDuration)?.vaultSharePrice || vaultSharePrice;
  const shares = mulDivDown(curveShares, vaultSharePrice, openPrice);
  const before = netLongs(state, maturity);
  const sign = isLong ? 1n : -1n;
  const moved: PoolState = {
    ...state,
    checkpoints,
    shareReserves: state.shareReserves + sign * shares,
    shareAdjustment: state.shareAdjustment + sign * (shares - curveShares),
    bondReserves: state.bondReserves - (curveShares === 0n ? 0n : sign * bonds),
    longExposure: exposureAfter(state.longExposure, before, before + sign * bonds),
  };
  const average = (mean: bigint, weight: bigint) =>
    averageWith({ average: mean, weight, added: BigInt(maturity) * one, addedWeight: bonds });
  return isLong
    ? {
        ...moved,
        longsOutstanding: state.longsOutstanding + bonds,
        longAverageMaturityTime: average(state.longAverageMaturityTime, state.longsOutstanding),
      }
    : {
        ...moved,
        shortsOutstanding: state.shortsOutstanding + bonds,
        shortAverageMaturityTime: average(state.shortAverageMaturityTime, state.shortsOutstanding),
      };
}

/**
 * Returns the vault shares that go in for bonds bought, or that come out for bonds sold (negative `bonds`).
 * @returns 0 where the curve cannot take them
 */
function alongCurve(
  config: TradeConfig,
  state: PoolState,
  { bonds, vaultSharePrice }: { bonds: bigint; vaultSharePrice: bigint },
): bigint {
  try {
    const curve = curveOf(config, state, vaultSharePrice);
    const shares = bonds > 0n ? sharesInForBondsOut(curve, bonds) : sharesOutForBondsIn(curve, -bonds);
    return shares ?? 0n;
  } catch (error) {
    if (isRefusal(error)) return 0n;
    throw error;
  }
}
