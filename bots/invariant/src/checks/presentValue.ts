import type { Severity } from '@service-bots/core/alerts';
import { idleShares, lpSharePrice, mulDivDown, one } from '@service-bots/core/hyperdrive';
import { known } from '../readings/index.ts';
import {
  base,
  basePerBond,
  basePerLpShare,
  bonds,
  lpShares,
  type Quantity,
  shares,
} from '../readings/quantity.ts';
import { isRefused } from '../readings/readResults.ts';
import { bondPrice, isWorthless, liveMarket, positivePrice } from './applicable.ts';
import type { Check, Result, View } from './Check.ts';
import { holdsWithAtLeast } from './headroom.ts';
import { isPartlyKnown, namedOverdue, overdueAt, withAllCheckpoints } from './overdue.ts';
import { isBehindLatest, unlessImpossible, valueAt, valueInTime } from './value.ts';

/**
 * The LPs' share is worth at least the idle shares, it is worth more than nothing, and the contract can
 * compute it.
 */
export const presentValue: Check = {
  name: 'present-value',
  title:
    'the LPs’ shares are worth nothing or less than the idle shares, or the contract cannot compute their value',
  severity: 'critical',
  least: 'info',
  formula:
    'present value ≥ idle shares − 1 wei; LP share price ≥ 1e-6 and bond price > 0, and the contract can compute them',
  impact: 'LPs may have lost their money, or cannot withdraw it',
  firstStep: 'have the pool paused and keep the transactions named in the alert',
  needs: ['checkpoints'],
  reports: ['LP shares have no value'],
  vaultLoss: 'follows',
  run(view): Result {
    const { now, pool } = view;
    const market = liveMarket(now);
    const supply = known(now, 'lpTotalSupply');
    // A vault without a price keeps the contract from any computation, and has its own alert.
    if (pool.convertsToBase) positivePrice(now);
    if (isRefused(now.lpSharePrice))
      return cannot(`getPoolInfo() of ${pool.address}: ${now.lpSharePrice.reason}`, []);
    const price = known(now, 'lpSharePrice');
    const c = positivePrice(now);
    const own = unlessImpossible(() => valueAt(pool, now, { c, chainTime: now.block.timestamp }));
    const ownPrice = own?.value === undefined ? undefined : lpSharePrice(own.value, c, supply);
    const inputs = [
      ...(own?.numbers ?? []),
      lpShares('LP total supply', supply),
      basePerLpShare('LP share price', price),
    ];
    if (supply === 0n)
      return fails(
        'there are no LP shares, although the contract never burns the shares of its minimum',
        inputs,
      );
    if (price === 0n && ownPrice !== 0n) return cannot('its LP share price is 0', inputs);
    if (isWorthless(price))
      return fails('LP shares are worth nothing: the shares that LPs own are gone', inputs);
    const spot = unlessImpossible(() => bondPrice(pool, market));
    if (spot === 0n)
      return fails('the reserves give bonds no price: no user can trade, or bonds cost nothing', [
        ...inputs,
        bonds('bond reserves y', market.bondReserves),
        basePerBond('spot price', spot, '(µ·(z − ζ)/y)^ts'),
      ]);
    const idle = idleShares(pool.config, {
      shareReserves: market.shareReserves,
      longExposure: market.longExposure,
      vaultSharePrice: c,
    });
    // Exact to the wei where our computation equals the contract's; else derived from its LP share price,
    // which is rounded down twice.
    const value = ownPrice === price ? own?.value : undefined;
    const error = value === undefined ? mulDivDown(supply, 1n, c) + mulDivDown(one, 2n, c) + 2n : 0n;
    const byPrice = mulDivDown(price, supply, c);
    const left = shares('present value beyond idle', (value ?? byPrice) - idle, 'present value − idle');
    const how = `LP share price · supply / c, at most ${error} wei too low`;
    const numbers = [
      ...inputs,
      ...(value === undefined ? [shares('present value by the contract', byPrice, how)] : []),
      base('long exposure', market.longExposure),
      shares('idle shares', idle, 'max(0, z − ⌈longExposure/c⌉ − zMin)'),
      left,
    ];
    const message = 'the present value is below the idle shares: LPs who leave now take from those who stay';
    const result = holdsWithAtLeast(-1n - error, left, { whole: value ?? byPrice, numbers, message });
    if (result.outcome !== 'fails') return result;
    return { ...result, ...untilMinted(view, c, idle) };
  },
};

/**
 * While a checkpoint with matured positions is not minted, the contract counts positions that were opened
 * later at their face value. Its present value is then too low, although no value has left the pool.
 */
function untilMinted(
  view: View,
  c: bigint,
  idle: bigint,
): { severity: Severity; message: string } | undefined {
  const { pool } = view;
  const { now } = withAllCheckpoints(view);
  const { timestamp: chainTime } = now.block;
  const overdue = overdueAt(now, { chainTime, checkpointDuration: pool.checkpointDuration }) ?? [];
  if (overdue.length === 0 && !isBehindLatest(pool, now, chainTime)) return undefined;
  const inTime = isPartlyKnown(view)
    ? undefined
    : unlessImpossible(() => valueInTime(pool, now, { c, chainTime, overdue }));
  const why = `while ${namedOverdue(overdue)} with matured positions is not minted: the contract counts newer positions at face value until then`;
  if (inTime?.value === undefined)
    return {
      severity: 'warning',
      message: `the present value is below the idle shares ${why}, and its value after the mint is not known; mint the checkpoint`,
    };
  if (inTime.value < idle - 1n) return undefined;
  return {
    severity: 'info',
    message: `the present value is below the idle shares only ${why}; mint the checkpoint`,
  };
}

function cannot(why: string, numbers: Quantity[]): Result {
  const meaning = 'no user can add or remove liquidity until it can';
  return fails(`the contract cannot compute its present value (${why}); ${meaning}`, numbers);
}

function fails(message: string, numbers: Quantity[]): Result {
  return { outcome: 'fails', message, numbers };
}
