/** A JSON-RPC 2.0 call, as a client sent it. */
export interface RpcRequest {
  readonly jsonrpc?: string;
  readonly id?: number | string | null;
  readonly method: string;
  readonly params?: unknown;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The answer to a call: one of the two. */
export type RpcOutcome = { readonly result: unknown } | { readonly error: RpcError };

/** An answer on the wire. */
export type RpcResponse = RpcOutcome & {
  readonly jsonrpc: '2.0';
  readonly id: number | string | null;
};

/** A call, or a batch of calls. */
export interface ParsedRpc {
  readonly batch: boolean;
  readonly calls: readonly RpcRequest[];
}

/** Parses a request body: one call or a batch. `undefined` when it is neither. */
export function parseRpc(body: string): ParsedRpc | undefined {
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    return undefined;
  }
  const calls = Array.isArray(message) ? message : [message];
  const isCall = (call: unknown): call is RpcRequest =>
    typeof call === 'object' && call !== null && typeof (call as RpcRequest).method === 'string';
  return calls.every(isCall) ? { batch: Array.isArray(message), calls } : undefined;
}
