import type { JsonRpcPayload } from 'ethers';
import { chainIdIn, chainNumberIn } from './connect.ts';
import type { Endpoint } from './Endpoint.ts';
import { EndpointFault, type JsonRpcAnswer } from './exchange.ts';
import { Headers } from './Headers.ts';
import { type HeadRules, Heads } from './Heads.ts';
import { blockNumberIn } from './request.ts';

/** The rules for the fitness of an endpoint, by chain. */
export interface HealthRules {
  chainId: number;
  /** How many blocks an endpoint may be behind the best one. */
  maxHeadLag: number;
  blockTimeMs: number;
  /** Called whenever an endpoint's state changes; `before` is absent the first time. */
  onChange?: ((status: EndpointStatus, before: EndpointState | undefined) => void) | undefined;
}

/** The state of an endpoint. */
export type EndpointState =
  | 'ok'
  | 'unverified'
  | 'down'
  | 'rate-limited'
  | 'lagging'
  /** It reports a head that cannot be true. */
  | 'implausible'
  | 'wrong-chain';

/** An endpoint, its state, and since when (ms since 1970). */
export interface EndpointStatus {
  endpoint: Endpoint;
  state: EndpointState;
  since: number;
  /** Blocks behind the best endpoint. */
  lag: number;
}

const never = -Infinity;
const chainRecheckMs = 30_000;
/**
 * From this age on the chain id is requested together with the next request, so that it costs no request of
 * its own.
 */
const piggybackAfterMs = 20_000;
const chainIdRequest: JsonRpcPayload = { jsonrpc: '2.0', id: 0, method: 'eth_chainId', params: [] };
/** How long a background request may take, its wait for a slot included. */
const backgroundMs = 10_000;

/**
 * Monitors all endpoints of a provider: which chain they serve, their heads, and whether they answer again.
 */
export class Health {
  readonly #endpoints: readonly Endpoint[];
  readonly #rules: HealthRules;
  readonly #stopped: AbortSignal;
  readonly #checkedAt = new Map<Endpoint, number>();
  readonly #piggybackedAt = new Map<Endpoint, number>();
  readonly #underWay = new Set<Endpoint>();
  readonly #since = new Map<Endpoint, { state: EndpointState; since: number }>();
  readonly #asking = new Map<string, Promise<JsonRpcAnswer>>();
  readonly #heads: Heads;
  readonly #headers: Headers;

  constructor(endpoints: readonly Endpoint[], rules: HealthRules, stopped: AbortSignal) {
    this.#endpoints = endpoints;
    this.#rules = rules;
    this.#stopped = stopped;
    const headRules: HeadRules = {
      ...rules,
      isWorking: ({ breaker, servedChainId }) => !breaker.isOpen && servedChainId === rules.chainId,
      ask: (endpoint, method, params) => this.#resultOf(endpoint, method, params),
    };
    this.#heads = new Heads(endpoints, headRules);
    this.#headers = new Headers(endpoints, headRules);
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** The newest block that a working endpoint has reported, and that can be true. */
  get bestHead(): number {
    return this.#heads.best;
  }

  /** Whether no endpoint is left that could be expected to answer. */
  get isCutOff(): boolean {
    return this.#endpoints.every(endpoint =>
      ['down', 'rate-limited', 'implausible', 'wrong-chain'].includes(this.stateOf(endpoint)),
    );
  }

  isOurs({ servedChainId }: Endpoint): boolean {
    return servedChainId === undefined || servedChainId === this.#rules.chainId;
  }

  lag(endpoint: Endpoint): number {
    return this.#heads.lag(endpoint);
  }

  stateOf(endpoint: Endpoint): EndpointState {
    if (!this.isOurs(endpoint)) return 'wrong-chain';
    if (endpoint.breaker.isOpen) return endpoint.isRateLimited ? 'rate-limited' : 'down';
    if (endpoint.servedChainId === undefined) return 'unverified';
    const doubt = this.#heads.doubtAbout(endpoint) ?? this.#headers.doubtAbout(endpoint);
    if (doubt !== undefined) return 'implausible';
    return this.lag(endpoint) > this.#rules.maxHeadLag ? 'lagging' : 'ok';
  }

  /** Returns whether an endpoint is asked while there are other usable ones. */
  isInUse(endpoint: Endpoint): boolean {
    return ['ok', 'unverified'].includes(this.stateOf(endpoint));
  }

  /** Returns the endpoints in use, the best first. */
  inUse(): Endpoint[] {
    return this.ranked().filter(endpoint => this.isInUse(endpoint));
  }

  /**
   * Returns the endpoints worth asking, the best first. Endpoints in order come in the operator's order;
   * lagging ones and ones that are down follow, in case all others fail. An endpoint of another chain is
   * never included.
   */
  ranked(): Endpoint[] {
    const rank: Record<EndpointState, number> = {
      ok: 0,
      unverified: 1,
      lagging: 2,
      implausible: 3,
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

  /**
   * Examines a head. A head that was reported later is not always newer.
   * @param number undefined when the report is no block number
   * @param block the whole block, if the endpoint reported it
   * @throws EndpointFault when the head cannot be true, or is too far behind
   */
  async sawHead(endpoint: Endpoint, number: number | undefined, block?: unknown): Promise<void> {
    await this.#heads.claimed(endpoint, number);
    const lag = this.lag(endpoint);
    if (lag > this.#rules.maxHeadLag)
      throw new EndpointFault(endpoint.label, 'soft', { what: `is ${lag} blocks behind` });
    if (block !== undefined) await this.#headers.claimed(endpoint, block);
  }

  /** Records that an endpoint reported a head that no endpoint knows. */
  disproveHeader(endpoint: Endpoint, reason: string): void {
    this.#headers.disprove(endpoint, reason);
  }

  /** Returns the state of each endpoint, and since when (ms since 1970). */
  overview(): EndpointStatus[] {
    return this.#endpoints.map(endpoint => {
      const state = this.stateOf(endpoint);
      const known = this.#since.get(endpoint);
      const since = known?.state === state ? known.since : Date.now();
      return { endpoint, state, since, lag: this.lag(endpoint) };
    });
  }

  /** Records the chain that an endpoint reported before there was a provider. */
  setChain(endpoint: Endpoint, chainId: number): void {
    endpoint.servedChainId = chainId;
    this.#checkedAt.set(endpoint, performance.now());
  }

  /** Asks an endpoint for its chain. @throws EndpointFault when it serves another one, or does not answer */
  async verify(endpoint: Endpoint): Promise<void> {
    const answer = await this.#ask(endpoint, 'eth_chainId');
    let served: number;
    try {
      served = chainIdIn(endpoint.label, answer);
    } catch (error) {
      // The operator needs the endpoint's words, and the endpoint is left out for a while.
      if (error instanceof EndpointFault) endpoint.wasUseless(error);
      throw error;
    }
    this.#chainReported(endpoint, served);
  }

  /** Returns the request for the chain id, when it is time to piggyback it on a request to this endpoint. */
  dueChainIdCheck(endpoint: Endpoint): JsonRpcPayload | undefined {
    const now = performance.now();
    const last = Math.max(this.#checkedAt.get(endpoint) ?? never, this.#piggybackedAt.get(endpoint) ?? never);
    if (now - last < piggybackAfterMs) return undefined;
    this.#piggybackedAt.set(endpoint, now);
    return chainIdRequest;
  }

  /**
   * Records the answer to the piggybacked request.
   * @throws EndpointFault when the endpoint turns out to serve another chain: its other answers are then
   * about that chain
   */
  chainIdAnswered(endpoint: Endpoint, answer: JsonRpcAnswer): void {
    const served = chainNumberIn(answer);
    if (served !== undefined) this.#chainReported(endpoint, served);
  }

  #chainReported(endpoint: Endpoint, served: number): void {
    this.setChain(endpoint, served);
    if (served !== this.#rules.chainId) {
      throw new EndpointFault(endpoint.label, 'hard', {
        what: `serves chain ${served}, not ${this.#rules.chainId}`,
      });
    }
  }

  /** Asks an endpoint for its head. @throws EndpointFault when it returns no head, or an impossible one */
  async refreshHead(endpoint: Endpoint): Promise<void> {
    if (this.#headers.isDue(endpoint)) {
      const latest = await this.#resultOf(endpoint, 'eth_getBlockByNumber', ['latest', false]);
      await this.#headers.claimed(endpoint, latest);
    }
    await this.#heads.claimed(endpoint, blockNumberIn(await this.#resultOf(endpoint, 'eth_blockNumber', [])));
  }

  /**
   * Does the background work, and is to be called often: trials of open breakers, chain checks, heads of
   * endpoints that are not asked otherwise.
   */
  tick(): void {
    const now = performance.now();
    for (const status of this.overview()) {
      const { endpoint, state, since } = status;
      const before = this.#since.get(endpoint)?.state;
      this.#since.set(endpoint, { state, since });
      if (state !== before) this.#rules.onChange?.(status, before);
      if (this.#underWay.has(endpoint)) continue;
      const { trialAt } = endpoint.breaker;
      if (trialAt !== undefined) {
        if (now >= trialAt) this.#inBackground(endpoint, () => this.#trial(endpoint));
      } else if (now - (this.#checkedAt.get(endpoint) ?? never) >= chainRecheckMs) {
        this.#inBackground(endpoint, () => this.verify(endpoint));
      } else if (
        this.#endpoints.length > 1 &&
        endpoint.servedChainId === this.#rules.chainId &&
        now - (endpoint.head?.at ?? never) >= this.#headRefreshMs
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
      // The endpoint's own record has the failure already.
      .catch(() => undefined)
      .finally(() => this.#underWay.delete(endpoint));
  }

  async #trial(endpoint: Endpoint): Promise<void> {
    try {
      await this.verify(endpoint);
      await this.refreshHead(endpoint);
      endpoint.breaker.succeeded();
    } catch (error) {
      endpoint.breaker.trialFailed(
        performance.now(),
        error instanceof EndpointFault ? error.pauseMs : undefined,
      );
    }
  }

  async #resultOf(endpoint: Endpoint, method: string, params: unknown[]): Promise<unknown> {
    const answer = await this.#ask(endpoint, method, params);
    if ('result' in answer) return answer.result;
    throw new EndpointFault(endpoint.label, 'soft', {
      what: `answers ${method} with "${answer.error.message}"`,
    });
  }

  /** Many callers with the same question at the same time share one request. */
  #ask(endpoint: Endpoint, method: string, params: unknown[] = []): Promise<JsonRpcAnswer> {
    const key = `${this.#endpoints.indexOf(endpoint)}:${method}:${JSON.stringify(params)}`;
    const known = this.#asking.get(key);
    if (known !== undefined) return known;
    const asking = this.#askOnce(endpoint, method, params).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #askOnce(endpoint: Endpoint, method: string, params: unknown[]): Promise<JsonRpcAnswer> {
    const payload: JsonRpcPayload = { jsonrpc: '2.0', id: 1, method, params };
    const { answers } = await endpoint.ask([payload], {
      deadline: performance.now() + backgroundMs,
      signal: this.#stopped,
    });
    return answers[0] as JsonRpcAnswer;
  }
}
