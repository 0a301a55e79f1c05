import type { TransactionReceipt } from 'ethers';
import type { InFlight } from './journal.ts';
import type { Preflight } from './preflight.ts';
import type { FoundReceipt } from './receipts.ts';

/** What a transaction that succeeded leaves. */
export interface Mined {
  hash: string;
  receipt: TransactionReceipt;
  costWei: bigint;
}

/** A call that was mined when nobody waited for it any more. */
export interface Unclaimed extends Mined {
  to: string;
  data: string;
}

/** What became of a call. */
export type Sent =
  | (Mined & {
      status: 'mined';
      nonce: number;
      /** How often it was replaced with higher fees. */
      replacements: number;
    })
  | { status: 'dry-run'; preflight: Preflight };

/**
 * Returns what a mined transaction left and cost, the fee for the first layer included. Where a receipt does not tell the
 * price that was paid, the most that the transaction offered counts.
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
