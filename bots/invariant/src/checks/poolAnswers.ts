import { one } from '@service-bots/core/hyperdrive';
import { known } from '../readings/index.ts';
import { count } from '../readings/quantity.ts';
import { isRefused } from '../readings/readResults.ts';
import type { Check } from './Check.ts';

/**
 * The function reads a pool's market state from storage only. While the pool's code is there, the call
 * succeeds, even if all else is broken.
 */
export const poolAnswers: Check = {
  name: 'pool-answers',
  title: 'a pool does not answer any more: its code is gone or broken',
  severity: 'critical',
  formula: 'getMarketState() of the pool returns its state',
  impact: 'no user can trade, close or withdraw, and the funds in the vault may be out of reach',
  firstStep: 'inform the governance of the pool and the maintainers of its contracts',
  reports: ['the pool does not answer'],
  run({ now, pool }) {
    if (isRefused(now.market))
      return {
        outcome: 'fails',
        message: `the pool ${pool.address} does not answer: ${now.market.reason}; its code is gone or broken, and no other check of this pool can decide`,
        numbers: [count('answers', 0)],
      };
    known(now, 'market');
    const answers = count('answers', 1);
    return { outcome: 'holds', numbers: [answers], headroom: { left: answers, part: one } };
  },
};
