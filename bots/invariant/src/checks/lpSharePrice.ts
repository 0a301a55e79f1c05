import { one, lpSharePrice as priceOf } from '@service-bots/core/hyperdrive';
import type { PoolEvent } from '../events.ts';
import { basePerLpShare, lpShares, ratio } from '../quantity.ts';
import { known } from '../reading.ts';
import type { Check, Result, View } from './check.ts';
import { headroom } from './headroom.ts';
import { agreesWithContract, valueAt } from './value.ts';

/** 1e-4, with 18 decimals. */
const tolerance = one / 10_000n;

/**
 * Nothing that happens in a block takes from the LPs, and only matured positions give to them all at once.
 *
 * The yield of the vault and the passing of time move the price too, so that the price before is not what to compare
 * with: it is what the reserves of the block before are worth by the vault's price and the time of this block. In a
 * block without trades the two are equal to the wei.
 */
export const lpSharePriceCheck: Check = {
  name: 'lp-share-price',
  title: 'the LP share price moved without a reason',
  severity: 'critical',
  formula:
    'LP share price = ⌊⌊PV·c⌋/supply⌋ with reserves and supply of the block before, c and time of this one, ±1e-4; above it only with a checkpoint or a matured close',
  comparesWith: ['before'],
  run(view): Result {
    const { now, before, pool } = view;
    if (!before) return { outcome: 'skipped', reason: 'there is no block before' };
    const against = before.block.number;
    const supply = known(before.lpTotalSupply, `the LP total supply of block ${against}`);
    const price = known(now.lpSharePrice, 'the LP share price');
    const skipped = (reason: string): Result => ({ outcome: 'skipped', reason, against });
    if (supply === 0n || known(now.lpTotalSupply, 'the LP total supply') === 0n)
      return skipped('there are no LP shares');
    if (price === 0n) return skipped('the LP share price is 0: see present-value');
    // Nothing can be expected of reserves that had no price by the contract's own word.
    const { lpSharePrice: priceBefore } = before;
    if (priceBefore.ok ? priceBefore.value === 0n : priceBefore.reverted)
      return skipped(`there was no LP share price at block ${against}: see present-value`);
    const c = known(now.vaultSharePrice, 'the vault share price');
    const { value, numbers: steps } = valueAt(pool, before, c, now.block.timestamp);
    // The contract found a price a block ago, and finds one now.
    if (value === undefined) {
      const reason = `we find no present value of the reserves of block ${against} now`;
      return { outcome: 'indeterminate', reason, numbers: steps, against };
    }
    const expected = priceOf(value, c, supply);
    if (expected === 0n) return skipped('nothing is expected of an LP share');
    const change = ((price - expected) * one) / expected;
    const by = ratio('change beyond yield and time', change, 'actual/expected − 1');
    const numbers = [
      ...steps,
      lpShares(`LP total supply at block ${against}`, supply),
      basePerLpShare('expected LP share price', expected, '⌊⌊PV·c⌋/supply⌋'),
      basePerLpShare('LP share price', price),
      by,
    ];
    const fall = headroom(ratio('fall that is left', tolerance + change), tolerance);
    const rise = headroom(ratio('rise that is left', tolerance - change), tolerance);
    if (change > -tolerance && change < tolerance)
      return { outcome: 'holds', numbers, headroom: change < 0n ? fall : rise, against };
    if (!agreesWithContract(pool, before))
      return {
        outcome: 'indeterminate',
        reason: `this ${pool.version} contract computes its LP share price in another way than we do`,
        numbers,
        against,
      };
    if (change <= -tolerance)
      return { outcome: 'fails', message: 'the LP share price fell', by, numbers, headroom: fall, against };
    const reason = reasonToRise(view);
    if (reason === 'unknown')
      return {
        outcome: 'indeterminate',
        reason: 'it rose, and the events that may say why could not be read',
        numbers,
        against,
      };
    if (reason) return { outcome: 'holds', numbers, headroom: fall, against };
    return {
      outcome: 'fails',
      severity: 'warning',
      message: 'the LP share price rose without a checkpoint or a matured close',
      by,
      numbers,
      headroom: rise,
      against,
    };
  },
};

function reasonToRise({ closer, now }: View): PoolEvent | 'unknown' | undefined {
  if (!closer?.events) return 'unknown';
  return closer.events.find(
    ({ name, maturityTime }) =>
      name === 'CreateCheckpoint' || (maturityTime !== undefined && maturityTime <= now.block.timestamp),
  );
}
