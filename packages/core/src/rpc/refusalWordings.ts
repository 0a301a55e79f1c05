import type { RefusalMeaning } from './RefusalMeaning.ts';
import { conceptOf } from './refusalConcepts.ts';

export type { RefusalMeaning } from './RefusalMeaning.ts';

/** A node with the wording, the wording in lower case without punctuation, and its meaning. */
type Row = readonly [node: string, wording: string, meaning: RefusalMeaning];

/**
 * Nodes have no common codes for a refusal: Monad sends -32603 for each, Besu -32001 to -32009, gateways pass
 * on any code. The words decide. A wording counts where it stands in the message as whole words; of several
 * the longest. Words that no row has are read by what they are about (`refusalConcepts.ts`).
 *
 * Sources: go-ethereum core/txpool/errors.go, core/error.go and internal/ethapi (op-geth and Nitro share
 * them); reth crates/rpc/rpc-eth-types/src/error; Erigon txnprovider/txpool/txpoolcfg; Nethermind
 * AcceptTxResult.cs before and since 2026; Besu RpcErrorType.java; monad-bft monad-eth-txpool-types and
 * monad-rpc; Optimism's and Arbitrum's sequencers and the messages that chainlink's client matches for them;
 * anvil 1.7.1 as measured.
 */
// biome-ignore format: a table
export const refusalWordings: readonly Row[] = [
  ['geth', 'already known', 'already-known'],
  ['geth', 'known transaction', 'already-known'],
  ['geth', 'nonce too low', 'nonce-used'],
  ['geth', 'nonce too high', 'nonce-gap'],
  ['geth', 'gapped nonce tx from delegated accounts', 'busy'],
  ['geth', 'in flight transaction limit reached', 'busy'],
  ['geth', 'authority already reserved', 'busy'],
  ['geth', 'address already reserved', 'busy'],
  ['geth', 'replacement transaction underpriced', 'replacement-refused'],
  ['geth', 'future transaction tries to replace pending', 'replacement-refused'],
  ['geth', 'transaction underpriced', 'underpriced'],
  ['geth', 'underpriced', 'underpriced'],
  ['geth', 'max fee per gas less than block base fee', 'underpriced'],
  ['geth', 'transaction gas price below minimum', 'underpriced'],
  ['geth', 'insufficient funds', 'insufficient-funds'],
  ['geth', 'transaction would cause overdraft', 'insufficient-funds'],
  ['geth', 'exceeds the configured cap', 'fee-cap'],
  ['geth', 'exceeds block gas limit', 'gas-limit'],
  ['geth', 'intrinsic gas too low', 'gas-limit'],
  ['geth', 'insufficient gas for floor data gas cost', 'gas-limit'],
  ['geth', 'transaction gas limit too high', 'gas-limit'],
  ['geth', 'gas limit reached', 'gas-limit'],
  ['geth', 'gas uint64 overflow', 'invalid'],
  ['geth', 'invalid sender', 'invalid'],
  ['geth', 'invalid chain id', 'invalid'],
  ['geth', 'oversized data', 'invalid'],
  ['geth', 'negative value', 'invalid'],
  ['geth', 'sender not an eoa', 'invalid'],
  ['geth', 'transaction type not supported', 'invalid'],
  ['geth', 'max priority fee per gas higher than max fee per gas', 'invalid'],
  ['geth', 'only replay protected eip 155 transactions allowed over rpc', 'invalid'],
  ['geth', 'max initcode size exceeded', 'invalid'],
  ['geth', 'txpool is full', 'busy'],
  ['geth', 'account limit exceeded', 'busy'],

  ['reth', 'transaction already in pool', 'already-known'],
  ['reth', 'nonce is not consistent', 'nonce-used'],
  ['reth', 'insufficient priority fee for replacement', 'replacement-refused'],
  ['reth', 'priority fee below minimum', 'underpriced'],
  ['reth', 'tx fee exceeds the configured cap', 'fee-cap'],
  ['reth', 'intrinsic gas too high', 'gas-limit'],
  ['reth', 'gas limit too high', 'gas-limit'],
  ['reth', 'gas limit too low', 'gas-limit'],
  ['reth', 'transaction signer has bytecode set', 'invalid'],
  ['reth', 'invalid transaction signature', 'invalid'],
  ['reth', 'pool is full', 'busy'],
  ['reth', 'spammer exceeded capacity', 'busy'],

  ['erigon', 'already exists', 'already-known'],
  ['erigon', 'existing tx with same hash', 'already-known'],
  ['erigon', 'tx with same hash', 'already-known'],
  ['erigon', 'duplicate hash', 'already-known'],
  ['erigon', 'could not replace existing tx', 'replacement-refused'],
  ['erigon', 'fee too low', 'underpriced'],
  ['erigon', 'gas limit is too high', 'gas-limit'],
  ['erigon', 'intrinsic gas', 'gas-limit'],
  ['erigon', 'gas uint overflow', 'invalid'],
  ['erigon', 'rlp too long', 'invalid'],
  ['erigon', 'spammer', 'busy'],
  ['erigon', 'sub pool is full', 'busy'],

  ['nethermind', 'own nonce already used', 'replacement-refused'],
  ['nethermind', 'old nonce', 'nonce-used'],
  ['nethermind', 'nonce gap', 'nonce-gap'],
  ['nethermind', 'nonce too far in future', 'nonce-gap'],
  ['nethermind', 'replacement not allowed', 'replacement-refused'],
  ['nethermind', 'fee too low to compete', 'underpriced'],
  ['nethermind', 'gas limit exceeded', 'gas-limit'],
  ['nethermind', 'failed to resolve sender', 'invalid'],
  ['nethermind', 'failed to recover sender', 'invalid'],
  ['nethermind', 'sender is contract', 'invalid'],
  ['nethermind', 'int256overflow', 'invalid'],
  ['nethermind', 'not supported tx type', 'invalid'],
  ['nethermind', 'max tx size exceeded', 'invalid'],
  ['nethermind', 'pending txs of conflicting type', 'busy'],
  ['nethermind', 'delegator has pending tx', 'busy'],
  ['nethermind', 'not current nonce for delegation', 'busy'],
  ['nethermind', 'node is syncing', 'busy'],

  ['besu', 'nonce below current transaction account nonce', 'nonce-used'],
  ['besu', 'nonce below sender account nonce', 'nonce-used'],
  ['besu', 'transaction nonce is too distant from current sender nonce', 'nonce-gap'],
  ['besu', 'an invalid transaction with a lower nonce exists', 'nonce-gap'],
  ['besu', 'gas price below configured minimum gas price', 'underpriced'],
  ['besu', 'gas price below current base fee', 'underpriced'],
  ['besu', 'gas price is less than the current base fee', 'underpriced'],
  ['besu', 'upfront cost exceeds account balance', 'insufficient-funds'],
  ['besu', 'transaction fee cap exceeded', 'fee-cap'],
  ['besu', 'transaction gas limit exceeds block gas limit', 'gas-limit'],
  ['besu', 'transaction gas limit cap exceeded', 'gas-limit'],
  ['besu', 'intrinsic gas exceeds gas limit', 'gas-limit'],
  ['besu', 'invalid signature', 'invalid'],
  ['besu', 'invalid transaction type', 'invalid'],
  ['besu', 'wrong chainid', 'invalid'],
  ['besu', 'wrong chain id', 'invalid'],
  ['besu', 'chainid not supported', 'invalid'],
  ['besu', 'chain id not supported', 'invalid'],
  ['besu', 'max priority fee per gas exceeds max fee per gas', 'invalid'],
  ['besu', 'sender account not authorized to send transactions', 'invalid'],
  ['besu', 'plugin has marked the transaction as', 'invalid'],
  ['besu', 'transaction pool not enabled', 'busy'],
  ['besu', 'initial sync is still in progress', 'busy'],

  ['monad', 'transaction nonce too low', 'nonce-used'],
  ['monad', 'an existing transaction had higher priority', 'replacement-refused'],
  ['monad', 'another transaction has higher priority', 'replacement-refused'],
  ['monad', 'a newer transaction had higher priority', 'replacement-refused'],
  ['monad', 'transaction fee too low', 'underpriced'],
  ['monad', 'signer had insufficient balance', 'insufficient-funds'],
  ['monad', 'insufficient balance', 'insufficient-funds'],
  ['monad', 'exceeds transaction gas limit', 'gas-limit'],
  ['monad', 'max priority fee too high', 'invalid'],
  ['monad', 'init code size limit exceeded', 'invalid'],
  ['monad', 'encoded length limit exceeded', 'invalid'],
  ['monad', 'transaction not well formed', 'invalid'],
  ['monad', 'transaction signature is invalid', 'invalid'],
  ['monad', 'unsupported transaction type', 'invalid'],
  ['monad', 'transaction pool is full', 'busy'],
  ['monad', 'transaction pool is not ready', 'busy'],

  ['optimism', 'insufficient funds for l1fee l2fee value', 'insufficient-funds'],
  ['optimism', 'gas price too low', 'underpriced'],
  ['optimism', 'gas price too high', 'fee-cap'],
  ['optimism', 'l2 gas limit too low', 'gas-limit'],
  ['optimism', 'transaction exceeds max da size', 'invalid'],

  ['arbitrum', 'invalid transaction nonce', 'nonce-used'],
  ['arbitrum', 'not enough funds for gas', 'insufficient-funds'],
  ['arbitrum', 'gas price too low', 'underpriced'],
  ['arbitrum', 'forbidden sender address', 'invalid'],
  ['arbitrum', 'invalid message format', 'invalid'],
  ['arbitrum', 'conditional options not met', 'invalid'],
  ['arbitrum', 'queue full', 'busy'],
  ['arbitrum', 'sequencer pending tx pool full', 'busy'],
  ['arbitrum', 'sequencer temporarily not available', 'busy'],

  ['anvil', 'transaction already imported', 'already-known'],
  ['anvil', 'already imported', 'already-known'],

  ['moonbeam', 'invalid transaction stale', 'nonce-used'],
  ['moonbeam', 'invalid transaction future', 'nonce-gap'],
  ['moonbeam', 'too low priority', 'replacement-refused'],

  ['openethereum', 'nonce is too low', 'nonce-used'],
  ['openethereum', 'another transaction with same nonce', 'replacement-refused'],
  ['openethereum', 'transaction gas price is too low', 'underpriced'],
  ['openethereum', 'not have enough funds', 'insufficient-funds'],
  ['openethereum', 'transaction gas is too low', 'gas-limit'],
  ['openethereum', 'transaction cost exceeds current gas limit', 'gas-limit'],
  ['openethereum', 'too many transactions in the queue', 'busy'],

  ['gateway', 'already in mempool', 'already-known'],
  ['gateway', 'already in the mempool', 'already-known'],
  ['gateway', 'replacement fee too low', 'replacement-refused'],
  ['gateway', 'tip below', 'underpriced'],
  ['gateway', 'gas price below', 'underpriced'],
  ['gateway', 'timed out', 'no-reply'],
  ['gateway', 'timeout', 'no-reply'],
  ['gateway', 'time out', 'no-reply'],
  ['gateway', 'deadline exceeded', 'no-reply'],
  ['gateway', 'bad gateway', 'no-reply'],
  ['gateway', 'connection reset', 'no-reply'],
  ['gateway', 'connection closed', 'no-reply'],
  ['gateway', 'socket hang up', 'no-reply'],
  ['gateway', 'unexpected eof', 'no-reply'],
  ['gateway', 'no response', 'no-reply'],
];

const longestFirst = refusalWordings
  .map(([, wording, meaning]) => ({ wording: ` ${wording} `, meaning }))
  .sort((a, b) => b.wording.length - a.wording.length);

/**
 * Returns the meaning of a refusal: by the table, otherwise by what its words are about.
 * @returns undefined for words without a meaning for the sender
 */
export function meaningOf(words: string): RefusalMeaning | undefined {
  const plain = plainWords(words);
  // Every refusal of a replacement names it, and often the price as well.
  if (/\breplac/.test(plain)) return 'replacement-refused';
  return longestFirst.find(({ wording }) => plain.includes(wording))?.meaning ?? conceptOf(plain);
}

/**
 * Returns the words in lower case with a space around each, for example of `OldNonce`, `ALREADY_EXISTS:` and
 * `in-flight`.
 */
function plainWords(text: string): string {
  const apart = text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll('<', ' less than ');
  return ` ${apart.replace(/[^a-z0-9]+/g, ' ').trim()} `;
}
