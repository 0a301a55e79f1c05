import { formatUnits } from 'ethers';

/**
 * The unit of a number. Amounts of tokens have the pool's decimals; ETH, prices, rates and ratios have 18.
 */
export type Unit =
  | 'shares'
  | 'base'
  | 'bonds'
  | 'LP shares'
  | 'ETH'
  | 'base per share'
  | 'base per bond'
  | 'base per LP share'
  | 'a year'
  | 'ratio'
  | 'seconds'
  | 'moment'
  | 'count';

/** A number that a check read or computed, with its name for people. */
export interface Quantity {
  /** Includes its symbol in the formula: `share reserves z`. */
  name: string;
  value: bigint;
  unit: Unit;
  /** For computed numbers: `z − ⌊longExposure/c⌋ − zMin`. */
  how?: string;
}

/** Returns a constructor of quantities in one unit. */
function inUnit(unit: Unit) {
  return (name: string, value: bigint, how?: string): Quantity => ({
    name,
    value,
    unit,
    ...(how === undefined ? {} : { how }),
  });
}

export const shares = inUnit('shares');
export const base = inUnit('base');
export const bonds = inUnit('bonds');
export const lpShares = inUnit('LP shares');
export const eth = inUnit('ETH');
export const basePerShare = inUnit('base per share');
export const basePerBond = inUnit('base per bond');
export const basePerLpShare = inUnit('base per LP share');
export const aYear = inUnit('a year');
export const ratio = inUnit('ratio');
export const seconds = inUnit('seconds');
/** Seconds since 1970. */
export const moment = (name: string, time: number) => inUnit('moment')(name, BigInt(time));
export const count = (name: string, many: number) => inUnit('count')(name, BigInt(many));

const ofPoolsDecimals: ReadonlySet<Unit> = new Set(['shares', 'base', 'bonds', 'LP shares']);

const withoutDecimals: ReadonlySet<Unit> = new Set(['seconds', 'moment', 'count']);

/** Returns the number of decimals. @param decimals the pool's */
export function decimalsOf(unit: Unit, decimals: number): number {
  if (withoutDecimals.has(unit)) return 0;
  return ofPoolsDecimals.has(unit) ? decimals : 18;
}

/** Returns `-12.5 shares`, with every digit; ratios and rates in percent. */
export function show({ value, unit }: Pick<Quantity, 'value' | 'unit'>, decimals: number): string {
  if (unit === 'ratio') return `${formatUnits(value, 16)} %`;
  if (unit === 'a year') return `${formatUnits(value, 16)} % a year`;
  if (unit === 'moment') return new Date(Number(value) * 1000).toISOString();
  if (unit === 'count') return String(value);
  const digits = decimalsOf(unit, decimals);
  return `${digits === 0 ? value : formatUnits(value, digits)} ${unit}`;
}
