import type { JsonRpcPayload } from 'ethers';
import { chainIdIn, chainNumberIn } from './connect.ts';
import type { Endpoint } from './Endpoint.ts';
import { EndpointFault, type JsonRpcAnswer } from './transport.ts';

/** What makes an endpoint fit for use, chain by chain. */
export interface HealthRules {
  chainId: number;
  /** How many blocks an endpoint may be behind the best one. */
  maxHeadLag: number;
  blockTimeMs: number;
  /** Told whenever an endpoint's state is another than before; `before` is absent the first time. */
  onChange?: ((standing: Standing, before: EndpointState | undefined) => void) | undefined;
}

/** Where an endpoint stands. */
export type EndpointState = 'ok' | 'unverified' | 'down' | 'rate-limited' | 'lagging' | 'wrong-chain';

/** An endpoint, its state, and since when (ms since 1970). */
export interface Standing {
  endpoint: Endpoint;
  state: EndpointState;
  since: number;
  /** Blocks behind the best. */
  lag: number;
}

const chainRecheckMs = 30_000;
/** From then on the question goes along with the next request, so that it costs none of its own. */
const chainRideMs = 20_000;
const chainQuestion: JsonRpcPayload = { jsonrpc: '2.0', id: 0, method: 'eth_chainId', params: [] };
/** How long a background request may take, its wait for a turn included. */
const backgroundMs = 10_000;

/** Watches over all endpoints of a provider: which chain they serve, how far they are, whether they answer again. */
export class Health {
  readonly #endpoints: readonly Endpoint[];
  readonly #rules: HealthRules;
  readonly #stopped: AbortSignal;
  readonly #checkedAt = new Map<Endpoint, number>();
  readonly #riddenAt = new Map<Endpoint, number>();
  readonly #underWay = new Set<Endpoint>();
  readonly #since = new Map<Endpoint, { state: EndpointState; since: number }>();
  readonly #asking = new Map<string, Promise<JsonRpcAnswer>>();

  constructor(endpoints: readonly Endpoint[], rules: HealthRules, stopped: AbortSignal) {
    this.#endpoints = endpoints;
    this.#rules = rules;
    this.#stopped = stopped;
  }

  /** The newest block that an endpoint in working order has told of. */
  get bestHead(): number {
    const heads = this.#endpoints
      .filter(each => !each.breaker.isOpen && this.isOurs(each))
      .map(({ head }) => head?.number ?? 0);
    return Math.max(0, ...heads);
  }

  /** Whether no endpoint is left that could be expected to answer. */
  get isCutOff(): boolean {
    return this.#endpoints.every(endpoint =>
      ['down', 'rate-limited', 'wrong-chain'].includes(this.stateOf(endpoint)),
    );
  }

  isOurs({ servedChainId }: Endpoint): boolean {
    return servedChainId === undefined || servedChainId === this.#rules.chainId;
  }

  lag(endpoint: Endpoint): number {
    return endpoint.head ? Math.max(this.bestHead - endpoint.head.number, 0) : 0;
  }

  stateOf(endpoint: Endpoint): EndpointState {
    if (!this.isOurs(endpoint)) return 'wrong-chain';
    if (endpoint.breaker.isOpen) return endpoint.isRateLimited ? 'rate-limited' : 'down';
    if (endpoint.servedChainId === undefined) return 'unverified';
    return this.lag(endpoint) > this.#rules.maxHeadLag ? 'lagging' : 'ok';
  }

  /**
   * The endpoints worth asking, the best first: those in order as the operator ranks them, then the lagging and the
   * ones that are down, in case all else fails. Never one of another chain.
   */
  ranked(): Endpoint[] {
    const rank: Record<EndpointState, number> = {
      ok: 0,
      unverified: 1,
      lagging: 2,
      'rate-limited': 3,
      down: 3,
      'wrong-chain': 9,
    };
    return this.#endpoints
      .map(endpoint => ({ endpoint, rank: rank[this.stateOf(endpoint)] }))
      .filter(each => each.rank < 9)
      .sort((a, b) => a.rank - b.rank)
      .map(({ endpoint }) => endpoint);
  }

  /** Takes note of a head; one that was told later is not always newer. @throws EndpointFault when it is too far behind */
  sawHead(endpoint: Endpoint, number: number): void {
    endpoint.head = { number, at: Date.now() };
    const lag = this.lag(endpoint);
    if (lag > this.#rules.maxHeadLag) {
      throw new EndpointFault(endpoint.label, 'soft', `is ${lag} blocks behind`);
    }
  }

  /** Where each endpoint stands, and since when (ms since 1970). */
  overview(): Standing[] {
    return this.#endpoints.map(endpoint => {
      const state = this.stateOf(endpoint);
      const known = this.#since.get(endpoint);
      const since = known?.state === state ? known.since : Date.now();
      return { endpoint, state, since, lag: this.lag(endpoint) };
    });
  }

  /** The chain an endpoint told of itself before there was a provider. */
  told(endpoint: Endpoint, chainId: number): void {
    endpoint.servedChainId = chainId;
    this.#checkedAt.set(endpoint, Date.now());
  }

  /** Asks an endpoint for its chain. @throws EndpointFault when it serves another one, or does not answer */
  async verify(endpoint: Endpoint): Promise<void> {
    this.#heard(endpoint, chainIdIn(endpoint.label, await this.#ask(endpoint, 'eth_chainId')));
  }

  /** The question for its chain, when it is time for it to go along with a request to this endpoint. */
  riderFor(endpoint: Endpoint): JsonRpcPayload | undefined {
    const now = Date.now();
    const last = Math.max(this.#checkedAt.get(endpoint) ?? 0, this.#riddenAt.get(endpoint) ?? 0);
    if (now - last < chainRideMs) return undefined;
    this.#riddenAt.set(endpoint, now);
    return chainQuestion;
  }

  /** @throws EndpointFault when the endpoint turns out to serve another chain: what it said beside is of that one */
  riderAnswered(endpoint: Endpoint, answer: JsonRpcAnswer): void {
    const served = chainNumberIn(answer);
    if (served !== undefined) this.#heard(endpoint, served);
  }

  #heard(endpoint: Endpoint, served: number): void {
    this.told(endpoint, served);
    if (served !== this.#rules.chainId) {
      throw new EndpointFault(endpoint.label, 'hard', `serves chain ${served}, not ${this.#rules.chainId}`);
    }
  }

  async refreshHead(endpoint: Endpoint): Promise<void> {
    const answer = await this.#ask(endpoint, 'eth_blockNumber');
    if (!('result' in answer)) throw new EndpointFault(endpoint.label, 'soft', 'does not tell its head');
    const number = Number(answer.result);
    endpoint.head = { number, at: Date.now() };
  }

  /** Background work, to be called often: trials of open breakers, chain checks, heads of those that are not asked anyway. */
  tick(): void {
    const now = Date.now();
    for (const standing of this.overview()) {
      const { endpoint, state, since } = standing;
      const before = this.#since.get(endpoint)?.state;
      this.#since.set(endpoint, { state, since });
      if (state !== before) this.#rules.onChange?.(standing, before);
      if (this.#underWay.has(endpoint)) continue;
      const { trialAt } = endpoint.breaker;
      if (trialAt !== undefined) {
        if (now >= trialAt) this.#inBackground(endpoint, () => this.#trial(endpoint));
      } else if (now - (this.#checkedAt.get(endpoint) ?? 0) >= chainRecheckMs) {
        this.#inBackground(endpoint, () => this.verify(endpoint));
      } else if (
        this.#endpoints.length > 1 &&
        endpoint.servedChainId === this.#rules.chainId &&
        now - (endpoint.head?.at ?? 0) >= this.#headRefreshMs
      ) {
        this.#inBackground(endpoint, () => this.refreshHead(endpoint));
      }
    }
  }

  get #headRefreshMs(): number {
    return Math.min(Math.max(this.#rules.blockTimeMs, 1_000), 15_000);
  }

  #inBackground(endpoint: Endpoint, work: () => Promise<void>): void {
    this.#underWay.add(endpoint);
    work()
      // What went wrong is in the endpoint's own record already.
      .catch(() => undefined)
      .finally(() => this.#underWay.delete(endpoint));
  }

  async #trial(endpoint: Endpoint): Promise<void> {
    try {
      await this.verify(endpoint);
      await this.refreshHead(endpoint);
      endpoint.breaker.succeeded();
    } catch (error) {
      endpoint.breaker.trialFailed(Date.now(), error instanceof EndpointFault ? error.pauseMs : undefined);
    }
  }

  /** Many callers that want to know the same thing at the same time are one request. */
  #ask(endpoint: Endpoint, method: string): Promise<JsonRpcAnswer> {
    const key = `${this.#endpoints.indexOf(endpoint)}:${method}`;
    const known = this.#asking.get(key);
    if (known !== undefined) return known;
    const asking = this.#askOnce(endpoint, method).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #askOnce(endpoint: Endpoint, method: string): Promise<JsonRpcAnswer> {
    const payload: JsonRpcPayload = { jsonrpc: '2.0', id: 1, method, params: [] };
    const { answers } = await endpoint.ask([payload], performance.now() + backgroundMs, this.#stopped);
    return answers[0] as JsonRpcAnswer;
  }
}
