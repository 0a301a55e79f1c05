import { mulUp, one, smaller } from '@service-bots/core/hyperdrive';
import type { BondPosition, PoolLimits, PoolView, Positions } from './view.ts';

/**
 * Gas of each transaction with its approvals, the most that was measured on the real contracts, rounded up. The sender
 * estimates the very transaction before it leaves; this figure decides whether it is worth asking.
 */
export const gasOf = {
  open: 600_000n,
  close: 500_000n,
  addLiquidity: 600_000n,
  removeLiquidity: 500_000n,
  redeem: 350_000n,
} as const;

/** Returns what gas and a rollup's first layer cost, in base, rounded up. */
export function gasCost({ gasPriceE18, firstLayerFee }: PoolLimits, gas: bigint): bigint {
  return mulUp(gas, gasPriceE18) + firstLayerFee;
}

/** Returns the base that a pool holds of the bot's: the most of what it may be worth for longs, its value for the rest. */
export function capitalInUse(view: PoolView, positions: Positions): bigint {
  const bonds = positions.bonds.reduce((sum, position) => sum + atStake(position), 0n);
  return lpValue(view, positions) + bonds;
}

/** Face value for a long, since no payment is more; for a short what closing pays, since no more can be lost. */
export function atStake({ side, bonds, value }: BondPosition): bigint {
  return side === 'long' ? bonds : value;
}

/** Returns the base that LP tokens and withdrawal shares are worth, by the contract's price. */
export function lpValue({ lpSharePrice }: PoolView, { lpShares, withdrawalShares }: Positions): bigint {
  return ((lpShares + withdrawalShares) * lpSharePrice) / one;
}

/** Returns the base that all liquidity of the pool is worth. */
export function liquidityOf({ state, lpSharePrice }: PoolView): bigint {
  const active = state.lpSupply + state.withdrawalShareSupply - state.readyToWithdraw;
  return (active * lpSharePrice) / one;
}

/** Returns the bonds of one side that the bot holds and that have not matured. */
export function openBonds({ bonds }: Positions, side: BondPosition['side'], chainTime: number): bigint {
  return bonds
    .filter(position => position.side === side && position.maturity > chainTime)
    .reduce((sum, position) => sum + position.bonds, 0n);
}

export function least(...amounts: readonly bigint[]): bigint {
  return amounts.reduce(smaller);
}

export function atLeastZero(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}
