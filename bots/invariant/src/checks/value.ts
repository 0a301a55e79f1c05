import {
  ArithmeticError,
  lpSharePrice,
  presentValueSteps,
  type ValueSteps,
} from '@service-bots/core/hyperdrive';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import { known, type MarketState, type Snapshot } from '../readings/index.ts';
import { basePerShare, bonds, moment, type Quantity, ratio, seconds, shares } from '../readings/quantity.ts';
import { countedFromLatest, type Overdue } from './overdue.ts';

/** The worth of a pool's reserves, in shares, and its components. */
export interface Value {
  /** Undefined where the contract has no value: it is negative, or the curve cannot take the positions. */
  value: bigint | undefined;
  /** Every input and step, for people. */
  numbers: Quantity[];
}

/** The terms at which reserves are valued. */
interface ValueTerms {
  /** The vault share price, 18 decimals. */
  c: bigint;
  /** Seconds since 1970. */
  chainTime: number;
  /** The state of the reserves, if it differs from the state that was read. */
  market?: MarketState;
}

/**
 * Returns the worth of a pool's reserves, also at a time other than their own.
 * @throws ArithmeticError where the contract reverts
 */
export function valueAt(
  pool: InvariantPool,
  reserves: Snapshot,
  { c, chainTime, market = known(reserves, 'market', reserves.block.number) }: ValueTerms,
): Value {
  const { config, positionDuration, checkpointDuration } = pool;
  const terms = { ...config, positionDuration, checkpointDuration };
  const steps = presentValueSteps(terms, market, { vaultSharePrice: c, chainTime });
  const numbers = [
    shares('share reserves z', market.shareReserves),
    shares('share adjustment ζ', market.shareAdjustment),
    bonds('bond reserves y', market.bondReserves),
    bonds('longs outstanding', market.longsOutstanding),
    moment('average maturity of longs', Number(market.longAverageMaturityTime / 10n ** 18n)),
    bonds('shorts outstanding', market.shortsOutstanding),
    moment('average maturity of shorts', Number(market.shortAverageMaturityTime / 10n ** 18n)),
    shares('minimum share reserves zMin', config.minimumShareReserves),
    bonds('minimum transaction', config.minimumTransactionAmount),
    basePerShare('initial vault share price µ', config.initialVaultSharePrice),
    ratio('time stretch ts', config.timeStretch),
    seconds('position duration', BigInt(positionDuration)),
    moment('latest checkpoint then', chainTime - (chainTime % checkpointDuration)),
    basePerShare('vault share price c', c),
    ...(steps ? stepNumbers(steps) : []),
  ];
  return { value: steps === undefined || steps.value < 0n ? undefined : steps.value, numbers };
}

function stepNumbers({ longsLeft, shortsLeft, curveTrade, flatTrade, value }: ValueSteps): Quantity[] {
  return [
    ratio('life left to longs', longsLeft, '⌊(maturity − checkpoint)/duration⌋'),
    ratio('life left to shorts', shortsLeft, '⌊(maturity − checkpoint)/duration⌋'),
    shares('z gains on the curve', curveTrade, 'by closing all that has not matured'),
    shares('z gains flat', flatTrade, '⌊shorts matured/c⌋ − ⌈longs matured/c⌉'),
    shares('present value', value, 'z + curve + flat − zMin'),
  ];
}

/**
 * Returns whether our own computation equals the contract's at that block. Another version of the contract
 * may differ.
 */
export function agreesWithContract(pool: InvariantPool, snapshot: Snapshot): boolean {
  const { number, timestamp } = snapshot.block;
  const c = known(snapshot, 'vaultSharePrice', number);
  const price = known(snapshot, 'lpSharePrice', number);
  const { value } = valueAt(pool, snapshot, { c, chainTime: timestamp });
  if (value === undefined) return price === 0n;
  return lpSharePrice(value, c, known(snapshot, 'lpTotalSupply')) === price;
}

/**
 * Returns the worth of reserves with every overdue position counted as matured at the latest checkpoint: see
 * `Overdue`.
 * @returns undefined where some overdue positions are not known
 */
export function valueInTime(
  pool: InvariantPool,
  reserves: Snapshot,
  { c, chainTime, overdue }: { c: bigint; chainTime: number; overdue: readonly Overdue[] },
): Value | undefined {
  const { checkpointDuration } = pool;
  const market = known(reserves, 'market', reserves.block.number);
  const latest = chainTime - (chainTime % checkpointDuration);
  const counted = countedFromLatest(market, overdue, latest);
  if (!counted) return undefined;
  return valueAt(pool, reserves, { c, chainTime, market: counted });
}

/**
 * Returns whether the average maturity of longs or of shorts lies before the latest checkpoint: only overdue
 * positions cause that.
 */
export function isBehindLatest(pool: InvariantPool, { market }: Snapshot, chainTime: number): boolean {
  if (!market.ok) return false;
  const { longsOutstanding, longAverageMaturityTime, shortsOutstanding, shortAverageMaturityTime } =
    market.value;
  const latest = BigInt(chainTime - (chainTime % pool.checkpointDuration)) * 10n ** 18n;
  return (
    (longsOutstanding > 0n && longAverageMaturityTime < latest) ||
    (shortsOutstanding > 0n && shortAverageMaturityTime < latest)
  );
}

/** Returns undefined where our own arithmetic fails: then the contract's number alone counts. */
export function unlessImpossible<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof ArithmeticError) return undefined;
    throw error;
  }
}
