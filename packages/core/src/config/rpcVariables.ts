import { z } from 'zod';
import { ConfigError } from './configError.ts';
import { endpointList, type RpcEndpoint, repeatedEndpoint } from './endpoints.ts';
import { positiveInteger } from './numbers.ts';
import { variable } from './variable.ts';

/** How a bot reaches its chain. */
export const rpcVariables = {
  RPC_URL: variable(endpointList(), {
    description: 'http(s) URLs of the nodes to use, separated by commas, the preferred one first',
    example: 'https://mainnet.example.com/v2/your-key,https://rpc.example.org/your-other-key',
    secret: true,
    aliases: ['RPC_URI'],
  }),
  RPC_URL_FALLBACK: variable(endpointList().optional(), {
    description: 'Further node URLs, separated by commas, used when those of RPC_URL fail',
    example: 'https://backup.example.net/your-key',
    secret: true,
  }),
  CHAIN_ID: variable(positiveInteger().optional(), {
    description: 'The chain the nodes have to be on; a bot stops when one says another number',
    example: '1',
    defaultText: 'what the nodes say',
  }),
};

interface RpcConfig {
  readonly RPC_URL: readonly RpcEndpoint[];
  readonly RPC_URL_FALLBACK?: readonly RpcEndpoint[] | undefined;
}

const repeats = 'repeats an endpoint of RPC_URL';

/** Schema check: a fallback that repeats a primary endpoint is no fallback. */
export const distinctEndpoints = z.superRefine<Partial<RpcConfig>>(
  ({ RPC_URL: primary, RPC_URL_FALLBACK: fallback }, context) => {
    // Values that did not parse are here too; each has a problem of its own already.
    if (!Array.isArray(primary) || !Array.isArray(fallback)) return;
    if (repeatedEndpoint([...primary, ...fallback]) === undefined) return;
    context.addIssue({ code: 'custom', path: ['RPC_URL_FALLBACK'], message: repeats });
  },
  { when: () => true },
);

/**
 * All endpoints, the preferred ones first.
 * @throws ConfigError when one is given twice (a schema with `distinctEndpoints` has said so before).
 */
export function endpointsOf(config: RpcConfig): RpcEndpoint[] {
  const endpoints = [...config.RPC_URL, ...(config.RPC_URL_FALLBACK ?? [])];
  if (repeatedEndpoint(endpoints) !== undefined) {
    const example = 'RPC_URL_FALLBACK=https://backup.example.net/your-key';
    throw new ConfigError([{ variable: 'RPC_URL_FALLBACK', problem: repeats, example }]);
  }
  return endpoints;
}
