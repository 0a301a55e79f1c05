import { type Fault, type RpcProxy, startProxy, type WsFault } from '@service-bots/devnet';
import type { Chain } from './Chain.ts';
import type { Pace } from './Pace.ts';

/**
 * An endpoint of a provider: a proxy for each bot that uses it, so that the campaign knows who asks, and can let
 * a fault meet one bot or all.
 */
export interface Endpoint {
  readonly name: string;
  readonly chain: Chain;
  readonly proxies: ReadonlyMap<string, RpcProxy>;
  /** Returns the URL for a bot, with the provider's key in its path. */
  urlOf(bot: string): string;
  wsUrlOf(bot: string): string;
  setFault(fault: Fault): Promise<void>;
  setWsFault(fault: WsFault): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Returns the URL of a server of this machine with a name in place of its address, which the bots resolve. */
export function named(url: string, name: string): string {
  return url.replace('127.0.0.1', `${name}.localhost`);
}

export async function openEndpoint(
  name: string,
  chain: Chain,
  bots: readonly string[],
  key: string,
  pace: Pace,
): Promise<Endpoint> {
  // Every answer of the node that a bot waits for lowers the pace when it is late.
  const upstream = {
    rpcUrl: chain.anvil.rpcUrl,
    onForward: () => pace.awaitAnswer(`answers of ${chain.name}`),
  };
  const proxies = new Map<string, RpcProxy>();
  for (const bot of bots) proxies.set(bot, await startProxy(upstream));
  const all = [...proxies.values()];
  const of = (bot: string): RpcProxy => {
    const proxy = proxies.get(bot);
    if (!proxy) throw new Error(`${bot} does not use the endpoint ${name}`);
    return proxy;
  };
  return {
    name,
    chain,
    proxies,
    urlOf: bot => `${named(of(bot).rpcUrl, name)}/v2/${key}`,
    wsUrlOf: bot => `${named(of(bot).wsUrl, name)}/v2/${key}`,
    setFault: async fault => void (await Promise.all(all.map(proxy => proxy.setFault(fault)))),
    setWsFault: async fault => void (await Promise.all(all.map(proxy => proxy.ws.setFault(fault)))),
    clear: async () =>
      void (await Promise.all(all.flatMap(proxy => [proxy.clearFault(), proxy.ws.clearFault()]))),
    close: async () => void (await Promise.all(all.map(proxy => proxy.close()))),
  };
}
