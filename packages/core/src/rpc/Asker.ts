import type { Endpoint } from './Endpoint.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

/** Returns the result of one call: either the provider over all endpoints, or one endpoint alone. */
export interface Asker {
  // biome-ignore lint/suspicious/noExplicitAny: as ethers' own; what comes is checked where it is used
  send(method: string, params: unknown[]): Promise<any>;
}

/**
 * Returns an asker that sends each call to this endpoint alone, once. It throws what the provider would
 * throw: a revert is ethers' `CALL_EXCEPTION`.
 */
export function askerOf(provider: FailoverProvider, endpoint: Endpoint): Asker {
  return {
    async send(method, params) {
      const answer = await provider.askOne(endpoint, method, params);
      if ('result' in answer) return answer.result;
      throw provider.getRpcError({ jsonrpc: '2.0', id: 1, method, params }, answer);
    },
  };
}

/**
 * Returns an asker, with its label for texts, for each endpoint in use that is not hanging, the best first.
 */
export function askersInUse(provider: FailoverProvider): { label: string; asker: Asker }[] {
  const answering = provider.health.inUse().filter(({ opinionLeftMs }) => opinionLeftMs > 0);
  return answering.map(endpoint => ({ label: endpoint.label, asker: askerOf(provider, endpoint) }));
}
