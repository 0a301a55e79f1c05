import type { Endpoint } from './Endpoint.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

/** Returns the result of one call: either the provider over all endpoints, or one endpoint alone. */
export interface RpcClient {
  // biome-ignore lint/suspicious/noExplicitAny: as ethers' own; what comes is checked where it is used
  send(method: string, params: unknown[]): Promise<any>;
}

/**
 * Returns a client that sends each call to this endpoint alone, once. It throws what the provider would
 * throw: a revert is ethers' `CALL_EXCEPTION`.
 */
export function clientOf(provider: FailoverProvider, endpoint: Endpoint): RpcClient {
  return {
    async send(method, params) {
      const answer = await provider.askOne(endpoint, method, params);
      if ('result' in answer) return answer.result;
      throw provider.getRpcError({ jsonrpc: '2.0', id: 1, method, params }, answer);
    },
  };
}

/**
 * Returns a client, with its label for texts, for each endpoint in use that is not hanging, the best first.
 */
export function clientsInUse(provider: FailoverProvider): { label: string; client: RpcClient }[] {
  const answering = provider.health.inUse().filter(({ secondOpinionLeftMs }) => secondOpinionLeftMs > 0);
  return answering.map(endpoint => ({ label: endpoint.label, client: clientOf(provider, endpoint) }));
}
