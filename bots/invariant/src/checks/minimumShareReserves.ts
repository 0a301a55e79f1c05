import { shares } from '../quantity.ts';
import { known } from '../reading.ts';
import type { Check } from './check.ts';
import { holdsWithAtLeast } from './headroom.ts';

/** Below the minimum, prices can be moved at will. The contract never lets it happen. */
export const minimumShareReserves: Check = {
  name: 'minimum-share-reserves',
  title: 'the share reserves are below their minimum',
  severity: 'critical',
  formula: 'z ≥ zMin',
  run({ now, pool }) {
    const { shareReserves, isInitialized } = known(now.market, 'the market state');
    if (!isInitialized) return { outcome: 'skipped', reason: 'the pool is not initialised' };
    const { minimumShareReserves } = pool.config;
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
