import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { meaningOf, type RefusalMeaning, refusalWordings } from './refusalWordings.ts';

/** Whole messages as nodes send them. */
const messages: Record<string, readonly (readonly [RefusalMeaning, string])[]> = {
  geth: [
    ['already-known', 'already known'],
    ['already-known', 'known transaction: 0x1234'],
    ['nonce-used', 'nonce too low: next nonce 5, tx nonce 4'],
    ['nonce-gap', 'nonce too high: tx nonce 9, gapped nonce 5'],
    ['replacement-refused', 'replacement transaction underpriced'],
    ['replacement-refused', 'future transaction tries to replace pending'],
    ['underpriced', 'transaction underpriced: gas tip cap 0, minimum needed 1'],
    ['underpriced', 'max fee per gas less than block base fee: address 0x12, maxFeePerGas: 1, baseFee: 7'],
    [
      'insufficient-funds',
      'insufficient funds for gas * price + value: balance 0, tx cost 21000, overshot 21000',
    ],
    ['fee-cap', 'tx fee (1.20 ether) exceeds the configured cap (1.00 ether)'],
    ['gas-limit', 'exceeds block gas limit'],
    ['gas-limit', 'intrinsic gas too low: gas 20000, minimum needed 21000'],
    ['gas-limit', 'transaction gas limit too high (cap: 16777216, tx: 20000000)'],
    ['invalid', 'transaction type not supported'],
    ['invalid', 'invalid sender'],
    ['busy', 'txpool is full'],
    ['busy', 'in-flight transaction limit reached for delegated accounts'],
    ['busy', 'gapped-nonce tx from delegated accounts'],
  ],
  reth: [
    ['already-known', 'already known'],
    ['nonce-used', 'nonce too low: next nonce 5, tx nonce 4'],
    ['nonce-used', 'transaction nonce is not consistent: next nonce 5, tx nonce 4'],
    ['replacement-refused', 'replacement transaction underpriced'],
    ['underpriced', 'transaction underpriced'],
    ['insufficient-funds', 'insufficient funds for gas * price + value: have 0 want 1'],
    ['fee-cap', 'tx fee (1.20 ether) exceeds the configured cap (1.00 ether)'],
    ['gas-limit', 'exceeds block gas limit'],
    ['busy', 'txpool is full'],
  ],
  erigon: [
    ['already-known', 'ALREADY_EXISTS: already known'],
    ['nonce-used', 'INTERNAL_ERROR: nonce too low'],
    ['replacement-refused', 'INTERNAL_ERROR: could not replace existing tx'],
    ['underpriced', 'INTERNAL_ERROR: underpriced'],
    ['underpriced', 'FEE_TOO_LOW: fee too low'],
    ['insufficient-funds', 'INTERNAL_ERROR: insufficient funds'],
    ['gas-limit', 'INTERNAL_ERROR: IntrinsicGas'],
    ['invalid', 'INTERNAL_ERROR: RLPTooLong'],
    ['busy', 'INTERNAL_ERROR: baseFee sub-pool is full'],
  ],
  nethermind: [
    ['already-known', 'AlreadyKnown'],
    ['nonce-used', 'OldNonce, Current nonce: 5, nonce of rejected tx: 4'],
    ['nonce-gap', 'NonceGap, Future nonce. Expected nonce: 5'],
    ['replacement-refused', 'ReplacementNotAllowed'],
    ['underpriced', 'FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7'],
    ['underpriced', 'FeeTooLowToCompete'],
    ['insufficient-funds', 'InsufficientFunds, Account balance: 0, cumulative cost: 1'],
    ['gas-limit', 'GasLimitExceeded, Gas limit: 30000000, gas limit of rejected tx: 40000000'],
    ['invalid', 'Int256Overflow'],
    ['busy', 'DelegatorHasPendingTx'],
  ],
  besu: [
    ['already-known', 'Known transaction'],
    ['nonce-used', 'Nonce too low'],
    ['nonce-gap', 'Nonce too high'],
    ['nonce-gap', 'Transaction nonce is too distant from current sender nonce'],
    ['replacement-refused', 'Replacement transaction underpriced'],
    ['underpriced', 'Gas price below configured minimum gas price'],
    ['underpriced', 'Gas price below current base fee'],
    ['insufficient-funds', 'Upfront cost exceeds account balance'],
    ['fee-cap', 'Transaction fee cap exceeded'],
    ['gas-limit', 'Transaction gas limit exceeds block gas limit'],
    ['gas-limit', 'Intrinsic gas exceeds gas limit'],
    ['invalid', 'Invalid signature'],
    ['invalid', 'Sender account not authorized to send transactions'],
    ['invalid', 'Wrong chainId'],
    ['busy', 'Initial sync is still in progress'],
    ['no-reply', 'Timeout expired'],
  ],
  monad: [
    ['nonce-used', 'Transaction nonce too low'],
    ['replacement-refused', 'An existing transaction had higher priority'],
    ['underpriced', 'Transaction fee too low'],
    ['insufficient-funds', 'Signer had insufficient balance'],
    ['gas-limit', 'Exceeds transaction gas limit'],
    ['invalid', 'Transaction signature is invalid'],
    ['invalid', 'Max priority fee too high'],
    ['busy', 'Transaction pool is full'],
    ['busy', 'Transaction pool is not ready'],
  ],
  optimism: [
    ['insufficient-funds', 'invalid transaction: insufficient funds for l1Fee + l2Fee + value'],
    ['underpriced', 'gas price too low: 1000 wei, use at least tx.gasPrice = 15000000 wei'],
    ['nonce-used', 'nonce too low: next nonce 5, tx nonce 4'],
  ],
  arbitrum: [
    ['nonce-used', 'invalid transaction nonce'],
    ['insufficient-funds', 'not enough funds for gas'],
    ['underpriced', 'max fee per gas less than block base fee: address 0x12, maxFeePerGas: 1 baseFee: 7'],
    ['invalid', 'forbidden sender address'],
    ['busy', 'sequencer pending tx pool full, please try again'],
    ['busy', 'queue full'],
  ],
  anvil: [
    ['already-known', 'transaction already imported'],
    ['nonce-used', 'nonce too low'],
    ['replacement-refused', 'replacement transaction underpriced'],
    ['insufficient-funds', 'Insufficient funds for gas * price + value'],
    ['underpriced', 'max fee per gas less than block base fee'],
    ['gas-limit', 'intrinsic gas too low'],
  ],
  moonbeam: [
    ['nonce-used', 'submit transaction to pool failed: InvalidTransaction(InvalidTransaction::Stale)'],
    ['nonce-gap', 'submit transaction to pool failed: InvalidTransaction(InvalidTransaction::Future)'],
    ['replacement-refused', 'submit transaction to pool failed: Pool(TooLowPriority { old: 1, new: 2 })'],
  ],
  /** Words that no row of the table has. */
  others: [
    ['nonce-used', 'nonce too low. allowed nonce range: 5 - 1005, actual: 4'],
    ['nonce-used', 'invalid nonce; got 4, expected 5: invalid sequence'],
    ['nonce-used', 'tx nonce is lower than the account nonce'],
    ['nonce-used', 'account sequence mismatch, expected 6, got 5'],
    ['nonce-gap', 'account sequence mismatch, expected 6, got 9'],
    ['nonce-gap', 'Nonce is too far in the future'],
    ['already-known', 'known transaction. transaction with hash 0x12 is already in the system'],
    ['already-known', 'Transaction is already in the pool'],
    ['already-known', 'duplicate transaction'],
    ['replacement-refused', 'Transaction replacement underpriced'],
    ['replacement-refused', 'max priority fee too low to replace'],
    ['replacement-refused', 'another tx already has the same nonce'],
    ['underpriced', 'transaction underpriced: address 0x12 have gas tip cap (1) < pool gas tip (2)'],
    ['underpriced', 'Transaction gas price is less than the minimum gas price'],
    ['underpriced', 'provided fee < minimum global fee (1 < 2): insufficient fee'],
    ['underpriced', 'block baseFee 2 exceeds maxFeePerGas 1'],
    ['underpriced', 'gas price of transaction is below minimum profitability'],
    ['insufficient-funds', 'Not enough balance for fee + value'],
    ['insufficient-funds', 'transaction up-front cost 0x1 exceeds transaction sender account balance 0x0'],
    ['insufficient-funds', 'sender balance < tx cost (0 < 1)'],
    ['insufficient-funds', 'LackOfFundForMaxFee'],
    ['fee-cap', 'the transaction’s fee is above the limit of this node'],
    ['gas-limit', 'transaction gas limit (2) is greater than the cap (1)'],
    ['gas-limit', 'TxGasLimitCapExceeded: gas limit 1 exceeds cap 2'],
    ['busy', 'txpool is at capacity'],
    ['busy', 'account has too many pending transactions'],
    ['busy', 'sequencer temporarily not accepting transactions'],
    ['invalid', 'Invalid RLP.'],
    ['invalid', 'sender is on the deny list'],
    ['no-reply', 'all upstreams failed'],
    ['no-reply', '503 Service Unavailable'],
  ],
  gateway: [
    ['no-reply', 'upstream request timed out'],
    ['no-reply', 'context deadline exceeded'],
    ['no-reply', 'unexpected EOF'],
  ],
};

describe('meaningOf', () => {
  it.each(
    Object.entries(messages).flatMap(([node, rows]) =>
      rows.map(([meaning, message]) => [meaning, node, message] as const),
    ),
  )('%s: %s says "%s"', (meaning, _, message) => {
    expect(meaningOf(message)).toBe(meaning);
  });

  it.each([
    'internal error',
    'unknown transaction',
    'daily request count exceeded, request rate limited',
    'App is inactive',
    'spammers',
    '',
  ])('has no meaning for "%s"', message => {
    expect(meaningOf(message)).toBeUndefined();
  });

  it('finds each wording of the table in the middle of a message, in any spelling', () => {
    for (const [, wording, meaning] of refusalWordings) {
      expect(meaningOf(`err: ${wording}, tx 0x12`)).toBe(meaning);
      expect(meaningOf(`ERR: ${wording.toUpperCase().replace(/ /g, '_')}!`)).toBe(meaning);
    }
  });

  it('has one meaning for each wording', () => {
    const meanings = new Map<string, RefusalMeaning>();
    for (const [, wording, meaning] of refusalWordings) {
      expect(meanings.get(wording) ?? meaning).toBe(meaning);
      meanings.set(wording, meaning);
    }
  });

  it('property: never throws, and takes no word for a part of another one one', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        meaningOf(text);
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...refusalWordings),
        fc.stringMatching(/^[a-z]{1,8}$/),
        ([, wording], more) => {
          // `known transaction` must not match inside `unknown transaction`.
          const glued = meaningOf(`${more}${wording}${more}`);
          const inside = refusalWordings.some(([, other]) => other !== wording && wording.includes(other));
          if (!inside && !wording.includes(' ')) expect(glued).toBeUndefined();
        },
      ),
    );
  });
});
