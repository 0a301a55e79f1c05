import { type Fault, fault } from './fault.ts';
import type { RpcError, RpcRequest } from './rpcMessage.ts';

/** This HTTP status, and in the body a proper JSON-RPC error for each call: a gateway whose plan has expired, say. */
export function httpWithError(status: number, error: RpcError): Fault {
  return fault(`http-${status}-with-error`, async exchange => ({
    ...(await exchange.answerCalls(() => ({ error }))),
    status,
  }));
}

/** The chain's results for these methods, changed; an error of the chain stays as it is. */
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

/** The method is always answered with this result. */
export function oddResult(method: string, result: unknown): Fault {
  return changedResult(`odd-result(${method}, ${JSON.stringify(result)})`, [method], () => result);
}

/** Receipts with these fields in place of the chain's; a field that is undefined is left out. */
export function oddReceipts(fields: Readonly<Record<string, unknown>>): Fault {
  return changedResult(`odd-receipts(${Object.keys(fields)})`, ['eth_getTransactionReceipt'], receipt =>
    receipt === null ? null : { ...(receipt as object), ...fields },
  );
}

/** Blocks with these fields in place of the chain's. */
export function oddBlocks(fields: Readonly<Record<string, unknown>>): Fault {
  return changedResult(
    `odd-blocks(${Object.keys(fields)})`,
    ['eth_getBlockByNumber', 'eth_getBlockByHash'],
    block => (block === null ? null : { ...(block as object), ...fields }),
  );
}
