import { one, lpSharePrice as priceOf } from '@service-bots/core/hyperdrive';
import { known, type Snapshot } from '../readings/index.ts';
import { basePerLpShare, lpShares, type Quantity, ratio } from '../readings/quantity.ts';
import { isRefused } from '../readings/readResults.ts';
import { bondPrice, isWorthless, liveMarket, positivePrice } from './applicable.ts';
import type { Check, Result, View } from './Check.ts';
import { headroom } from './headroom.ts';
import { inTimeChange } from './inTimeChange.ts';
import { namedOverdue } from './overdue.ts';
import { tradeEffects } from './tradeEffects.ts';
import { agreesWithContract, valueAt } from './value.ts';

/** 1e-4, with 18 decimals. */
const tolerance = one / 10_000n;

/**
 * No event in a block takes value from the LPs, and only fees and matured positions give value to all of them
 * at once.
 *
 * The yield of the vault and the passing of time move the price too. Therefore the check does not compare
 * with the price before, but with the worth of the reserves of the block before at the vault's price and the
 * time of this block. In a block without trades the two are equal to the wei.
 */
export const lpSharePrice: Check = {
  name: 'lp-share-price',
  title: 'the LP share price moved without a reason',
  severity: 'critical',
  least: 'info',
  formula:
    'LP share price = ⌊⌊PV·c⌋/supply⌋ with reserves and supply of the block before, c and time of this one, ±1e-4; above it only by fees, with a checkpoint or a matured close; below it only by what a loss of the vault takes from shorts that are closed',
  impact: 'money has left the LPs, and that can be repeated in every block',
  firstStep: 'look at the transactions named in the alert and have the pool paused',
  needs: ['before', 'events', 'openingPrices', 'checkpoints'],
  vaultLoss: 'follows',
  run(view): Result {
    const { now, before, pool } = view;
    const price = known(now, 'lpSharePrice');
    const c = positivePrice(now);
    const leave = (reason: string): Result => ({
      outcome: 'skipped',
      reason,
      condition: 'LP shares have no value',
    });
    if (now.market.ok) liveMarket(now);
    if (known(now, 'lpTotalSupply') === 0n) return leave('there are no LP shares');
    if (isWorthless(price)) return leave('LP shares are worth nothing');
    if (!before) return { outcome: 'skipped', reason: 'there is no block before' };
    const against = before.block.number;
    const skipped = (reason: string): Result => ({ outcome: 'skipped', reason, against });
    // If the block before has no price according to the contract, or the contract did not answer, another
    // check reported it.
    const { lpSharePrice: priceBefore } = before;
    const silent = [before.market, before.lpTotalSupply, priceBefore].some(isRefused);
    if (silent || (priceBefore.ok && isWorthless(priceBefore.value)))
      return skipped(`there was no LP share price at block ${against}`);
    const supply = known(before, 'lpTotalSupply', against);
    if (supply === 0n) return skipped(`there were no LP shares at block ${against}`);
    const { value, numbers: steps } = valueAt(pool, before, { c, chainTime: now.block.timestamp });
    const expected = value === undefined ? 0n : priceOf(value, c, supply);
    const change = expected === 0n ? undefined : ((price - expected) * one) / expected;
    const numbers = [
      ...steps,
      lpShares(`LP total supply at block ${against}`, supply),
      basePerLpShare('expected LP share price', expected, '⌊⌊PV·c⌋/supply⌋'),
      basePerLpShare('LP share price', price),
      ...(change === undefined ? [] : [changeOf(change)]),
    ];
    if (change !== undefined && change > -tolerance && change < tolerance)
      return { outcome: 'holds', numbers, headroom: roomOf(change), against };
    return { ...explained(view, before, { change, expected, c, price, numbers }), against };
  },
};

/** The values that the check computed. */
interface Moved {
  /**
   * Undefined when no expected price can be computed from the reserves of the previous block, because the
   * contract counts overdue positions in its own way.
   */
  change: bigint | undefined;
  expected: bigint;
  c: bigint;
  price: bigint;
  numbers: Quantity[];
}

/** Explains a price other than the contract's without a trade. */
function explained(view: View, before: Snapshot, { change, expected, c, price, numbers }: Moved): Result {
  const { pool, now } = view;
  if (!agreesWithContract(pool, before)) return withoutOurs(view, before, { c, price, numbers });
  const inTime = inTimeChange(view, before, c);
  if (inTime?.change === undefined && change === undefined) {
    const reason = `the reserves of block ${before.block.number} have no present value at the time of this block, although the contract found one before and finds one now`;
    return { outcome: 'indeterminate', reason, numbers };
  }
  const actual = inTime?.change ?? (change as bigint);
  const by = changeOf(change ?? actual);
  const all = [...numbers, ...(inTime?.numbers ?? [])];
  const room = roomOf(actual);
  if (inTime && inTime.change === undefined)
    return {
      outcome: 'fails',
      severity: 'warning',
      message: `the LP share price moved while ${namedOverdue(inTime.overdue)} with matured positions is not minted: the contract counts new positions at face value until then, and whether LPs lost money is not known; mint the checkpoint`,
      by,
      numbers: all,
      headroom: room,
    };
  if (inTime && actual > -tolerance && actual < tolerance)
    return {
      outcome: 'fails',
      severity: 'info',
      message: `the LP share price moved only because ${namedOverdue(inTime.overdue)} with matured positions is not minted: the contract counts new positions at face value until then; mint the checkpoint`,
      by,
      numbers: all,
      headroom: room,
    };
  const effects = effectsOn(view, before, inTime?.expected ?? expected);
  if (actual <= -tolerance) {
    if (effects && -actual < tolerance + effects.loss)
      return {
        outcome: 'fails',
        severity: 'warning',
        message:
          'the LP share price fell, no more than the vault’s loss takes from the shorts that were closed: shorts pay less for their bonds after a loss',
        by,
        numbers: [...all, ratio('fall that the loss explains', effects.loss)],
        headroom: room,
      };
    return { outcome: 'fails', message: 'the LP share price fell', by, numbers: all, headroom: room };
  }
  if (!effects || !view.diagnostics?.events)
    return {
      outcome: 'indeterminate',
      reason: 'the LP share price rose, and the events that may explain it could not be read',
      numbers: all,
    };
  const isSettled = view.diagnostics.events.some(
    ({ name, maturityTime }) =>
      name === 'CreateCheckpoint' || (maturityTime !== undefined && maturityTime <= now.block.timestamp),
  );
  const withGain = [...all, ratio('rise that fees explain', effects.gain)];
  if (isSettled || actual < tolerance + effects.gain)
    return { outcome: 'holds', numbers: withGain, headroom: roomOf(-tolerance) };
  return {
    outcome: 'fails',
    severity: 'warning',
    message: 'the LP share price rose by more than fees, without a checkpoint or a matured close',
    by,
    numbers: withGain,
    headroom: room,
  };
}

/**
 * Returns how far trades may have moved the price, as parts of it; undefined where the events are not known.
 */
function effectsOn({ pool, now, diagnostics }: View, before: Snapshot, expected: bigint) {
  if (!diagnostics?.events || !before.market.ok || !now.market.ok || !before.lpTotalSupply.ok)
    return undefined;
  let lowest = bondPrice(pool, before.market.value);
  const after = bondPrice(pool, now.market.value);
  if (after < lowest) lowest = after;
  const opened = diagnostics.openingPrices ?? new Map();
  const effects = tradeEffects(pool, diagnostics.events, {
    lowestBondPrice: lowest,
    openingPrices: opened,
    chainTime: now.block.timestamp,
  });
  const worth = (expected * before.lpTotalSupply.value) / one;
  if (worth === 0n) return undefined;
  return { gain: (effects.mostGain * one) / worth, loss: (effects.mostLoss * one) / worth };
}

/**
 * A fall that an hour's passing cannot cause, where the vault has not lost anything: it needs no computation
 * of ours.
 */
const plainFall = one / 100n;
const plainSeconds = 3_600;

/** Returns the result for a contract that computes its price in another way than we do. */
function withoutOurs(
  { pool, now }: View,
  before: Snapshot,
  { c, price, numbers }: Pick<Moved, 'c' | 'price' | 'numbers'>,
): Result {
  const was = known(before, 'lpSharePrice', before.block.number);
  const cBefore = known(before, 'vaultSharePrice', before.block.number);
  const change = ((price - was) * one) / was;
  const isSoon = now.block.timestamp - before.block.timestamp <= plainSeconds;
  if (isSoon && c >= cBefore && change <= -plainFall) {
    const by = ratio('change since the block before', change, 'actual/before − 1');
    return { outcome: 'fails', message: 'the LP share price fell', by, numbers: [...numbers, by] };
  }
  return {
    outcome: 'indeterminate',
    reason: `this ${pool.version} contract computes its LP share price in another way than this bot does: the check sees only falls of 1 % and more in a block`,
    numbers,
  };
}

function changeOf(change: bigint): Quantity {
  return ratio('change beyond yield and time', change, 'actual/expected − 1');
}

function roomOf(change: bigint) {
  return change < 0n
    ? headroom(ratio('fall that is left', tolerance + change), tolerance)
    : headroom(ratio('rise that is left', tolerance - change), tolerance);
}
