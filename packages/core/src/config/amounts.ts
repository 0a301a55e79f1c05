import { parseUnits } from 'ethers';
import { parsed, Refusal, type Variable } from './parsed.ts';

/** Decimal gwei → wei, exactly. */
export function gwei(): Variable<bigint> {
  return amount('gwei', 9);
}

/** A fee of a million gwei is 200 ether for the smallest call of a bot: a figure in wei, most likely. */
const mostFeeGwei = 1_000_000n;

/**
 * Decimal gwei → wei, of a cap on fees: above 0, and no figure that was meant in wei.
 * @param zeroMeans what a cap of 0 would do
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

/** More than this in the wallet of a bot is a figure in wei, or a mistake. */
const mostBalanceEther = 1_000_000n;

/** Decimal ether → wei, exactly, of the least balance of a wallet: 0 would warn of nothing. */
export function leastBalanceEther(): Variable<bigint> {
  return parsed(text => {
    const wei = amountOf(text, 'ether', 18);
    if (wei === 0n) throw new Refusal('is 0: an empty wallet would be told of, and no emptying one');
    if (wei > mostBalanceEther * 10n ** 18n)
      throw new Refusal(`is above ${mostBalanceEther}, the most allowed (is it in wei?)`);
    return wei;
  });
}

/** Decimal ether (or the chain's own coin of 18 decimals) → wei, exactly. */
export function ether(): Variable<bigint> {
  return amount('ether', 18);
}

function amount(unit: string, decimals: number): Variable<bigint> {
  return parsed(text => amountOf(text, unit, decimals));
}

/** @throws Refusal */
function amountOf(text: string, unit: string, decimals: number): bigint {
  const match = /^\d+(?:\.(\d+))?$/.exec(text);
  if (match === null)
    throw new Refusal(`is not an amount of ${unit} (a decimal number with a point, no unit)`);
  if ((match[1] ?? '').length > decimals)
    throw new Refusal(`has more than the ${decimals} decimals ${unit} has`);
  return parseUnits(text, decimals);
}
