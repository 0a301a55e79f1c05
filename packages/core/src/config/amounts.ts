import { parseUnits } from 'ethers';
import { parsed, Refusal, type Variable } from './parsed.ts';

/** Decimal gwei → wei, exactly. */
export function gwei(): Variable<bigint> {
  return amount('gwei', 9);
}

/** Decimal ether (or the chain's own coin of 18 decimals) → wei, exactly. */
export function ether(): Variable<bigint> {
  return amount('ether', 18);
}

function amount(unit: string, decimals: number): Variable<bigint> {
  return parsed(text => {
    const match = /^\d+(?:\.(\d+))?$/.exec(text);
    if (match === null)
      throw new Refusal(`is not an amount of ${unit} (a decimal number with a point, no unit)`);
    if ((match[1] ?? '').length > decimals)
      throw new Refusal(`has more than the ${decimals} decimals ${unit} has`);
    return parseUnits(text, decimals);
  });
}
