import { one } from '@service-bots/core/hyperdrive';
import { priceFunctionOf, vaultOf } from '../pools/InvariantPool.ts';
import { basePerShare } from '../readings/quantity.ts';
import { isRefused, known } from '../readings/reading.ts';
import type { Check } from './Check.ts';
import { headroom } from './headroom.ts';

/**
 * The vault's price of a share determines the worth of everything in a pool: without that price no check can
 * decide.
 */
export const vaultAnswers: Check = {
  name: 'vault-answers',
  title: 'the vault of a pool gives no share price',
  severity: 'critical',
  formula: 'the vault tells the price c of a share, and c > 0',
  run({ now, pool }) {
    const { vaultSharePrice } = now;
    // A pool without code cannot read its vault.
    known(now.market, 'the market state');
    const vault = vaultOf(pool) ?? 'without an address of its own';
    const where = `vault ${vault}, ${priceFunctionOf(pool)}`;
    const meaning =
      'solvency, present value, LP share price, total shares and negative interest cannot be checked until it does; deposits and withdrawals are likely to revert too';
    // Before v1.0.15 the price comes with all other values that the pool computes, so the failed value cannot
    // be identified.
    if (pool.convertsToBase && isRefused(vaultSharePrice))
      return {
        outcome: 'fails',
        message: `the vault of this pool does not answer (${where}): ${vaultSharePrice.reason}; ${meaning}`,
        numbers: [],
      };
    const c = basePerShare('vault share price c', known(vaultSharePrice, 'the vault share price'));
    const room = headroom(c, one);
    if (c.value > 0n) return { outcome: 'holds', numbers: [c], headroom: room };
    const message = `the vault of this pool says that its shares are worth nothing (${where}): LPs, longs and shorts would be paid nothing; no other invariant that needs the price can be checked until it is above 0`;
    return { outcome: 'fails', message, numbers: [c], headroom: room };
  },
};
