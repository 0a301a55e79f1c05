import type { TransactionReceipt } from 'ethers';
import { withDeadline } from '../clock/index.ts';
import {
  BroadcastRefused,
  NoLongerWanted,
  NonceGap,
  NonceTaken,
  OutcomeUnknown,
  OutOfGas,
  TransactionReverted,
} from './errors.ts';
import { minedBy, type Sent } from './Sent.ts';
import type { Tracked } from './Tracked.ts';

/**
 * Returns the outcome of a call, once its transaction has ended.
 * @returns undefined when it was dropped: it never reached the chain
 * @throws OutcomeUnknown after `waitMs`; otherwise the reason why the call was not done
 */
export async function outcomeOf(
  label: string,
  { entry, ended }: Tracked,
  waitMs: number,
): Promise<Sent | undefined> {
  const { nonce, attempts, gasLimit } = entry;
  const unknown = () => new OutcomeUnknown(label, attempts.at(-1)?.hash ?? '', nonce);
  const ending = await withDeadline(ended, waitMs, unknown);
  switch (ending.kind) {
    case 'dropped':
      return undefined;
    case 'unwatched':
      throw unknown();
    case 'refused':
      throw new BroadcastRefused(label, ending.said);
    case 'stranded':
      throw new NonceGap(label, nonce, ending.usedNonces);
    case 'unwanted':
      throw new NoLongerWanted(label);
    case 'nonce-taken':
      throw new NonceTaken(label, nonce, ending.usedBy);
    case 'mined':
      if (ending.receipt.status !== 1) throw failureIn(label, ending.receipt, gasLimit);
      return { status: 'mined', ...minedBy(ending, entry), nonce, replacements: attempts.length - 1 };
  }
}

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
function failureIn(
  label: string,
  { hash, blockNumber, gasUsed }: Pick<TransactionReceipt, 'hash' | 'blockNumber' | 'gasUsed'>,
  gasLimit: bigint,
): TransactionReverted {
  return gasUsed >= gasLimit - gasLimit / leftByInnerCalls
    ? new OutOfGas({ label, hash, block: blockNumber, gasLimit })
    : new TransactionReverted({ label, hash, block: blockNumber });
}

/** Returns the lowest gas limit of the next attempt. */
export function moreGas({ gasLimit }: OutOfGas): bigint {
  return gasLimit * more;
}
