import { ConfigError, type ConfigProblem } from './ConfigError.ts';
import { entriesOf } from './entries.ts';
import { positiveInteger, positiveIntegers } from './numbers.ts';
import { parsed, Refusal, type Variable } from './parsed.ts';
import { Secret } from './Secret.ts';
import { together } from './together.ts';
import { parseUrl } from './urls.ts';
import { variable } from './variable.ts';

/** The address of a node. The URL may hold a key; the label is the form for texts. */
export interface RpcEndpoint {
  /** The host, and the port unless it is the scheme's own. */
  readonly label: string;
  readonly url: Secret;
}

const oneOrEach = 'one figure for all nodes, or one for each, separated by commas';

/** The variables for reaching a bot's chain. */
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
  RPC_REQUESTS_PER_SECOND: variable(positiveIntegers({ max: 10_000 }).optional(), {
    description: `The most requests a second to a node; a node that says how many it takes is believed; ${oneOrEach}`,
    example: '25',
    defaultText: 'no limit',
  }),
  RPC_BATCH_SIZE: variable(positiveIntegers({ max: 10_000 }).prefault('2500'), {
    description: `The most contract reads in one request to a node; fewer where it refuses so many; ${oneOrEach}`,
    example: '500',
  }),
  RPC_LOG_RANGE: variable(positiveIntegers({ max: 1_000_000 }).prefault('10000'), {
    description: `The most blocks in one log request to a node; fewer where it refuses so many; ${oneOrEach}`,
    example: '1000',
  }),
};

/** Parses http(s) URLs of nodes, separated by commas, the preferred one first. */
export function endpointList(): Variable<RpcEndpoint[]> {
  return parsed(text => {
    const endpoints = entriesOf(text).map((entry, index, entries) => {
      const place = entries.length === 1 ? '' : `entry ${index + 1} of ${entries.length} `;
      return endpointOf(entry, ['http', 'https'], place);
    });
    const repeated = repeatedEndpoint(endpoints);
    if (repeated !== undefined) throw new Refusal(`entry ${repeated + 1} repeats an earlier one`);
    return endpoints;
  });
}

/** Parses a ws or wss URL of a node. */
export function wsEndpoint(): Variable<RpcEndpoint> {
  return parsed(text => endpointOf(text, ['ws', 'wss'], ''));
}

/** Returns the index of the first endpoint that repeats an earlier one. */
function repeatedEndpoint(endpoints: readonly RpcEndpoint[]): number | undefined {
  const urls = endpoints.map(each => new URL(each.url.reveal()).href);
  const index = urls.findIndex((url, at) => urls.indexOf(url) < at);
  return index < 0 ? undefined : index;
}

function endpointOf(text: string, schemes: readonly string[], place: string): RpcEndpoint {
  return { label: parseUrl(text, schemes, place).host, url: new Secret(text) };
}

interface RpcConfig {
  readonly RPC_URL: readonly RpcEndpoint[];
  readonly RPC_URL_FALLBACK?: readonly RpcEndpoint[] | undefined;
  readonly RPC_REQUESTS_PER_SECOND?: readonly number[] | undefined;
  readonly RPC_BATCH_SIZE?: readonly number[] | undefined;
  readonly RPC_LOG_RANGE?: readonly number[] | undefined;
}

/** The variables with one figure for all endpoints, or one for each. */
const figures = ['RPC_REQUESTS_PER_SECOND', 'RPC_BATCH_SIZE', 'RPC_LOG_RANGE'] as const;

/**
 * Schema check: a fallback that repeats a primary endpoint is no fallback, and a list of figures needs one
 * for each endpoint.
 */
export const distinctEndpoints = together<Partial<RpcConfig>>(problemsIn);

/**
 * Returns all endpoints, the preferred ones first, with the limits that the operator configured for each.
 * @throws ConfigError when they do not fit together (a schema with `distinctEndpoints` has reported that
 * before)
 */
export function endpointsOf(config: RpcConfig): EndpointWithAllowance[] {
  const problems = problemsIn(config);
  if (problems.length > 0) throw new ConfigError(problems);
  const of = (values: readonly number[] | undefined, i: number) =>
    values?.length === 1 ? values[0] : values?.[i];
  return [...config.RPC_URL, ...(config.RPC_URL_FALLBACK ?? [])].map((endpoint, i) => ({
    ...endpoint,
    allowance: {
      requestsPerSecond: of(config.RPC_REQUESTS_PER_SECOND, i),
      batchSize: of(config.RPC_BATCH_SIZE, i),
      logRange: of(config.RPC_LOG_RANGE, i),
    },
  }));
}

interface EndpointWithAllowance extends RpcEndpoint {
  readonly allowance: {
    requestsPerSecond: number | undefined;
    batchSize: number | undefined;
    logRange: number | undefined;
  };
}

/** Returns the problems. Some values may not have parsed: each of those has a problem of its own already. */
function problemsIn(config: Partial<RpcConfig>): ConfigProblem[] {
  const { RPC_URL: primary, RPC_URL_FALLBACK: fallback = [] } = config;
  if (!Array.isArray(primary) || !Array.isArray(fallback)) return [];
  const endpoints: RpcEndpoint[] = [...primary, ...fallback];
  const problems: ConfigProblem[] = [];
  if (fallback.length > 0 && repeatedEndpoint(endpoints) !== undefined) {
    const example = 'RPC_URL_FALLBACK=https://backup.example.net/your-key';
    problems.push({ variable: 'RPC_URL_FALLBACK', problem: 'repeats an endpoint of RPC_URL', example });
  }
  for (const name of figures) {
    const values = config[name];
    if (!Array.isArray(values) || values.length === 1 || values.length === endpoints.length) continue;
    const { length } = endpoints;
    const [urls, right] =
      length === 1 ? ['1 URL', 'give one'] : [`${length} URLs`, `give one for all, or ${length}`];
    const problem = `has ${values.length} figures for ${urls} of RPC_URL and RPC_URL_FALLBACK: ${right}`;
    problems.push({
      variable: name,
      problem,
      example: `${name}=${endpoints.map(() => values[0]).join(',')}`,
    });
  }
  return problems;
}
