import {
  addressIn,
  assertChecksum,
  eachEntry,
  parsed,
  Refusal,
  together,
  type Variable,
} from '@service-bots/core/config';

/** A value for all pools, and exceptions for named pools. */
export interface PerPool<T> {
  /** The value for pools that are not named here; undefined when these have no value. */
  usual: T | undefined;
  named: ReadonlyMap<string, T>;
}

/** Parses entries that are separated by commas: a value for all pools, or `address:value` for one pool. */
export function perPool<T>(take: (text: string) => T): Variable<PerPool<T>> {
  return parsed(text => {
    let usual: T | undefined;
    const named = new Map<string, T>();
    eachEntry(text, entry => {
      const [first = '', ...rest] = entry.split(':');
      if (rest.length === 0) {
        if (usual !== undefined)
          throw new Refusal('is a second value for all pools (a comma separates two entries)');
        usual = take(first.trim());
        return;
      }
      const pool = first.trim();
      assertChecksum(pool);
      const address = addressIn(pool);
      if (named.has(address)) throw new Refusal(`repeats ${address}`);
      named.set(address, take(rest.join(':').trim()));
    });
    return { usual, named };
  });
}

/**
 * Schema check: a pool with a value of its own is listed. A mistyped address would leave the pool that was meant
 * with the value for all pools.
 */
export const namedPoolsListed = together<Record<string, unknown>>(given => {
  const { LPANDARB_POOLS: listed } = given;
  if (!Array.isArray(listed)) return [];
  return Object.entries(given).flatMap(([variable, value]) => {
    const named = (value as Partial<PerPool<unknown>> | undefined)?.named;
    if (!(named instanceof Map)) return [];
    const [foreign] = [...named.keys()].filter(pool => !listed.includes(pool));
    return foreign === undefined
      ? []
      : [{ variable, problem: `names the pool ${foreign}, which is not in LPANDARB_POOLS` }];
  });
});

/** Returns the value of a pool, or undefined when it has none. @param pool address with its checksum */
export function valueFor<T>({ usual, named }: PerPool<T>, pool: string): T | undefined {
  return named.get(pool) ?? usual;
}

const decimalNumber = /^\d{1,15}(\.\d{1,18})?$/;

/** Returns a decimal number above 0 as text, until a token's decimals are known. @throws Refusal */
export function decimalText(text: string): string {
  if (!decimalNumber.test(text)) throw new Refusal('is not a decimal number (with a point, no unit)');
  if (Number(text) === 0) throw new Refusal('is 0');
  return text;
}

/** Returns a parser for a decimal number times 10^`shift`, exact and within bounds. */
export function scaled(shift: number, { min, max }: { min: number; max: number }): (text: string) => bigint {
  return text => {
    if (!decimalNumber.test(text)) throw new Refusal('is not a decimal number (with a point, no unit)');
    if (Number(text) < min || Number(text) > max) throw new Refusal(`is not between ${min} and ${max}`);
    const [whole = '0', fraction = ''] = text.split('.');
    if (fraction.length > shift) throw new Refusal(`has more than ${shift} decimals`);
    return BigInt(whole + fraction.padEnd(shift, '0'));
  };
}

/** A fraction from 0 to 1, with 18 decimals. */
export const fraction = (): Variable<bigint> => parsed(scaled(18, { min: 0, max: 1 }));

/** Basis points from 0 to 1000, as a fraction with 18 decimals. */
export const basisPoints = (): Variable<bigint> => parsed(scaled(14, { min: 0, max: 1_000 }));

/** Percent a year from 0 to 100, with 18 decimals. */
export const yearlyPercent = (): Variable<bigint> => parsed(scaled(16, { min: 0, max: 100 }));
