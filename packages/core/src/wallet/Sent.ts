import type { TransactionReceipt } from 'ethers';
import type { InFlight } from './journal.ts';
import type { Preflight } from './preflight.ts';
import type { FoundReceipt } from './receipts.ts';

/** The result of a transaction that succeeded. */
export interface Mined {
  hash: string;
  receipt: TransactionReceipt;
  costWei: bigint;
}

/** A call that was mined after its caller had stopped waiting. */
export interface Unclaimed extends Mined {
  to: string;
  data: string;
}

/** The result of a call. */
export type Sent =
  | (Mined & {
      status: 'mined';
      nonce: number;
      /** The number of replacements with higher fees. */
      replacements: number;
    })
  | { status: 'dry-run'; preflight: Preflight };

/**
 * Returns the result and the cost of a mined transaction, the first-layer fee included. If a receipt has no
 * price, the highest price that the transaction offered counts.
 */
export function minedBy(
  { receipt, l1FeeWei }: FoundReceipt,
  { attempts }: Pick<InFlight, 'attempts'>,
): Mined {
  const { hash, gasUsed, gasPrice } = receipt as Omit<TransactionReceipt, 'gasPrice'> & {
    gasPrice: bigint | null | undefined;
  };
  const offered =
    attempts.find(attempt => attempt.hash.toLowerCase() === hash.toLowerCase())?.maxFeeWei ?? 0n;
  return { hash, receipt, costWei: gasUsed * (gasPrice ?? offered) + l1FeeWei };
}
