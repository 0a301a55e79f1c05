import { aprFromPrice, spotPrice } from '@service-bots/core/hyperdrive';
import { before } from '../history.ts';
import { aYear, basePerBond } from '../quantity.ts';
import { known } from '../reading.ts';
import type { Check } from './check.ts';
import { headroom } from './headroom.ts';

/** The fixed rate does not leave its average of the checkpoint: beyond the breaker nobody can add liquidity. */
export const priceSpike: Check = {
  name: 'price-spike',
  title: 'the fixed rate moved beyond the circuit breaker',
  severity: 'warning',
  formula: 'abs(spot APR − APR of the weighted spot price at the check before) < circuitBreakerDelta',
  run({ now, history, pool }) {
    const { shareReserves, shareAdjustment, bondReserves } = known(now.market);
    const { initialVaultSharePrice, timeStretch, circuitBreakerDelta } = pool.config;
    const weighted = before(history, now.block.number)?.weightedSpotPrice ?? 0n;
    if (weighted === 0n) return { outcome: 'skipped', reason: 'no weighted spot price is known' };
    const effective = shareReserves - shareAdjustment;
    if (effective <= 0n || bondReserves === 0n) return { outcome: 'skipped', reason: 'the spot price is 0' };
    const spot = spotPrice(effective, bondReserves, initialVaultSharePrice, timeStretch);
    if (spot === 0n) return { outcome: 'skipped', reason: 'the spot price is 0' };
    const spotApr = aprFromPrice(spot, pool.positionDuration);
    const weightedApr = aprFromPrice(weighted, pool.positionDuration);
    const moved = spotApr > weightedApr ? spotApr - weightedApr : weightedApr - spotApr;
    const by = aYear('distance', moved, 'abs(spot APR − weighted APR)');
    const numbers = [
      basePerBond('spot price', spot),
      aYear('spot APR', spotApr, '(1 − p)/(p·t)'),
      basePerBond('weighted spot price at the check before', weighted),
      aYear('weighted APR', weightedApr, '(1 − p)/(p·t)'),
      aYear('circuit breaker', circuitBreakerDelta),
      by,
    ];
    const room = headroom(aYear('distance left', circuitBreakerDelta - moved), circuitBreakerDelta);
    if (moved < circuitBreakerDelta) return { outcome: 'holds', numbers, headroom: room };
    return {
      outcome: 'fails',
      message: 'the fixed rate moved beyond the circuit breaker',
      by,
      numbers,
      headroom: room,
    };
  },
};
