import { divDown, divUp, larger, minus, mulDivDown, mulDown } from '../fixedPoint.ts';
import type { PoolState, TradeConfig } from './PoolState.ts';

/**
 * Returns the state after the interest of matured, unredeemed positions went to the LPs and to governance. Their holders
 * earn none: only as much base as they are owed stays set aside for them.
 */
export function collectZombieInterest(
  { fees }: Pick<TradeConfig, 'fees'>,
  state: PoolState,
  vaultSharePrice: bigint,
): PoolState {
  const setAside = mulDown(vaultSharePrice, state.zombieShareReserves);
  if (setAside <= state.zombieBaseProceeds) return state;
  const interest = setAside - state.zombieBaseProceeds;
  const interestShares = divDown(interest, vaultSharePrice);
  const governanceFee = mulDown(interestShares, fees.governanceZombie);
  const reinvested = interestShares - governanceFee;
  return {
    ...state,
    zombieShareReserves: minus(state.zombieShareReserves, divUp(interest, vaultSharePrice)),
    governanceFees: state.governanceFees + governanceFee,
    shareReserves: state.shareReserves + reinvested,
    // ζ moves along, so that the curve stays where it is.
    shareAdjustment: state.shareAdjustment + reinvested,
  };
}

/**
 * Pays a matured position from the shares set aside. If the vault lost money since the maturity, all holders
 * get the same part of their claim.
 * @returns the shares paid, rounded down, and the state after it
 */
export function payZombie(
  config: Pick<TradeConfig, 'fees'>,
  state: PoolState,
  { owedShares, vaultSharePrice }: { owedShares: bigint; vaultSharePrice: bigint },
): { shares: bigint; state: PoolState } {
  const collected = collectZombieInterest(config, state, vaultSharePrice);
  const { zombieBaseProceeds: owedToAll, zombieShareReserves } = collected;
  const setAside = mulDown(vaultSharePrice, zombieShareReserves);
  // After a collection a wei may be missing by rounding; the contract counts that as nothing missing.
  const hasLost = collected === state && setAside < owedToAll;
  const shares = hasLost ? mulDivDown(owedShares, setAside, owedToAll) : owedShares;
  const lessOrNone = (all: bigint, part: bigint) => larger(all - part, 0n);
  return {
    shares,
    state: {
      ...collected,
      zombieBaseProceeds: lessOrNone(owedToAll, mulDown(owedShares, vaultSharePrice)),
      zombieShareReserves: lessOrNone(zombieShareReserves, shares),
    },
  };
}
