import { z } from 'zod';
import { ConfigError } from './configError.ts';
import { endpointList, type RpcEndpoint, repeatedEndpoint, wsEndpoint } from './endpoints.ts';
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
    description: 'The chain the nodes have to be on; those that serve another one are left out',
    example: '1',
    defaultText: 'what the nodes say',
  }),
  WS_RPC_URL: variable(wsEndpoint().optional(), {
    description: 'ws(s) URL of a node, to hear of new blocks sooner; polling goes on all the same',
    example: 'wss://mainnet.example.com/v2/your-key',
    secret: true,
    aliases: ['WS_RPC_URI'],
  }),
  RPC_REQUESTS_PER_SECOND: variable(positiveInteger({ max: 10_000 }).optional(), {
    description: 'The most requests a second to each node; a node that says how many it takes is believed',
    example: '25',
    defaultText: 'no limit',
  }),
  RPC_BATCH_SIZE: variable(positiveInteger({ max: 10_000 }).prefault('2500'), {
    description: 'The most contract reads in one request; made smaller when nodes refuse it',
    example: '500',
  }),
  RPC_LOG_RANGE: variable(positiveInteger({ max: 1_000_000 }).prefault('10000'), {
    description: 'The most blocks in one log request; made smaller when nodes refuse it',
    example: '1000',
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
