import { setMaxListeners } from 'node:events';
import {
  type AddressLike,
  type BlockTag,
  type JsonRpcPayload,
  JsonRpcProvider,
  type JsonRpcResult,
  keccak256,
  Network,
  resolveAddress,
  Transaction,
  type TransactionResponse,
  type TransactionResponseParams,
} from 'ethers';
import { Access } from './Access.ts';
import { type BroadcastResult, broadcastRaw } from './broadcastRaw.ts';
import { ChainFacts } from './ChainFacts.ts';
import { Counts } from './Counts.ts';
import { askChains, settleChain, settledWithin } from './connect.ts';
import { distinctLabels } from './distinctLabels.ts';
import { Endpoint, type EndpointAddress, type EndpointBudgets } from './Endpoint.ts';
import { BroadcastOutcomeUnknown } from './errors.ts';
import { FreshBlocks } from './FreshBlocks.ts';
import { Health, type HealthRules } from './health.ts';
import { type Divisible, type Part, type PartsOptions, readStretches } from './parts.ts';
import { Reads } from './Reads.ts';
import { pinnedBlock } from './request.ts';
import type { JsonRpcAnswer } from './transport.ts';

export interface FailoverOptions {
  /** How long one endpoint may take. */
  attemptMs?: number;
  /** How long a call may take, over all endpoints and tries. */
  callMs?: number;
  /**
   * How long a refusal of a transaction may wait for endpoints without an answer, and for known words, before it stands.
   * At most half of `callMs`.
   * @default 2000
   */
  settleMs?: number;
  /** Usual time between blocks. */
  blockTimeMs?: number;
  /** How many blocks an endpoint may be behind the best one. Default: what 3 s make, at least 1. */
  maxHeadLag?: number;
  /** Requests under way at a time, per endpoint. */
  concurrency?: number;
  /** Told when an endpoint goes out of use or comes back. */
  onChange?: HealthRules['onChange'];
}

const defaults = { attemptMs: 4_000, callMs: 10_000, settleMs: 2_000, blockTimeMs: 12_000, concurrency: 16 };
const tickMs = 250;
const freshEnoughMs = 400;
const stretchesAtOnce = 8;

/**
 * An ethers provider over several endpoints of one chain that keeps answering while any of them works: the next
 * endpoint is asked at once when one fails, and soon when it is slow; endpoints that are down, lag, limit us or serve
 * another chain are left out until they have recovered; transactions go to all of them.
 */
export class FailoverProvider extends JsonRpcProvider {
  readonly chainId: number;
  readonly endpoints: readonly Endpoint[];
  readonly health: Health;
  readonly #callMs: number;
  readonly #settleMs: number;
  readonly #access: Access;
  readonly #reads: Reads;
  readonly #blockTimeMs: number;
  readonly #stop = new AbortController();
  readonly #ticker: NodeJS.Timeout;
  readonly #counts = new Counts();

  /** @param addresses at least one, the preferred first */
  constructor(addresses: readonly EndpointAddress[], chainId: number, options: FailoverOptions = {}) {
    const network = Network.from(chainId);
    const { attemptMs, callMs, settleMs, blockTimeMs, concurrency } = { ...defaults, ...options };
    super('http://unused.invalid', network, {
      staticNetwork: network,
      batchMaxCount: 1,
      cacheTimeout: -1,
      pollingInterval: Math.max(blockTimeMs / 3, 100),
    });
    const { maxHeadLag = Math.max(Math.round(3_000 / blockTimeMs), 1) } = options;
    // Every call under way listens for the stop.
    setMaxListeners(0, this.#stop.signal);
    this.chainId = chainId;
    this.#callMs = callMs;
    this.#settleMs = Math.min(settleMs, callMs / 2);
    this.#blockTimeMs = blockTimeMs;
    const chain = new ChainFacts();
    const limits = { attemptMs, concurrency };
    this.endpoints = distinctLabels(addresses).map(address => new Endpoint(address, limits, chain));
    const rules = { chainId, maxHeadLag, blockTimeMs, onChange: options.onChange };
    this.health = new Health(this.endpoints, rules, this.#stop.signal);
    const fresh = new FreshBlocks(blockTimeMs);
    const { signal: stop } = this.#stop;
    this.#access = new Access({ endpoints: this.endpoints, health: this.health, fresh, stop });
    this.#reads = new Reads({
      access: this.#access,
      health: this.health,
      fresh,
      chain,
      callMs,
      blockTimeMs,
      stop,
    });
    this.#ticker = setInterval(() => this.health.tick(), tickMs).unref();
  }

  /**
   * A provider for endpoints whose chain is not known yet.
   * @param addresses at least one, the preferred first
   * @param expected the chain id the operator configured; without it, what the endpoints agree on
   * @param variable what the operator calls the list
   * @throws ConfigError when they disagree and `expected` does not settle it, or none of them serves `expected`
   * @throws AllEndpointsFailed when none answers; worth trying again
   */
  static async connect(
    addresses: readonly EndpointAddress[],
    expected?: number,
    options: FailoverOptions | ((chainId: number) => FailoverOptions) = {},
    variable = 'RPC_URL',
  ): Promise<FailoverProvider> {
    const answers = await askChains(addresses, freshEnoughMs, expected);
    const chainId = settleChain(answers, expected, variable);
    const chosen = typeof options === 'function' ? options(chainId) : options;
    const provider = new FailoverProvider(addresses, chainId, chosen);
    for (const { position, chainId: served } of answers)
      provider.health.told(provider.endpoints[position] as Endpoint, served);
    // So that one that is far behind is known before the first read; nobody is waited for long.
    const known = provider.endpoints.filter(({ servedChainId }) => servedChainId === chainId);
    const heads = known.map(endpoint => provider.health.refreshHead(endpoint));
    await settledWithin(heads, freshEnoughMs);
    return provider;
  }

  /** The seam that ethers gives its subclasses: one HTTP request, whatever the number of payloads. */
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const payloads = Array.isArray(payload) ? payload : [payload];
    const [first] = payloads;
    const isWrite = payloads.length === 1 && first?.method === 'eth_sendRawTransaction';
    const answers = isWrite ? [await this.#broadcast(first)] : await this.#readOne(payloads);
    // ethers' type knows results only; its own code reads errors from the same list.
    return answers as JsonRpcResult[];
  }

  /** ethers' own asks for the head as well, and when that fails it throws although the transaction has landed. */
  override async broadcastTransaction(signedTx: string): Promise<TransactionResponse> {
    const transaction = Transaction.from(signedTx);
    await this.send('eth_sendRawTransaction', [signedTx]);
    const response = this._wrapTransactionResponse(
      transaction as unknown as TransactionResponseParams,
      await this.getNetwork(),
    );
    return response.replaceableTransaction(this.health.bestHead);
  }

  /** Hands signed bytes to every endpoint until one has them, or until their refusal stands. */
  async broadcastRaw(raw: string): Promise<BroadcastResult> {
    const result = await broadcastRaw(raw, {
      endpoints: () => this.health.ranked(),
      ask: async (endpoint, payload, deadline) => {
        await this.#access.fit(endpoint, undefined);
        const { answers } = await endpoint.ask([payload], deadline, this.#stop.signal, { isUrgent: true });
        return answers[0] as JsonRpcAnswer;
      },
      // The word of an endpoint that is out of use is waited for only while none is in use.
      opinionLeftMs: endpoint =>
        this.health.isInUse(endpoint) || this.health.inUse().length === 0 ? endpoint.opinionLeftMs : 0,
      outOfReachMs: ({ outOfReachMs }) => outOfReachMs,
      callMs: this.#callMs,
      settleMs: this.#settleMs,
      stop: this.#stop.signal,
    });
    const { from, nonce } = Transaction.from(raw);
    if (from === null) return result;
    if (result.kind !== 'refused') this.#counts.sent(from, nonce);
    else if (result.meaning === 'nonce-used') this.#counts.refused(from, nonce);
    return result;
  }

  /** The count at the latest block is believed when it is explained, or two endpoints tell it. */
  override async getTransactionCount(address: AddressLike, blockTag?: BlockTag): Promise<number> {
    const from = await resolveAddress(address, this);
    const isLatest = (await this._getBlockTag(blockTag)) === 'latest';
    const counting = super.getTransactionCount(from, blockTag);
    return isLatest ? this.#counts.believed(this, from, counting) : counting;
  }

  /** The lowest nonce that the chain has not used, for signing: it also considers a refusal of the wallet's last nonce. */
  nextNonce(from: string): Promise<number> {
    return this.#counts.next(this, from, super.getTransactionCount(from, 'latest'));
  }

  /** Many calls in few HTTP requests, each with its own result or error, in their order. */
  async sendBatch(calls: readonly { method: string; params: unknown[] }[]): Promise<JsonRpcAnswer[]> {
    const payloads = calls.map((call, i) => ({ jsonrpc: '2.0' as const, id: i + 1, ...call }));
    const request = (from: number, count: number) => payloads.slice(from, from + count);
    const work: Divisible = { budget: 'batch', size: calls.length, request };
    return (await this.readParts(work, ({ answers }) => answers)).flat();
  }

  /**
   * All of a read, in requests of the size that the endpoint which is asked takes. Should another have to step in that
   * takes less, it gets smaller ones.
   * @param decode may throw, which ends it
   * @returns what `decode` made of each part, in the order of the units
   */
  async readParts<T>(
    work: Divisible,
    decode: (part: Part) => T | Promise<T>,
    { atOnce = stretchesAtOnce, only }: PartsOptions = {},
  ): Promise<T[]> {
    return readStretches(
      work,
      () => this.takes(work.budget, only),
      stretch => this.#reads.read(stretch, only),
      decode,
      atOnce,
    );
  }

  /** Blocks that the chain makes in so long, by its usual time between blocks. */
  blocksIn(ms: number): number {
    return Math.ceil(ms / this.#blockTimeMs);
  }

  /** How much one request may ask of the endpoint that is asked first now; it may be another one a moment later. */
  takes(budget: keyof EndpointBudgets, endpoint = this.health.ranked()[0]): number {
    // With no endpoint at all, no size is too large.
    return endpoint?.budgets[budget].size ?? Number.POSITIVE_INFINITY;
  }

  /** One call to this very endpoint, for comparing what they say. @throws EndpointFault when it gives no answer */
  async askOne(endpoint: Endpoint, method: string, params: unknown[]): Promise<JsonRpcAnswer> {
    const payload = { jsonrpc: '2.0' as const, id: 1, method, params };
    await this.#access.fit(endpoint, pinnedBlock([payload]));
    const { answers } = await endpoint.ask([payload], performance.now() + this.#callMs, this.#stop.signal);
    return answers[0] as JsonRpcAnswer;
  }

  /** HTTP requests sent so far, over all endpoints. */
  get requestCount(): number {
    return this.endpoints.reduce((sum, { counters }) => sum + counters.requests, 0);
  }

  /** Ends every call under way and lets the process exit. */
  override destroy(): void {
    clearInterval(this.#ticker);
    this.#stop.abort();
    if (!this.destroyed) super.destroy();
  }

  /** Payloads that make one request, whoever answers it. */
  async #readOne(payloads: JsonRpcPayload[]): Promise<JsonRpcAnswer[]> {
    const parts = await this.#reads.read({
      budget: 'batch',
      size: 1,
      request: () => payloads,
      from: 0,
      to: 1,
    });
    return parts.flatMap(({ answers }) => answers);
  }

  /** @throws BroadcastOutcomeUnknown when the time is up and it is not settled */
  async #broadcast({ id, params }: JsonRpcPayload): Promise<JsonRpcAnswer> {
    const raw = (params as string[])[0] as string;
    const result = await this.broadcastRaw(raw);
    if (result.kind === 'accepted') return { id, result: keccak256(raw) };
    if (result.kind === 'unknown') throw new BroadcastOutcomeUnknown(keccak256(raw), result.faults);
    return { id, error: { code: -32000, message: result.said } };
  }
}
