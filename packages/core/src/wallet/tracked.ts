import type { TransactionReceipt } from 'ethers';
import type { InFlight } from './journal.ts';

/** How the watching of a transaction ended. */
export type Ending =
  /** The receipt is deep enough; it may tell a failure. */
  | { kind: 'mined'; receipt: TransactionReceipt; l1FeeWei: bigint }
  /** Another transaction used the nonce; `usedBy` is its hash where a block shows it. */
  | { kind: 'nonce-taken'; usedBy: string | undefined }
  /** It never got to the chain, and its nonce is free again. */
  | { kind: 'dropped' }
  /** Every node refused it when it was sent again, and its nonce is free again. */
  | { kind: 'refused'; said: string }
  /** Its nonce is ahead of the wallet's transactions, and none of them fills the gap. */
  | { kind: 'stranded'; usedNonces: number }
  /** Its caller does not want it any more, and its nonce is free again. */
  | { kind: 'unwanted' }
  /** The process is stopping; the journal keeps it for the next one. */
  | { kind: 'unwatched' };

/** A transaction being watched. */
export interface Tracked {
  readonly entry: InFlight;
  /** Never rejects. */
  readonly ended: Promise<Ending>;
  /** Resolves when it no longer takes a place in the mempool: it ended, or the chain has used its nonce. */
  readonly released: Promise<void>;
  /** Blocks seen since its last broadcast. */
  blocksWaited: number;
  /** A node has taken it. Until then its fees are not what keeps it from being mined. */
  isAccepted: boolean;
  /** The fee caps leave no room for a replacement: only a lower base fee or a higher cap gets it mined. */
  atCap: boolean;
  /** Why the last replacement was not taken. */
  refusal: string | undefined;
  /** Whether its caller still wants it, by the chain's state. */
  isWanted: (() => Promise<boolean>) | undefined;
  /** How long, in ms, its caller still waits for a lower price. */
  patienceMs: (() => number) | undefined;
}

/** What came of trying to replace a transaction; `ending` when that was the end of it. */
export type Replacement = Pick<Tracked, 'atCap' | 'refusal'> & {
  ending?: Extract<Ending, { kind: 'refused' | 'unwanted' }>;
};
