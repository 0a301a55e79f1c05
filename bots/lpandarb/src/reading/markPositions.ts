import {
  closePosition,
  mulDown,
  type PoolState,
  payoutFor,
  removeLiquidity,
  type TradeConfig,
  vaultAtPrice,
} from '@service-bots/core/hyperdrive';
import { unlessRefused } from '../planning/sizes.ts';
import type { BondPosition, Positions } from '../planning/view.ts';
import type { ReadPool } from './readPool.ts';

/** What everything in a pool would pay if it were closed now, one after the other. Base. */
export interface Marked {
  positions: Positions;
  bonds: bigint;
  /** LP tokens and withdrawal shares: what is paid now, and the rest at the LP share price. */
  liquidity: bigint;
  /** Positions that the pool would refuse to close now: they count as nothing. */
  unpriced: number;
}

/** Returns what the bot's positions would pay, on the exact maths, each after the ones before it. */
export function markPositions(
  config: TradeConfig,
  {
    state,
    vaultSharePrice,
    lpSharePrice,
    held,
  }: Pick<ReadPool, 'state' | 'vaultSharePrice' | 'lpSharePrice' | 'held'>,
  chainTime: number,
): Marked {
  const moment = { chainTime, vaultSharePrice };
  const vault = vaultAtPrice(vaultSharePrice);
  let after: PoolState = state;
  let unpriced = 0;
  const bonds = held.bonds.map((position): BondPosition => {
    const done =
      position.bonds < config.minimumTransactionAmount
        ? undefined
        : unlessRefused(() => closePosition(config, after, position, moment));
    if (!done) {
      unpriced += 1;
      return { ...position, value: 0n };
    }
    after = done.state;
    return { ...position, value: payoutFor(done.closed.proceeds, vaultSharePrice, vault).base };
  });
  const { lpShares, withdrawalShares } = held;
  const positions = { lpShares, withdrawalShares, bonds };
  const sum = bonds.reduce((total, { value }) => total + value, 0n);
  const removed =
    lpShares < config.minimumTransactionAmount
      ? undefined
      : unlessRefused(() => removeLiquidity(config, after, lpShares, moment));
  const paid = removed ? payoutFor(removed.removed.proceeds, vaultSharePrice, vault).base : 0n;
  const waiting = withdrawalShares + (removed ? removed.removed.withdrawalShares : lpShares);
  return { positions, bonds: sum, liquidity: paid + mulDown(waiting, lpSharePrice), unpriced };
}
