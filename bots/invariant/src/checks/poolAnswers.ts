import { one } from '@service-bots/core/hyperdrive';
import { count } from '../readings/quantity.ts';
import { isRefused, known } from '../readings/reading.ts';
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
  run({ now, pool }) {
    if (isRefused(now.market))
      return {
        outcome: 'fails',
        message: `the pool ${pool.address} does not answer: ${now.market.reason}; its code is gone or broken, nobody can withdraw, and no other invariant of it can be checked`,
        numbers: [count('answers', 0)],
      };
    known(now.market, 'the market state');
    const answers = count('answers', 1);
    return { outcome: 'holds', numbers: [answers], headroom: { left: answers, part: one } };
  },
};
