import type { Observation } from '@service-bots/core/alerts';
import type { BotContext } from '@service-bots/core/runtime';
import type { Operators } from './crossCheck.ts';
import { type EndpointName, operatorsByName, operatorsOf, type Resolve } from './operators.ts';

interface Context {
  config: { INVARIANT_NODE_OPERATORS?: readonly string[] | undefined };
  provider: Pick<BotContext<unknown>['provider'], 'endpoints'>;
}

/**
 * Tracks the operators of the nodes: at first by the nodes' names, and from each discovery on by their
 * addresses.
 */
export class NodeOperators {
  readonly #resolve: Resolve;
  #known: Operators | undefined;

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  of({ config, provider }: Context): Operators {
    this.#known ??= operatorsByName(provider.endpoints, config.INVARIANT_NODE_OPERATORS);
    return this.#known;
  }

  /**
   * Resolves the addresses again. Returns an observation for endpoints that can confirm no finding. Never
   * throws.
   */
  async refresh({ config, provider }: Context): Promise<Observation[]> {
    const { endpoints } = provider;
    this.#known = await operatorsOf(endpoints, config.INVARIANT_NODE_OPERATORS, this.#resolve);
    const about = { check: 'cannot-pause', subject: 'operators' };
    if (new Set(this.#known.values()).size > 1) return [{ ...about, failing: false }];
    const names = endpoints.map(({ label }) => label).join(' and ');
    return [{ ...about, failing: true, message: `no pool can be paused: ${names} ${oneOperator}` }];
  }
}

const oneOperator =
  'count as one operator’s, by their domain or address, and a finding needs two; give RPC_URL_FALLBACK a node of another operator, or say in INVARIANT_NODE_OPERATORS who runs each';

/** Returns whether the configured nodes can belong to two operators, judged by their names. */
export function hasTwoOperators(config: {
  RPC_URL: readonly EndpointName[];
  RPC_URL_FALLBACK?: readonly EndpointName[] | undefined;
  INVARIANT_NODE_OPERATORS?: readonly string[] | undefined;
}): boolean {
  const endpoints = [...config.RPC_URL, ...(config.RPC_URL_FALLBACK ?? [])];
  return new Set(operatorsByName(endpoints, config.INVARIANT_NODE_OPERATORS).values()).size > 1;
}
