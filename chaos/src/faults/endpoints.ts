import { type Fault, faults, wsFaults } from '@service-bots/devnet';
import type { FaultKind } from '../history/index.ts';
import type { Endpoint } from '../world/Endpoint.ts';
import type { World } from '../world/World.ts';
import type { Described, FaultSpec, Parameters } from './spec.ts';

/** The faults of one endpoint, by what they look like to a client. */
const byKind: Partial<Record<FaultKind, Record<string, (seed: number) => Fault>>> = {
  'endpoint-down': {
    refuse: () => faults.refuse,
    reset: () => faults.reset,
    hang: () => faults.hang,
    'http 500': () => faults.http500,
    'http 503 with an error': () => faults.httpWithError(503, { code: -32000, message: 'unavailable' }),
    garbage: () => faults.garbage,
    html: () => faults.html,
    empty: () => faults.empty,
    truncated: () => faults.truncated,
    'half of the JSON': () => faults.halfJson,
    'rpc -32603': () => faults.rpc32603,
  },
  // Answers still come, at times or late.
  'endpoint-slow': {
    'flapping hang': () => faults.flapping(4_000, 4_000, faults.hang),
    'flapping refuse': () => faults.flapping(3_000, 6_000, faults.refuse),
    'half reset': seed => faults.random(0.5, faults.reset, seed),
    mixture: seed =>
      faults.randomOf(
        [
          { weight: 5, fault: faults.ok },
          { weight: 1, fault: faults.http500 },
          { weight: 1, fault: faults.rpc32005 },
          { weight: 1, fault: faults.lostReplies() },
          { weight: 1, fault: faults.reset },
          { weight: 1, fault: faults.hang },
        ],
        seed,
      ),
    'late state': () => faults.lateState(2_000),
    'late logs': () => faults.lateLogs(2_000),
    'late receipts': () => faults.lateReceipts(2),
    'unknown transactions': () => faults.unknownTransaction(),
    'slow 700': () => faults.slow(700),
    'slow 3000': () => faults.slow(3_000),
    'lost replies': () => faults.lostReplies(),
    'lost replies by reset': () => faults.lostReplies(undefined, 'reset'),
  },
  'endpoint-stale': {
    'stale 2': () => faults.stale(2),
    'stale 20': () => faults.stale(20),
    frozen: () => faults.frozen,
  },
  'endpoint-lies': {
    'head +3': () => faults.lyingHead(3, 'latest'),
    'head +30000000': () => faults.lyingHead(30_000_000),
    'head +5 with blocks': () => faults.lyingHead(5, 'blocks'),
    'head of text': () => faults.tellsHead('soon'),
    'swallows transactions': () => faults.swallowsTransactions,
    'already known': () => faults.alreadyKnown('nethermind'),
    'misplaced receipts': () => faults.misplacedReceipts,
    'tip of 400 gwei': () => faults.suggestsTip(400n * 10n ** 9n),
    'no estimate at a hash': () => faults.noEstimateAtHash,
    'no fee history': () => faults.noFeeHistory,
  },
  'endpoint-limits': {
    'http 429': () => faults.rateLimit,
    'http 429, 2 s': () => faults.rateLimitRetryAfter(2),
    'rpc -32005': () => faults.rpc32005,
    'rpc -32007': () => faults.rpc32007,
    'batch of 3': () => faults.refusesLarge({ calls: 3 }, { status: 413 }),
    'logs of 10 blocks': () =>
      faults.refusesLarge({ blocks: 10 }, { error: { code: -32000, message: 'no' } }),
    'requests of 4 kB': () => faults.refusesLarge({ bytes: 4_000 }, 'reset'),
    'no logs beyond the head': () => faults.noLogsBeyondHead,
  },
  'endpoint-wrong-chain': { 'another chain': () => faults.wrongChain(5) },
};

const endpointNames = ['ethereum-a', 'ethereum-b', 'monad-a', 'monad-b'] as const;
const websocket = {
  refuse: wsFaults.refuse,
  'no upgrade': wsFaults.noUpgrade,
  hang: wsFaults.hang,
  silent: wsFaults.silent,
  'duplicate 3': wsFaults.duplicate(3),
  'skip 2': wsFaults.skip(2),
  'drop after 3': wsFaults.dropAfter(3),
};

export function endpointOf(world: World, name: unknown): Endpoint {
  const found = world.endpoints.find(endpoint => endpoint.name === name);
  if (!found) throw new Error(`there is no endpoint ${name}`);
  return found;
}

function describe(kind: FaultKind, { endpoint }: Parameters, world: World): Described {
  const { name, chain } = endpointOf(world, endpoint);
  return { kind, target: { endpoint: name, chain: chain.name }, makesImpossible: [] };
}

/** One endpoint of a chain fails in one way, for every bot. */
const single: FaultSpec[] = Object.entries(byKind).map(([kind, all]) => ({
  name: kind,
  // Every fault of the proxy is as likely as any other.
  weight: Object.keys(all).length / 4,
  lasts: [40, 240],
  group: 'endpoint',
  draw: draw => ({
    endpoint: draw.pick(endpointNames),
    fault: draw.pick(Object.keys(all)),
    seed: draw.whole(1, 1_000_000),
  }),
  describe: (parameters, world) => describe(kind as FaultKind, parameters, world),
  async begin({ endpoint: name, fault, seed }, world) {
    const endpoint = endpointOf(world, name);
    const make = all[fault as string];
    if (!make) throw new Error(`${kind} has no fault ${fault}`);
    await endpoint.setFault(make(Number(seed)));
    return () => endpoint.clear();
  },
}));

const websockets: FaultSpec = {
  name: 'websocket',
  weight: 1.5,
  lasts: [60, 240],
  group: 'endpoint',
  draw: draw => ({
    endpoint: draw.pick(['ethereum-a', 'monad-a']),
    fault: draw.pick(Object.keys(websocket)),
  }),
  describe: (parameters, world) => describe('endpoint-slow', parameters, world),
  async begin({ endpoint: name, fault }, world) {
    const endpoint = endpointOf(world, name);
    await endpoint.setWsFault(websocket[fault as keyof typeof websocket]);
    return () => endpoint.clear();
  },
};

/** Both endpoints of a chain are gone, for all of its bots. */
const bothGone: FaultSpec = {
  name: 'both endpoints',
  weight: 2,
  lasts: [30, 180],
  group: 'endpoint',
  draw: draw => ({
    chain: draw.pick(['ethereum', 'monad']),
    first: draw.pick(['refuse', 'hang', 'http 500', 'reset']),
    second: draw.pick(['refuse', 'hang', 'http 500', 'reset']),
  }),
  describe({ chain }, world) {
    const users = world.endpoints.find(({ name }) => name === `${chain}-a`)?.proxies.keys() ?? [];
    const impossible = [...users].flatMap(bot => [
      { act: 'read' as const, bot },
      { act: 'send' as const, bot },
    ]);
    return { kind: 'endpoint-down', target: { chain: `${chain}` }, makesImpossible: impossible };
  },
  async begin({ chain, first, second }, world) {
    const both = [endpointOf(world, `${chain}-a`), endpointOf(world, `${chain}-b`)];
    const down = byKind['endpoint-down'] ?? {};
    for (const [i, name] of [first, second].entries())
      await both[i]?.setFault((down[name as string] as (seed: number) => Fault)(1));
    return async () => void (await Promise.all(both.map(endpoint => endpoint.clear())));
  },
};

export const endpointFaults: readonly FaultSpec[] = [...single, websockets, bothGone];
