import { type Fault, fault } from './fault.ts';
import type { RpcError, RpcRequest } from './rpcMessage.ts';

/**
 * Answers with this HTTP status, and in the body a proper JSON-RPC error for each call, as for example a
 * gateway with an expired plan does.
 */
export function httpWithError(status: number, error: RpcError): Fault {
  return fault(`http-${status}-with-error`, async exchange => ({
    ...(await exchange.answerCalls(() => ({ error }))),
    status,
  }));
}

/** Changes the chain's results for these methods; an error of the chain stays as it is. */
export function changedResult(
  name: string,
  methods: readonly string[],
  change: (result: unknown, call: RpcRequest) => unknown,
): Fault {
  return fault(name, exchange =>
    exchange.answerCalls(async call => {
      if (!methods.includes(call.method)) return undefined;
      const outcome = await exchange.ask(call.method, (call.params ?? []) as readonly unknown[]);
      return 'error' in outcome ? outcome : { result: change(outcome.result, call) };
    }),
  );
}

/** Always answers the method with this result. */
export function oddResult(method: string, result: unknown): Fault {
  return changedResult(`odd-result(${method}, ${JSON.stringify(result)})`, [method], () => result);
}

/** Replaces these fields of the chain's receipts; a field that is undefined is removed. */
export function oddReceipts(fields: Readonly<Record<string, unknown>>): Fault {
  return changedResult(`odd-receipts(${Object.keys(fields)})`, ['eth_getTransactionReceipt'], receipt =>
    receipt === null ? null : { ...(receipt as object), ...fields },
  );
}

/** Replaces these fields of the chain's blocks. */
export function oddBlocks(fields: Readonly<Record<string, unknown>>): Fault {
  return changedResult(
    `odd-blocks(${Object.keys(fields)})`,
    ['eth_getBlockByNumber', 'eth_getBlockByHash'],
    block => (block === null ? null : { ...(block as object), ...fields }),
  );
}
