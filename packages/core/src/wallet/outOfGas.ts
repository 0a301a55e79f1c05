import type { TransactionReceipt } from 'ethers';
import { OutOfGas, TransactionReverted } from './errors.ts';

/** A call within the call gets 63 of 64 parts of the gas: what is left of a transaction whose inner call used all of its own. */
const leftByInnerCalls = 8n;

/** The next try gets so many times as much. */
const more = 2n;

/**
 * The error for a transaction that was mined and failed. One that used nearly all of its gas most likely ran out of it;
 * where the limit is charged whole, or a contract uses up what it gets, so does one that reverts.
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

/** The least gas limit of the next try. */
export function moreGas({ gasLimit }: OutOfGas): bigint {
  return gasLimit * more;
}
