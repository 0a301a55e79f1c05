import {
  mulDown,
  type PoolState,
  payoutFor,
  removeLiquidity,
  type TradeConfig,
  vaultAtPrice,
} from '@service-bots/core/hyperdrive';
import { acceptedClose } from '../planning/acceptedClose.ts';
import { unlessRefused } from '../planning/sizes.ts';
import type { BondPosition, Positions } from '../planning/view.ts';
import type { ReadPool } from './readPool.ts';

/** The payment for everything in a pool, in base, if the positions were closed now one after the other. */
export interface Marked {
  positions: Positions;
  bonds: bigint;
  /** LP tokens and withdrawal shares: the immediate payment, and the rest at the LP share price. */
  liquidity: bigint;
  /** The number of positions that the pool would refuse to close as a whole now. The refused part counts as 0. */
  unpriced: number;
}

/** Returns the closing value of the bot's positions by the exact maths, each after the ones before it. */
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
    const accepted = acceptedClose(config, after, { position, moment });
    if (accepted?.bonds !== position.bonds) unpriced += 1;
    if (!accepted) return { ...position, value: 0n };
    const { done } = accepted;
    after = done.state;
    return { ...position, value: payoutFor(done.closed.proceeds, vaultSharePrice, vault).base };
  });
  const { lpShares, withdrawalShares } = held;
  const positions = { lpShares, withdrawalShares, bonds };
  const sum = bonds.reduce((total, { value }) => total + value, 0n);
  const removed =
    lpShares < config.minimumTransactionAmount
      ? undefined
      : unlessRefused(() => removeLiquidity(config, after, { lpShares, moment }));
  const paid = removed ? payoutFor(removed.removed.proceeds, vaultSharePrice, vault).base : 0n;
  const waiting = withdrawalShares + (removed ? removed.removed.withdrawalShares : lpShares);
  return { positions, bonds: sum, liquidity: paid + mulDown(waiting, lpSharePrice), unpriced };
}
