import { aprFromPrice } from '@service-bots/core/hyperdrive';
import { before } from '../pools/history.ts';
import { aYear, basePerBond, basePerShare, bonds, ratio, seconds, shares } from '../readings/quantity.ts';
import { bondPrice, liveMarket } from './applicable.ts';
import type { Check, Result } from './Check.ts';
import { headroom } from './headroom.ts';

/** The fixed rate stays near its average of the checkpoint: beyond the breaker no liquidity can be added. */
export const priceSpike: Check = {
  name: 'price-spike',
  title: 'the fixed rate moved beyond the circuit breaker',
  severity: 'warning',
  formula: 'abs(spot APR − APR of the weighted spot price at the check before) < circuitBreakerDelta',
  impact:
    'the spike itself takes no money, and the contract accepts no new liquidity until its average has followed',
  firstStep: 'look at the trade that moved the rate',
  needs: ['history'],
  isOverCheckpoint: true,
  run({ now, history, pool }) {
    const market = liveMarket(now);
    const { shareReserves, shareAdjustment, bondReserves } = market;
    const { initialVaultSharePrice, timeStretch, circuitBreakerDelta } = pool.config;
    const last = before(history, now.block.number);
    const weighted = last?.weightedSpotPrice ?? 0n;
    const effective = shareReserves - shareAdjustment;
    const inputs = [
      shares('effective share reserves z − ζ', effective, 'z − ζ'),
      bonds('bond reserves y', bondReserves),
      basePerShare('initial vault share price µ', initialVaultSharePrice),
      ratio('time stretch ts', timeStretch),
      seconds('position duration', BigInt(pool.positionDuration)),
      basePerBond('weighted spot price at the check before', weighted),
    ];
    const skipped = (reason: string) =>
      ({ outcome: 'skipped', reason, numbers: inputs, ...against }) satisfies Result;
    const against = last ? { against: last.block } : {};
    const spot = bondPrice(pool, market);
    if (spot === 0n) return { ...skipped('bonds have no price'), condition: 'LP shares have no value' };
    if (!last) return skipped('no earlier block was checked yet');
    // The breaker has nothing to compare with either, so an earlier spike has ended.
    if (weighted === 0n)
      return { ...skipped('there was no trade yet in the checkpoint of the check before'), isOver: true };
    const spotApr = aprFromPrice(spot, pool.positionDuration);
    const weightedApr = aprFromPrice(weighted, pool.positionDuration);
    const moved = spotApr > weightedApr ? spotApr - weightedApr : weightedApr - spotApr;
    const by = aYear('distance', moved, 'abs(spot APR − weighted APR)');
    const numbers = [
      ...inputs,
      basePerBond('spot price', spot, '(µ·(z − ζ)/y)^ts'),
      aYear('spot APR', spotApr, '(1 − p)/(p·t)'),
      aYear('weighted APR', weightedApr, '(1 − p)/(p·t)'),
      aYear('circuit breaker', circuitBreakerDelta),
      by,
    ];
    const room = headroom(aYear('distance left', circuitBreakerDelta - moved), circuitBreakerDelta);
    if (moved < circuitBreakerDelta) return { outcome: 'holds', numbers, headroom: room, ...against };
    return {
      outcome: 'fails',
      message: 'the fixed rate moved beyond the circuit breaker',
      by,
      numbers,
      headroom: room,
      ...against,
    };
  },
};
