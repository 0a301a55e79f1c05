import { one } from '@service-bots/core/hyperdrive';
import { at, lookedBackTo } from '../pools/history.ts';
import { known } from '../readings/index.ts';
import { basePerShare, ratio, seconds } from '../readings/quantity.ts';
import { positivePrice } from './applicable.ts';
import type { Check } from './Check.ts';
import { headroom } from './headroom.ts';

/** A vault that loses money takes it from the positions of its pool: trading has to stop. */
export const negativeInterest: Check = {
  name: 'negative-interest',
  title: 'the vault share price fell',
  severity: 'warning',
  worst: 'critical',
  formula: 'c(now) > c(look-back ago) − noise; critical where not paused and c(now) ≤ 0.999·c(look-back ago)',
  impact: 'the vault has lost money, and informed traders can still trade at prices that ignore the loss',
  firstStep: 'have all pools of this vault paused',
  needs: ['history'],
  vaultLoss: 'shows',
  run({ now, history, pool }) {
    const c = positivePrice(now);
    const { isPaused } = known(now, 'market');
    const { lookBackSeconds, sharePriceNoise } = pool.settings;
    const { timestamp } = now.block;
    const earlier = at(history, timestamp - lookBackSeconds);
    const old = lookedBackTo(history, now.block, lookBackSeconds);
    if (!old) return { outcome: 'skipped', reason: 'no earlier price is known yet' };
    const change = c - old.vaultSharePrice;
    const by = basePerShare('change of the vault share price', change, 'c − old');
    const part = ratio('change', old.vaultSharePrice > 0n ? (change * one) / old.vaultSharePrice : 0n);
    const numbers = [
      basePerShare(`vault share price at block ${old.block}`, old.vaultSharePrice),
      seconds('seconds since then', BigInt(timestamp - old.time)),
      seconds('look-back', BigInt(lookBackSeconds)),
      basePerShare('vault share price c', c),
      basePerShare('noise', sharePriceNoise),
      by,
      part,
    ];
    // Measured by the size of a ripple: all of it is left with an unchanged price, more with a rising one.
    const left = basePerShare('fall that is left', change + sharePriceNoise, 'c − old + noise');
    const room = headroom(left, sharePriceNoise);
    const against = old.block;
    const isLarge = c * 1_000n <= old.vaultSharePrice * 999n;
    // The price an hour ago is not known: a small fall may be rounding and does not count, a large one does.
    if (!earlier && !isLarge)
      return {
        outcome: 'skipped',
        reason: `the price ${lookBackSeconds} s ago is not known yet`,
        numbers,
        against,
      };
    if (change > -sharePriceNoise) return { outcome: 'holds', numbers, headroom: room, against };
    return {
      outcome: 'fails',
      severity: isLarge && !isPaused ? 'critical' : 'warning',
      message: `the vault share price fell${isPaused ? '; the pool is paused' : ''}`,
      by: part,
      numbers,
      headroom: room,
      against,
    };
  },
};
