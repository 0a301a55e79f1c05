import { known } from '../readings/index.ts';
import { bonds, shares } from '../readings/quantity.ts';
import { holdsAnything } from './applicable.ts';
import type { Check } from './Check.ts';
import { holdsWithAtLeast } from './headroom.ts';

/** Below the minimum, prices can be moved at will. The contract never allows this state. */
export const minimumShareReserves: Check = {
  name: 'minimum-share-reserves',
  title: 'the share reserves are below their minimum',
  severity: 'critical',
  formula: 'z ≥ zMin, and the pool is initialised',
  impact: 'prices in the pool can be moved at will, and LPs pay for it',
  firstStep: 'have the pool paused',
  reports: ['the pool is not initialised'],
  run({ now, pool }) {
    const { shareReserves, bondReserves, isInitialized } = known(now, 'market');
    const { minimumShareReserves } = pool.config;
    if (!isInitialized && !holdsAnything(now))
      return { outcome: 'skipped', reason: 'the pool is not initialised' };
    if (!isInitialized)
      return {
        outcome: 'fails',
        message:
          'the pool says that it is not initialised, although it has reserves or LP shares: its storage is broken, and all other checks of it rest on that',
        numbers: [shares('share reserves z', shareReserves), bonds('bond reserves y', bondReserves)],
      };
    const left = shares(
      'share reserves above their minimum',
      shareReserves - minimumShareReserves,
      'z − zMin',
    );
    const numbers = [
      shares('share reserves z', shareReserves),
      shares('minimum share reserves zMin', minimumShareReserves),
      left,
    ];
    const message = 'share reserves are below the minimum';
    return holdsWithAtLeast(0n, left, { whole: shareReserves, numbers, message });
  },
};
