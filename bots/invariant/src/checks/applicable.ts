import { one, spotPrice } from '@service-bots/core/hyperdrive';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import { known, type MarketState, type Snapshot } from '../readings/index.ts';
import type { Condition } from './Check.ts';

// Preconditions that several checks share. Where one cause invalidates many checks, a single check reports
// it.

/** Thrown when a check does not apply. */
export class NotApplicable extends Error {
  /** Why, where another check reports that. */
  readonly condition: Condition | undefined;

  constructor(reason: string, condition?: Condition) {
    super(reason);
    this.condition = condition;
  }
}

/** Returns the price of a vault share, above 0. @throws NotApplicable, Unread */
export function positivePrice(now: Snapshot): bigint {
  const c = known(now, 'vaultSharePrice');
  if (c > 0n) return c;
  throw new NotApplicable('a vault share is worth nothing', 'the vault gives no price');
}

/** Returns the state of an initialised pool. @throws NotApplicable, Unread */
export function liveMarket(snapshot: Snapshot): MarketState {
  const market = known(snapshot, 'market');
  if (market.isInitialized) return market;
  if (!holdsAnything(snapshot)) throw new NotApplicable('the pool is not initialised');
  throw new NotApplicable('the pool says that it is not initialised', 'the pool is not initialised');
}

/** Returns whether a pool has reserves or LP shares: a pool that was never initialised has neither. */
export function holdsAnything({ market, lpTotalSupply }: Snapshot): boolean {
  const hasReserves = market.ok && (market.value.shareReserves > 0n || market.value.bondReserves > 0n);
  return hasReserves || (lpTotalSupply.ok && lpTotalSupply.value > 0n);
}

/** Returns the price of a bond by the reserves, 18 decimals; 0 where the curve has none. */
export function bondPrice(
  { config: { initialVaultSharePrice, timeStretch } }: InvariantPool,
  { shareReserves, shareAdjustment, bondReserves }: MarketState,
): bigint {
  const effective = shareReserves - shareAdjustment;
  if (effective <= 0n || bondReserves === 0n) return 0n;
  return spotPrice({ effectiveReserves: effective, bondReserves, initialVaultSharePrice, timeStretch });
}

/**
 * An LP share begins at about 1 base. Below a millionth of that, LPs have nothing, regardless of rounding.
 */
const worthNothing = one / 1_000_000n;

/** Returns whether LP shares of this price, 18 decimals, are worth nothing. */
export function isWorthless(lpSharePrice: bigint): boolean {
  return lpSharePrice < worthNothing;
}
