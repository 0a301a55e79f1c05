import { answerAtHead, headOf } from './blockView.ts';
import { type Fault, fault } from './fault.ts';
import type { RpcOutcome, RpcRequest } from './rpcMessage.ts';

/**
 * Simulates a node of another chain: `eth_chainId` and `net_version` return its id, and transactions signed
 * for ours are refused, as such a node must. All other answers are our chain's: its correct appearance makes
 * the fault harmful.
 */
export function wrongChain(id: number | bigint): Fault {
  const answers: Readonly<Record<string, RpcOutcome>> = {
    eth_chainId: { result: `0x${id.toString(16)}` },
    net_version: { result: id.toString() },
    eth_sendRawTransaction: { error: { code: -32000, message: 'invalid sender' } },
  };
  return fault(`wrong-chain(${id})`, exchange => exchange.answerCalls(call => answers[call.method]));
}

/**
 * Simulates a node that is always `blocks` blocks behind the chain. Transactions sent to it reach the chain.
 * Fee estimates (`eth_gasPrice`, `eth_maxPriorityFeePerGas`) are the chain's own.
 */
export function stale(blocks: number): Fault {
  return fault(`stale(${blocks})`, async exchange => {
    const head = Math.max(0, (await headOf(exchange.ask)) - blocks);
    return exchange.answerCalls(call => answerAtHead(head, call, exchange.ask));
  });
}

/** Simulates a node whose head stands still, at the chain's block when the fault comes into force. */
export const frozen: Fault = {
  name: 'stale(frozen)',
  async begin({ ask }) {
    const frozenAt = await headOf(ask);
    return {
      async act(exchange) {
        exchange.mark('stale(frozen)');
        // The chain may have been reset since.
        const head = Math.min(frozenAt, await headOf(exchange.ask));
        return exchange.answerCalls(call => answerAtHead(head, call, exchange.ask));
      },
    };
  },
};

const lookups: ReadonlySet<string> = new Set(['eth_getTransactionByHash', 'eth_getTransactionReceipt']);

/**
 * Simulates a node that has not seen a transaction: the transaction and its receipt are null, although it is
 * mined. Without `hashes`, it has seen none.
 */
export function unknownTransaction(hashes?: readonly string[]): Fault {
  const unseen = hashes?.map(hash => hash.toLowerCase());
  const isUnseen = (call: RpcRequest): boolean => {
    const hash = String((call.params as readonly unknown[] | undefined)?.[0]).toLowerCase();
    return lookups.has(call.method) && (unseen === undefined || unseen.includes(hash));
  };
  return fault('unknown-transaction', exchange =>
    exchange.answerCalls(call => (isUnseen(call) ? { result: null } : undefined)),
  );
}
