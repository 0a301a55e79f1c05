/** The facts about a refused transaction that the messages contain. */
export interface TransactionFacts {
  readonly nonce: number;
  /** The nonce that the node expects of the sender. */
  readonly nextNonce: number;
  /** The value plus the highest cost of its gas. */
  readonly costWei: bigint;
  readonly balanceWei: bigint;
  readonly feeCapWei: bigint;
  readonly tipWei: bigint;
}

/** The reason why a node does not accept a transaction. */
export type TransactionRefusal =
  | 'already-known'
  | 'nonce-too-low'
  | 'nonce-too-high'
  | 'replacement-underpriced'
  | 'insufficient-funds'
  | 'fee-too-low';

/**
 * `nethermind` has the words of versions up to mid-2026; `nethermind-2026` those since its pool took over
 * geth's phrases.
 */
export type NodeSoftware = 'geth' | 'reth' | 'nethermind' | 'nethermind-2026' | 'erigon' | 'anvil';

export interface Wording {
  readonly code: number;
  message(facts: TransactionFacts): string;
}

const said = (code: number, text: string): Wording => ({ code, message: () => text });

/**
 * The words with which nodes refuse `eth_sendRawTransaction`. Sources, read in their files as of 2026: geth
 * core/txpool/{errors,validation}.go; reth crates/rpc/rpc-eth-types/src/error/mod.rs; Nethermind
 * AcceptTxResult.cs, its issues 4829, 4845 and 12153, and the messages chainlink matches; Erigon
 * txpoolcfg.go, whose reasons the RPC prefixes with the pool's result; anvil 1.7.1 as measured.
 *
 * geth's ordinary pool, Erigon and anvil queue a nonce gap instead of refusing it: their `nonce-too-high` is
 * geth's message for blob transactions, and the others' message when a block's execution meets it.
 */
export const nodeWordings: Readonly<Record<NodeSoftware, Readonly<Record<TransactionRefusal, Wording>>>> = {
  geth: {
    'already-known': said(-32000, 'already known'),
    'nonce-too-low': {
      code: -32000,
      message: ({ nonce, nextNonce }) => `nonce too low: next nonce ${nextNonce}, tx nonce ${nonce}`,
    },
    'nonce-too-high': {
      code: -32000,
      message: ({ nonce, nextNonce }) => `nonce too high: tx nonce ${nonce}, gapped nonce ${nextNonce}`,
    },
    'replacement-underpriced': said(-32000, 'replacement transaction underpriced'),
    'insufficient-funds': {
      code: -32000,
      message: ({ balanceWei, costWei }) =>
        `insufficient funds for gas * price + value: balance ${balanceWei}, tx cost ${costWei}, overshot ${costWei - balanceWei}`,
    },
    'fee-too-low': {
      code: -32000,
      message: ({ tipWei }) =>
        `transaction underpriced: gas tip cap ${tipWei}, minimum needed ${tipWei + 1n}`,
    },
  },
  reth: {
    'already-known': said(-32000, 'already known'),
    'nonce-too-low': {
      code: -32000,
      message: ({ nonce, nextNonce }) => `nonce too low: next nonce ${nextNonce}, tx nonce ${nonce}`,
    },
    'nonce-too-high': said(-32000, 'nonce too high'),
    'replacement-underpriced': said(-32000, 'replacement transaction underpriced'),
    'insufficient-funds': {
      code: -32003,
      message: ({ balanceWei, costWei }) =>
        `insufficient funds for gas * price + value: have ${balanceWei} want ${costWei}`,
    },
    'fee-too-low': said(-32000, 'transaction underpriced'),
  },
  nethermind: {
    'already-known': said(-32010, 'AlreadyKnown'),
    'nonce-too-low': {
      code: -32010,
      message: ({ nonce, nextNonce }) =>
        `OldNonce, Current nonce: ${nextNonce}, nonce of rejected tx: ${nonce}`,
    },
    'nonce-too-high': {
      code: -32010,
      message: ({ nextNonce }) => `NonceGap, Future nonce. Expected nonce: ${nextNonce}`,
    },
    'replacement-underpriced': said(-32010, 'ReplacementNotAllowed'),
    'insufficient-funds': {
      code: -32010,
      message: ({ balanceWei, costWei }) =>
        `InsufficientFunds, Account balance: ${balanceWei}, cumulative cost: ${costWei}`,
    },
    'fee-too-low': {
      code: -32010,
      message: ({ feeCapWei }) =>
        `FeeTooLow, FeePerGas needs to be higher than ${feeCapWei} to be added to the TxPool. Affordable FeePerGas of rejected tx: ${feeCapWei}.`,
    },
  },
  'nethermind-2026': {
    'already-known': said(-32000, 'already known'),
    'nonce-too-low': {
      code: -32000,
      message: ({ nonce, nextNonce }) =>
        `nonce too low, Current nonce: ${nextNonce}, nonce of rejected tx: ${nonce}`,
    },
    'nonce-too-high': {
      code: -32000,
      message: ({ nextNonce }) => `nonce too high, Future nonce. Expected nonce: ${nextNonce}`,
    },
    'replacement-underpriced': said(-32000, 'replacement transaction underpriced'),
    'insufficient-funds': {
      code: -32000,
      message: ({ balanceWei, costWei }) =>
        `insufficient funds for gas * price + value, Account balance: ${balanceWei}, cumulative cost: ${costWei}`,
    },
    'fee-too-low': said(-32000, 'transaction underpriced'),
  },
  erigon: {
    'already-known': said(-32000, 'ALREADY_EXISTS: already known'),
    'nonce-too-low': said(-32000, 'INTERNAL_ERROR: nonce too low'),
    'nonce-too-high': said(-32000, 'nonce too high'),
    'replacement-underpriced': said(-32000, 'INTERNAL_ERROR: could not replace existing tx'),
    'insufficient-funds': said(-32000, 'INTERNAL_ERROR: insufficient funds'),
    'fee-too-low': said(-32000, 'FEE_TOO_LOW: fee too low'),
  },
  anvil: {
    'already-known': said(-32003, 'transaction already imported'),
    'nonce-too-low': said(-32003, 'nonce too low'),
    'nonce-too-high': said(-32003, 'nonce too high'),
    'replacement-underpriced': said(-32003, 'replacement transaction underpriced'),
    'insufficient-funds': said(-32003, 'Insufficient funds for gas * price + value'),
    'fee-too-low': said(-32003, 'max fee per gas less than block base fee'),
  },
};
