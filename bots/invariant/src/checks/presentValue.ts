import { idleShares, lpSharePrice, mulDivDown, one } from '@service-bots/core/hyperdrive';
import { base, basePerLpShare, lpShares, type Quantity, shares } from '../quantity.ts';
import { known } from '../reading.ts';
import type { Check, Result } from './check.ts';
import { holdsWithAtLeast } from './headroom.ts';
import { unlessImpossible, valueAt } from './value.ts';

/** What LPs own is worth at least what lies idle; and it can be told at all, or nobody can add or remove liquidity. */
export const presentValueCheck: Check = {
  name: 'present-value',
  title: 'the present value is below the idle shares, or cannot be computed',
  severity: 'critical',
  formula: 'present value ≥ idle shares − 1 wei, and the contract can compute it',
  run({ now, pool }): Result {
    const market = known(now.market, 'the market state');
    const supply = known(now.lpTotalSupply, 'the LP total supply');
    const told = now.lpSharePrice;
    if (!market.isInitialized || supply === 0n)
      return { outcome: 'skipped', reason: 'there are no LP shares' };
    if (!told.ok && told.reverted) return cannot(`getPoolInfo: ${told.reason}`, []);
    const price = known(told, 'the LP share price');
    const c = known(now.vaultSharePrice, 'the vault share price');
    const own = unlessImpossible(() => valueAt(pool, now, c, now.block.timestamp));
    const ownPrice = own?.value === undefined ? undefined : lpSharePrice(own.value, c, supply);
    const inputs = [
      ...(own?.numbers ?? []),
      lpShares('LP total supply', supply),
      basePerLpShare('LP share price', price),
    ];
    if (price === 0n && ownPrice !== 0n) return cannot('its LP share price is 0', inputs);
    const idle = idleShares(pool.config, market.shareReserves, market.longExposure, c);
    // To the wei where our computation is the contract's; else from its LP share price, which is rounded down twice.
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
    const message = 'present value is below idle';
    return holdsWithAtLeast(-1n - error, left, { whole: value ?? byPrice, numbers, message });
  },
};

function cannot(why: string, numbers: Quantity[]): Result {
  return { outcome: 'fails', message: `the contract cannot compute its present value (${why})`, numbers };
}
