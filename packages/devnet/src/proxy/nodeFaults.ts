import { answerAtHead, headOf } from './blockView.ts';
import { type Fault, fault } from './fault.ts';
import type { RpcOutcome, RpcRequest } from './rpcMessage.ts';

/**
 * A node of another chain: `eth_chainId` and `net_version` tell its id, and transactions signed for ours are
 * refused, as such a node must. Everything else is our chain's: that it looks right is what makes it harmful.
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
 * A node `blocks` blocks behind the chain, always. Transactions it is given reach the chain. Fee estimates
 * (`eth_gasPrice`, `eth_maxPriorityFeePerGas`) are the chain's own.
 */
export function stale(blocks: number): Fault {
  return fault(`stale(${blocks})`, async exchange => {
    const head = Math.max(0, (await headOf(exchange.ask)) - blocks);
    return exchange.answerCalls(call => answerAtHead(head, call, exchange.ask));
  });
}

/** A node whose head stands still, at the block the chain has when the fault comes into force. */
export const frozen: Fault = {
  name: 'stale(frozen)',
  async begin({ ask }) {
    const frozenAt = await headOf(ask);
    return {
      async act(exchange) {
        exchange.mark('stale(frozen)');
        // The chain may have been set back since.
        const head = Math.min(frozenAt, await headOf(exchange.ask));
        return exchange.answerCalls(call => answerAtHead(head, call, exchange.ask));
      },
    };
  },
};

const lookups: ReadonlySet<string> = new Set(['eth_getTransactionByHash', 'eth_getTransactionReceipt']);

/**
 * A node that has not seen a transaction: its receipt and itself are null, although it is mined. Without
 * `hashes`, it has seen none.
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
