import { known } from '../readings/index.ts';
import { bonds } from '../readings/quantity.ts';
import type { Check } from './Check.ts';
import { holdsWithAtLeast } from './headroom.ts';

/** A pool without bonds has no price. */
export const exampleCheck: Check = {
  name: 'example',
  title: 'a pool has no bonds',
  severity: 'error',
  formula: 'y ≥ 1',
  impact: 'no user can trade with the pool',
  firstStep: 'inform pool governance',
  run({ now }) {
    const { bondReserves, isInitialized } = known(now, 'market');
    if (!isInitialized) return { outcome: 'skipped', reason: 'the pool is not initialised' };
    const reserves = bonds('bond reserves y', bondReserves);
    const left = bonds('bond reserves above their minimum', bondReserves - 1n, 'y − 1');
    const message = 'the pool has no bonds';
    return holdsWithAtLeast(0n, left, { whole: bondReserves, numbers: [reserves, left], message });
  },
};
