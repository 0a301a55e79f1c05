import type { TransactionReceipt } from 'ethers';
import type { Preflight } from './preflight.ts';

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

export function minedBy(receipt: TransactionReceipt): Mined {
  const { hash, gasUsed, gasPrice } = receipt;
  return { hash, receipt, costWei: gasUsed * gasPrice };
}
