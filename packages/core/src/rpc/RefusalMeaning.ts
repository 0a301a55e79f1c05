/**
 * The meaning of a node's refusal of a transaction.
 * - `already-known`: the node has the transaction, which is as good as accepted
 * - `nonce-used`: the chain has another transaction of this wallet at that nonce, or this very one
 * - `nonce-gap`: transactions with lower nonces are missing
 * - `replacement-refused`: another transaction waits at that nonce, and this one does not pay enough more
 * - `underpriced`: the fees are below the minimum of the node or the block
 * - `insufficient-funds`: the wallet does not hold the highest possible cost of the transaction
 * - `fee-cap`: the fee is above the node's own limit
 * - `gas-limit`: the gas limit is above or below the limit of the node or a block
 * - `invalid`: the node will never accept it as it is
 * - `busy`: the pool is full, not ready, or accepts no further transaction of this wallet at present
 * - `no-reply`: a gateway waited in vain for the node behind it, which may have the transaction
 */
export type RefusalMeaning =
  | 'already-known'
  | 'nonce-used'
  | 'nonce-gap'
  | 'replacement-refused'
  | 'underpriced'
  | 'insufficient-funds'
  | 'fee-cap'
  | 'gas-limit'
  | 'invalid'
  | 'busy'
  | 'no-reply';
