import type { TransactionReceipt } from 'ethers';
import type { InFlight } from './journal.ts';

/** The end of watching a transaction. */
export type Ending =
  /** The receipt is deep enough; it may show a failure. */
  | { kind: 'mined'; receipt: TransactionReceipt; l1FeeWei: bigint }
  /** Another transaction used the nonce; `usedBy` is its hash where a block shows it. */
  | { kind: 'nonce-taken'; usedBy: string | undefined }
  /** It never reached the chain, and its nonce is free again. */
  | { kind: 'dropped' }
  /** Every node refused it when it was sent again, and its nonce is free again. */
  | { kind: 'refused'; said: string }
  /** Its nonce is ahead of the wallet's transactions, and none of them fills the gap. */
  | { kind: 'stranded'; usedNonces: number }
  /** Its caller no longer wants it, and its nonce is free again. */
  | { kind: 'unwanted' }
  /** The process is stopping; the journal keeps it for the next process. */
  | { kind: 'unwatched' };

/** A transaction that is being watched. */
export interface Tracked {
  readonly entry: InFlight;
  /** Never rejects. */
  readonly ended: Promise<Ending>;
  /** Resolves when it no longer takes a place in the mempool: it ended, or the chain has used its nonce. */
  readonly released: Promise<void>;
  /** Blocks seen since its last broadcast. */
  blocksWaited: number;
  /** Whether its first broadcast has not ended yet. Until then it is not sent again, and pays no more. */
  isUnderWay: boolean;
  /** Whether a node has accepted it. Until then its fees are not the reason why it is not mined. */
  isAccepted: boolean;
  /**
   * Whether the fee caps leave no room for a replacement: only a lower base fee or a higher cap gets it
   * mined.
   */
  atCap: boolean;
  /** Why the last replacement was refused. */
  refusal: string | undefined;
  /** Returns whether its caller still wants it, by the chain's state. */
  isWanted: (() => Promise<boolean>) | undefined;
  /** Returns how long its caller still waits for a lower price, in ms. */
  patienceMs: (() => number) | undefined;
}

/** The result of trying to replace a transaction; `ending` is set when that ended it. */
export type Replacement = Pick<Tracked, 'atCap' | 'refusal'> & {
  ending?: Extract<Ending, { kind: 'refused' | 'unwanted' }>;
};

/** The log line for each end but the intended one. */
export const endingWords: Record<Exclude<Ending['kind'], 'mined'>, string> = {
  'nonce-taken': 'another transaction used the nonce',
  dropped: 'transaction dropped',
  refused: 'every node refused the transaction when it was sent again',
  stranded: 'transaction given up: its nonce is too high, and no transaction of the wallet fills the gap',
  unwanted: 'transaction not sent again: it is no longer wanted',
  unwatched: 'transaction no longer watched',
};
