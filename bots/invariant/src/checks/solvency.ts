import { divDown } from '@service-bots/core/hyperdrive';
import { base, basePerShare, shares } from '../readings/quantity.ts';
import { liveMarket, positivePrice } from './applicable.ts';
import type { Check } from './Check.ts';
import { holdsWithAtLeast } from './headroom.ts';

/** Every open long can be paid in full at any future rate. */
export const solvency: Check = {
  name: 'solvency',
  title: 'the pool is insolvent',
  severity: 'critical',
  formula: 'z − ⌊longExposure/c⌋ − zMin ≥ 0',
  impact: 'the first traders to close are paid in full, and the last get nothing',
  firstStep: 'have the pool paused and inform its governance',
  vaultLoss: 'follows',
  run({ now, pool }) {
    const { shareReserves, longExposure } = liveMarket(now);
    const c = positivePrice(now);
    const { minimumShareReserves } = pool.config;
    const owed = divDown(longExposure, c);
    const left = shares(
      'solvency',
      shareReserves - owed - minimumShareReserves,
      'z − ⌊longExposure/c⌋ − zMin',
    );
    const numbers = [
      shares('share reserves z', shareReserves),
      base('long exposure', longExposure),
      basePerShare('vault share price c', c),
      shares('shares owed to longs', owed, '⌊longExposure/c⌋'),
      shares('minimum share reserves zMin', minimumShareReserves),
      left,
    ];
    return holdsWithAtLeast(0n, left, {
      whole: shareReserves,
      numbers,
      message: 'the pool cannot pay all its longs',
    });
  },
};
