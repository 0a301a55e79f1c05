import { one } from '@service-bots/core/hyperdrive';
import { priceFunctionOf, vaultOf } from '../pools/InvariantPool.ts';
import { known } from '../readings/index.ts';
import { basePerShare } from '../readings/quantity.ts';
import { isRefused } from '../readings/readResults.ts';
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
  formula: 'the vault returns the price c of a share, and c > 0',
  impact: 'no user of this pool can trade or withdraw until the vault answers',
  firstStep: 'call the operators of the vault',
  reports: ['the vault gives no price'],
  run({ now, pool }) {
    const { vaultSharePrice } = now;
    // A pool without code cannot read its vault.
    known(now, 'market');
    const vault = vaultOf(pool) ?? 'without an address of its own';
    const where = `vault ${vault}, ${priceFunctionOf(pool)}`;
    const meaning =
      'no check that needs this price can decide until the vault answers; deposits and withdrawals are likely to revert too';
    // Before v1.0.15 the price comes with all other values that the pool computes, so the failed value cannot
    // be identified.
    if (pool.convertsToBase && isRefused(vaultSharePrice))
      return {
        outcome: 'fails',
        isByVault: true,
        message: `the vault of this pool does not answer (${where}): ${vaultSharePrice.reason}; ${meaning}`,
        numbers: [],
      };
    const c = basePerShare('vault share price c', known(now, 'vaultSharePrice'));
    const room = headroom(c, one);
    if (c.value > 0n) return { outcome: 'holds', numbers: [c], headroom: room };
    const message = `the vault of this pool reports that its shares are worth nothing (${where}): LPs, longs and shorts would be paid nothing; no other check that needs this price can decide until it is above 0`;
    return { outcome: 'fails', isByVault: true, message, numbers: [c], headroom: room };
  },
};
