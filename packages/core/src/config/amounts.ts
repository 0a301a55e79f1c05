import { parseUnits } from 'ethers';
import { parsed, Refusal, type Variable } from './parsed.ts';

/** Parses decimal gwei into wei, exactly. */
export function gwei(): Variable<bigint> {
  return amount('gwei', 9);
}

/** A fee of a million gwei is 200 ether for the smallest call of a bot: most likely a figure in wei. */
const mostFeeGwei = 1_000_000n;

/**
 * Parses a cap on fees, decimal gwei into wei: above 0, and not so high that it must be a figure in wei.
 * @param zeroMeans the effect of a cap of 0
 */
export function feeCapGwei(zeroMeans: string): Variable<bigint> {
  return parsed(text => {
    const wei = amountOf(text, 'gwei', 9);
    if (wei === 0n) throw new Refusal(`is 0: ${zeroMeans}; leave it out for no cap of your own`);
    if (wei > mostFeeGwei * 10n ** 9n)
      throw new Refusal(`is above ${mostFeeGwei} gwei, the most allowed (is it in wei?)`);
    return wei;
  });
}

/** A higher balance in a bot's wallet is a figure in wei, or a mistake. */
const mostBalanceEther = 1_000_000n;

/**
 * Parses the least balance of a wallet, decimal ether into wei, exactly: a threshold of 0 would never warn.
 */
export function leastBalanceEther(): Variable<bigint> {
  return parsed(text => {
    const wei = amountOf(text, 'ether', 18);
    if (wei === 0n)
      throw new Refusal('is 0: an empty wallet would raise the alert, and a wallet that runs low would not');
    if (wei > mostBalanceEther * 10n ** 18n)
      throw new Refusal(`is above ${mostBalanceEther}, the most allowed (is it in wei?)`);
    return wei;
  });
}

/** Parses decimal ether (or the chain's own coin of 18 decimals) into wei, exactly. */
export function ether(): Variable<bigint> {
  return amount('ether', 18);
}

function amount(unit: string, decimals: number): Variable<bigint> {
  return parsed(text => amountOf(text, unit, decimals));
}

/**
 * Parses a decimal amount of a unit, exactly.
 * @throws Refusal
 */
function amountOf(text: string, unit: string, decimals: number): bigint {
  const match = /^\d+(?:\.(\d+))?$/.exec(text);
  if (match === null)
    throw new Refusal(`is not an amount of ${unit} (a decimal number with a point, no unit)`);
  if ((match[1] ?? '').length > decimals)
    throw new Refusal(`has more than the ${decimals} decimals ${unit} has`);
  return parseUnits(text, decimals);
}
