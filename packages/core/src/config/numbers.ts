import { entriesOf } from './entries.ts';
import { parsed, Refusal, type Variable } from './parsed.ts';

interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Parses a whole number without sign or separators. */
export function wholeNumber(range: Range = {}): Variable<number> {
  return parsed(text => {
    if (!/^-?\d+$/.test(text)) throw new Refusal('is not a whole number');
    return within(Number(text), range);
  });
}

/** Parses a whole number from 1 up. */
export function positiveInteger(range: Range = {}): Variable<number> {
  return wholeNumber({ min: 1, ...range });
}

/** Parses whole numbers from 1 up, separated by commas. */
export function positiveIntegers({ min = 1, max }: Range = {}): Variable<number[]> {
  return parsed(text =>
    entriesOf(text).map((entry, index, entries) => {
      const place = entries.length === 1 ? '' : `entry ${index + 1} of ${entries.length} `;
      if (!/^\d+$/.test(entry))
        throw new Refusal(`${place}is not a whole number (digits only; a comma separates two numbers)`);
      return within(Number(entry), { min, max }, place);
    }),
  );
}

/** Parses a duration in seconds; decimals are allowed. */
export function seconds(range: Range = {}): Variable<number> {
  return parsed(text => {
    if (!/^-?\d+(\.\d+)?$/.test(text)) throw new Refusal('is not a number of seconds (digits only, no unit)');
    return within(Number(text), { min: 0, ...range });
  });
}

/** Parses a duration in whole milliseconds. */
export function milliseconds(range: Range = {}): Variable<number> {
  return parsed(text => {
    if (!/^-?\d+$/.test(text))
      throw new Refusal('is not a whole number of milliseconds (digits only, no unit)');
    return within(Number(text), { min: 0, ...range });
  });
}

/** The gas limits of blocks are 30 to 400 million. */
const mostGas = 1_000_000_000n;

/** Parses an amount of gas, from 21,000 (the least that a transaction costs) up. */
export function gasUnits(): Variable<bigint> {
  return parsed(text => {
    if (!/^\d+$/.test(text)) throw new Refusal('is not a whole number of gas units');
    const units = BigInt(text);
    if (units < 21_000n) throw new Refusal('is below 21000, the least a transaction costs');
    if (units > mostGas) throw new Refusal(`is above ${mostGas}, more than any block takes`);
    return units;
  });
}

function within(value: number, { min, max }: Range, place = ''): number {
  if (min !== undefined && value < min) throw new Refusal(`${place}is below ${min}, the least allowed`);
  if (max !== undefined && value > max) throw new Refusal(`${place}is above ${max}, the most allowed`);
  if (value > Number.MAX_SAFE_INTEGER) throw new Refusal(`${place}is too large`);
  return value;
}
