import { idleShares, lpSharePrice, mulDivDown, one } from '@service-bots/core/hyperdrive';
import { basePerLpShare, basePerShare, lpShares, shares } from '../quantity.ts';
import { known } from '../reading.ts';
import type { Check, Result } from './check.ts';
import { headroom } from './headroom.ts';
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
    if (!market.isInitialized || supply === 0n)
      return { outcome: 'skipped', reason: 'there are no LP shares' };
    const c = known(now.vaultSharePrice);
    const idle = idleShares(pool.config, market.shareReserves, market.longExposure, c);
    const own = valueAt(pool, now, c, now.block.timestamp);
    const told = now.lpSharePrice;
    const inputs = [
      shares('share reserves z', market.shareReserves),
      basePerShare('vault share price c', c),
      lpShares('LP total supply', supply),
      shares('idle shares', idle, 'max(0, z − ⌈longExposure/c⌉ − zMin)'),
    ];
    if (!told.ok && !told.reverted) return { outcome: 'indeterminate', reason: told.reason };
    const ownPrice = own === undefined ? undefined : lpSharePrice(own, c, supply);
    const cannot = !told.ok || (told.value === 0n && ownPrice !== 0n);
    if (cannot) {
      const why = told.ok ? 'its LP share price is 0' : `getPoolInfo: ${told.reason}`;
      const numbers =
        own === undefined ? inputs : [...inputs, shares('present value by our computation', own)];
      return {
        outcome: 'fails',
        message: `the contract cannot compute its present value (${why})`,
        by: shares('idle shares', idle),
        numbers,
      };
    }
    // To the wei where our computation is the contract's; else from its LP share price, which is rounded down twice.
    const isOwn = own !== undefined && ownPrice === told.value;
    const value = isOwn ? own : mulDivDown(told.value, supply, c);
    const error = isOwn ? 0n : mulDivDown(supply, 1n, c) + mulDivDown(one, 2n, c) + 2n;
    const left = shares('present value beyond idle', value - idle, 'present value − idle');
    const numbers = [
      ...inputs,
      basePerLpShare('LP share price', told.value),
      isOwn
        ? shares('present value', value)
        : shares('present value', value, `LP share price · supply / c, at most ${error} wei too low`),
      left,
    ];
    const room = headroom(left, value);
    if (left.value >= -1n - error) return { outcome: 'holds', numbers, headroom: room };
    return { outcome: 'fails', message: 'present value is below idle', by: left, numbers, headroom: room };
  },
};
