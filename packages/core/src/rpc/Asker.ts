import type { Endpoint } from './Endpoint.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

/** Gives the result of one call: the provider over all endpoints, or one endpoint alone. */
export interface Asker {
  // biome-ignore lint/suspicious/noExplicitAny: as ethers' own; what comes is checked where it is used
  send(method: string, params: unknown[]): Promise<any>;
}

/** Asks this endpoint alone, once. It throws what the provider would: a revert is ethers' `CALL_EXCEPTION`. */
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
 * An asker for each endpoint whose opinion is worth waiting for, the best first, with what texts may call it: those in use,
 * without one that hangs.
 */
export function askersInUse(provider: FailoverProvider): { label: string; asker: Asker }[] {
  const answering = provider.health.inUse().filter(({ opinionLeftMs }) => opinionLeftMs > 0);
  return answering.map(endpoint => ({ label: endpoint.label, asker: askerOf(provider, endpoint) }));
}
