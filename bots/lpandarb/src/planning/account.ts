import { mulUp, one, smaller } from '@service-bots/core/hyperdrive';
import type { BondPosition, PoolLimits, PoolView, Positions } from './view.ts';

/**
 * The gas of each transaction with its approvals: the maximum that was measured on the real contracts,
 * rounded up. This figure decides whether a trade is worth a simulation. The sender estimates the exact
 * transaction before it is sent.
 */
export const gasOf = {
  open: 600_000n,
  close: 500_000n,
  addLiquidity: 600_000n,
  removeLiquidity: 500_000n,
  redeem: 350_000n,
} as const;

/** Returns the cost of gas and of a rollup's first layer, in base, rounded up. */
export function gasCost({ gasPriceE18, firstLayerFee }: PoolLimits, gas: bigint): bigint {
  return mulUp(gas, gasPriceE18) + firstLayerFee;
}

/**
 * Returns the base of the bot that a pool holds. A long counts at its largest possible payment, all other
 * positions at their value.
 */
export function capitalInUse(view: PoolView, positions: Positions): bigint {
  const bonds = positions.bonds.reduce((sum, position) => sum + atStake(position), 0n);
  return lpValue(view, positions) + bonds;
}

/**
 * Returns the base at stake in a position. A long counts at face value, since no payment is higher. A short
 * counts at its closing value, since no more can be lost.
 */
function atStake({ side, bonds, value }: BondPosition): bigint {
  return side === 'long' ? bonds : value;
}

/** Returns the value of LP tokens and withdrawal shares in base, by the contract's price. */
export function lpValue({ lpSharePrice }: PoolView, { lpShares, withdrawalShares }: Positions): bigint {
  return ((lpShares + withdrawalShares) * lpSharePrice) / one;
}

/** Returns the value of the pool's whole liquidity, in base. */
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
