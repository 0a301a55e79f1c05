import type { TransactionReceipt } from 'ethers';
import { OutOfGas, TransactionReverted } from './errors.ts';

/**
 * A call within the call gets 63 of 64 parts of the gas, so a transaction whose inner call used up its gas
 * has this part left at most.
 */
const leftByInnerCalls = 8n;

/** The next attempt gets this multiple of the gas. */
const more = 2n;

/**
 * Returns the error of a transaction that was mined and failed. A transaction that used nearly all of its gas
 * most likely ran out of it. Where the limit is charged whole, or a contract uses up all its gas, a reverted
 * transaction looks the same.
 */
export function failureIn(
  label: string,
  { hash, blockNumber, gasUsed }: Pick<TransactionReceipt, 'hash' | 'blockNumber' | 'gasUsed'>,
  gasLimit: bigint,
): TransactionReverted {
  return gasUsed >= gasLimit - gasLimit / leftByInnerCalls
    ? new OutOfGas(label, hash, blockNumber, gasLimit)
    : new TransactionReverted(label, hash, blockNumber);
}

/** Returns the lowest gas limit of the next attempt. */
export function moreGas({ gasLimit }: OutOfGas): bigint {
  return gasLimit * more;
}
