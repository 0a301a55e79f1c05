/**
 * What nodes say about a transaction they are handed. There are no codes for it, only words: geth's, which reth, Erigon
 * and anvil share, Nethermind's and Besu's.
 */

/** They have it already: for the sender that is as good as accepted. */
export const saysAlreadyKnown =
  /already known|alreadyknown|already imported|\bknown transaction|tx with same hash|already in mempool/i;

/** The chain has a transaction of this wallet at that nonce already. */
export const saysNonceUsed = /nonce too low|oldnonce|nonce is too low|nonce below current/i;
