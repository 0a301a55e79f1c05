import { Transaction } from 'ethers';
import { type Exchange, type Fault, fault, type ProxyReaction } from './fault.ts';
import {
  type NodeSoftware,
  nodeWordings,
  type TransactionFacts,
  type TransactionRefusal,
} from './nodeWordings.ts';
import type { RpcOutcome, RpcRequest } from './rpcMessage.ts';

/**
 * Calls of these methods reach the chain, but the reply is lost: the connection hangs, is reset, or is closed
 * (`refuse`). In a batch, the whole batch's answer is lost.
 */
export function lostReplies(
  methods: readonly string[] = ['eth_sendRawTransaction'],
  how: 'hang' | 'reset' | 'refuse' = 'hang',
): Fault {
  const lost = new Set(methods);
  const name = `lost-replies(${methods.join(', ')}; ${how})`;
  return {
    name,
    begin: () => ({
      async act(exchange): Promise<ProxyReaction> {
        const answer = await exchange.pass();
        if (!exchange.calls.some(call => lost.has(call.method))) return answer;
        exchange.mark(name);
        return how;
      },
    }),
  };
}

export interface RefusalOptions {
  /** Whether the transaction is sent to the chain before the error is returned. Default false. */
  readonly carriedOut?: boolean;
}

/**
 * Answers `eth_sendRawTransaction` with an error, in the words of that node. The numbers in the message are
 * the transaction's and the sender's own, changed only as far as the error requires ("nonce too low" names a
 * next nonce above the transaction's).
 *
 * With `carriedOut` the transaction lands nevertheless, as by another way or by an earlier try.
 */
export function refusesTransactions(
  refusal: TransactionRefusal,
  node: NodeSoftware = 'geth',
  { carriedOut = false }: RefusalOptions = {},
): Fault {
  const name = `${refusal}(${node}${carriedOut ? '; carried out' : ''})`;
  return {
    name,
    begin: () => ({
      act: exchange =>
        exchange.answerCalls(async call => {
          if (call.method !== 'eth_sendRawTransaction') return undefined;
          exchange.mark(name);
          const facts = await transactionFacts(exchange, call, refusal);
          // Bytes that cannot be decoded go to the chain, which refuses them.
          if (facts === undefined) return undefined;
          if (carriedOut) await exchange.ask(call.method, call.params as readonly unknown[]);
          const { code, message } = nodeWordings[node][refusal];
          return { error: { code, message: message(facts) } };
        }),
    }),
  };
}

/**
 * Answers `eth_sendRawTransaction` with an error in these very words, as a given node implementation does.
 */
export function refusesInWords(
  message: string,
  code = -32000,
  { carriedOut = false }: RefusalOptions = {},
): Fault {
  const name = `refuses(${code} ${message}${carriedOut ? '; carried out' : ''})`;
  return answersBroadcasts(name, { error: { code, message } }, carriedOut);
}

/** Answers `eth_sendRawTransaction` with this result, which is not the transaction's hash. */
export function answersTransactions(result: unknown, { carriedOut = false }: RefusalOptions = {}): Fault {
  const name = `answers-transactions(${JSON.stringify(result)}${carriedOut ? '; carried out' : ''})`;
  return answersBroadcasts(name, { result }, carriedOut);
}

function answersBroadcasts(name: string, outcome: RpcOutcome, carriedOut: boolean): Fault {
  return {
    name,
    begin: () => ({
      act: exchange =>
        exchange.answerCalls(async ({ method, params }) => {
          if (method !== 'eth_sendRawTransaction') return undefined;
          exchange.mark(name);
          if (carriedOut) await exchange.ask(method, params as readonly unknown[]);
          return outcome;
        }),
    }),
  };
}

/** Answers "already known", in that node's words; by default this is true. */
export function alreadyKnown(
  node: NodeSoftware = 'geth',
  options: RefusalOptions = { carriedOut: true },
): Fault {
  return refusesTransactions('already-known', node, options);
}

/** Accepts a transaction, answers with its hash, and never forwards it, like a node without peers. */
export const swallowsTransactions: Fault = fault('swallows-transactions', exchange =>
  exchange.answerCalls(call => {
    const transaction = decode(call);
    if (call.method !== 'eth_sendRawTransaction' || transaction === undefined) return undefined;
    return { result: transaction.hash };
  }),
);

async function transactionFacts(
  exchange: Exchange,
  call: RpcRequest,
  refusal: TransactionRefusal,
): Promise<TransactionFacts | undefined> {
  const transaction = decode(call);
  if (transaction?.from == null) return undefined;
  const number = async (method: string): Promise<bigint> => {
    const outcome = await exchange.ask(method, [transaction.from, 'latest']);
    return 'result' in outcome ? BigInt(outcome.result as string) : 0n;
  };
  const [accountNonce, balance] = await Promise.all([
    number('eth_getTransactionCount'),
    number('eth_getBalance'),
  ]);
  const { nonce } = transaction;
  const feeCapWei = transaction.maxFeePerGas ?? transaction.gasPrice ?? 0n;
  const costWei = transaction.value + transaction.gasLimit * feeCapWei;
  const nextNonce =
    refusal === 'nonce-too-low'
      ? Math.max(Number(accountNonce), nonce + 1)
      : Math.min(Number(accountNonce), Math.max(nonce - 1, 0));
  return {
    nonce,
    nextNonce,
    costWei,
    balanceWei: balance < costWei ? balance : costWei / 2n,
    feeCapWei,
    tipWei: transaction.maxPriorityFeePerGas ?? feeCapWei,
  };
}

function decode(call: RpcRequest): Transaction | undefined {
  try {
    return Transaction.from((call.params as readonly string[])[0] as string);
  } catch {
    return undefined;
  }
}
