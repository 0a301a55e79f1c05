import { known } from '../readings/index.ts';
import { eth } from '../readings/quantity.ts';
import type { Check } from './Check.ts';
import { holdsWithNone } from './headroom.ts';

/**
 * A pool passes on all ETH that it receives: a remaining balance was sent by mistake or refunded to the wrong
 * place.
 */
export const ethBalance: Check = {
  name: 'eth-balance',
  title: 'the pool holds ETH',
  severity: 'warning',
  formula: "the pool's ETH = 0",
  impact: 'no position is in danger; the ETH may be a refund that a trader misses',
  firstStep: 'find the transaction that left it there',
  run({ now }) {
    const balance = eth("the pool's ETH", known(now, 'ethBalance'));
    return holdsWithNone(balance, 'the pool holds ETH');
  },
};
