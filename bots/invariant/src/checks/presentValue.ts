import { idleShares, lpSharePrice, mulDivDown, one } from '@service-bots/core/hyperdrive';
import { basePerLpShare, basePerShare, lpShares, type Quantity, shares } from '../quantity.ts';
import { known } from '../reading.ts';
import type { Check, Result } from './check.ts';
import { holdsWithAtLeast } from './headroom.ts';
import { valueAt } from './value.ts';

/** What LPs own is worth at least what lies idle; and it can be told at all, or nobody can add or remove liquidity. */
export const presentValueCheck: Check = {
  name: 'present-value',
  title: 'the present value is below the idle shares, or cannot be computed',
  severity: 'critical',
  formula: 'present value ≥ idle shares − 1 wei, and the contract can compute it',
  run({ now, pool }): Result {
    const market = known(now.market);
    const supply = known(now.lpTotalSupply);
    const told = now.lpSharePrice;
    if (!market.isInitialized || supply === 0n)
      return { outcome: 'skipped', reason: 'there are no LP shares' };
    if (!told.ok && told.reverted) return cannot(`getPoolInfo: ${told.reason}`, []);
    const price = known(told);
    const c = known(now.vaultSharePrice);
    const idle = idleShares(pool.config, market.shareReserves, market.longExposure, c);
    const own = valueAt(pool, now, c, now.block.timestamp);
    const inputs = [
      shares('share reserves z', market.shareReserves),
      basePerShare('vault share price c', c),
      lpShares('LP total supply', supply),
      shares('idle shares', idle, 'max(0, z − ⌈longExposure/c⌉ − zMin)'),
    ];
    const ownPrice = own === undefined ? undefined : lpSharePrice(own, c, supply);
    if (price === 0n && ownPrice !== 0n) return cannot('its LP share price is 0', inputs);
    // To the wei where our computation is the contract's; else from its LP share price, which is rounded down twice.
    const isOwn = own !== undefined && ownPrice === price;
    const value = isOwn ? own : mulDivDown(price, supply, c);
    const error = isOwn ? 0n : mulDivDown(supply, 1n, c) + mulDivDown(one, 2n, c) + 2n;
    const left = shares('present value beyond idle', value - idle, 'present value − idle');
    const numbers = [
      ...inputs,
      basePerLpShare('LP share price', price),
      isOwn
        ? shares('present value', value)
        : shares('present value', value, `LP share price · supply / c, at most ${error} wei too low`),
      left,
    ];
    const message = 'present value is below idle';
    return holdsWithAtLeast(-1n - error, left, { whole: value, numbers, message });
  },
};

function cannot(why: string, numbers: Quantity[]): Result {
  return { outcome: 'fails', message: `the contract cannot compute its present value (${why})`, numbers };
}
