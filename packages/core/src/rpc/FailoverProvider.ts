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
import { type Chunk, type ChunkOptions, readRanges, type Splittable } from './chunks.ts';
import { askChains, distinctLabels, settleChain, settledWithin } from './connect.ts';
import { Endpoint, type EndpointAddress, type RequestLimits } from './Endpoint.ts';
import { BroadcastOutcomeUnknown } from './errors.ts';
import type { JsonRpcAnswer } from './exchange.ts';
import { FreshBlocks } from './FreshBlocks.ts';
import { Health, type HealthRules } from './Health.ts';
import { Reads } from './Reads.ts';
import { pinnedBlock } from './request.ts';
import { TransactionCounts } from './TransactionCounts.ts';

/** Options of a `FailoverProvider`. */
export interface FailoverOptions {
  /** How long one endpoint may take, in ms. */
  attemptMs?: number;
  /** How long a call may take over all endpoints and retries, in ms. */
  callMs?: number;
  /**
   * How long a refusal of a transaction may wait for silent endpoints, and for known words, before it stands,
   * in ms. At most half of `callMs`.
   * @default 2000
   */
  settleMs?: number;
  /** Usual time between blocks, in ms. */
  blockTimeMs?: number;
  /** How many blocks an endpoint may be behind the best one. @default the blocks of 3 s, at least 1 */
  maxHeadLag?: number;
  /** Requests under way at a time, per endpoint. */
  concurrency?: number;
  /** Called when an endpoint goes out of use or comes back. */
  onChange?: HealthRules['onChange'];
}

const defaults = { attemptMs: 4_000, callMs: 10_000, settleMs: 2_000, blockTimeMs: 12_000, concurrency: 16 };
const tickMs = 250;
const freshEnoughMs = 400;
const rangesAtOnce = 8;

/**
 * An ethers provider over several endpoints of one chain, which answers while any of them works. When an
 * endpoint fails, the next is asked at once; when it is slow, the next is asked soon. Endpoints that are
 * down, lag, limit us or serve another chain are left out until they have recovered. Transactions go to all
 * endpoints.
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
  readonly #transactionCounts = new TransactionCounts();

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
   * Connects to endpoints whose chain is not known yet.
   * @param addresses at least one, the preferred first
   * @param expected the chain id that the operator configured; without it, the one on which the endpoints
   * agree
   * @param variable the operator's name for the list
   * @throws ConfigError when they disagree and `expected` does not settle it, or none of them serves
   * `expected`
   * @throws AllEndpointsFailed when none answers; a retry may succeed
   */
  static async connect(
    addresses: readonly EndpointAddress[],
    expected?: number,
    {
      options = {},
      variable = 'RPC_URL',
    }: {
      options?: FailoverOptions | ((chainId: number) => FailoverOptions) | undefined;
      variable?: string | undefined;
    } = {},
  ): Promise<FailoverProvider> {
    const answers = await askChains(addresses, freshEnoughMs, expected);
    const chainId = settleChain(answers, expected, variable);
    const chosen = typeof options === 'function' ? options(chainId) : options;
    const provider = new FailoverProvider(addresses, chainId, chosen);
    for (const { position, chainId: served } of answers)
      provider.health.setChain(provider.endpoints[position] as Endpoint, served);
    // The heads are read so that an endpoint that is far behind is known before the first read. The wait is
    // short.
    const known = provider.endpoints.filter(({ servedChainId }) => servedChainId === chainId);
    const heads = known.map(endpoint => provider.health.refreshHead(endpoint));
    await settledWithin(heads, freshEnoughMs);
    return provider;
  }

  /** Overrides the method that ethers gives its subclasses: one HTTP request, for any number of payloads. */
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const payloads = Array.isArray(payload) ? payload : [payload];
    const [first] = payloads;
    const isWrite = payloads.length === 1 && first?.method === 'eth_sendRawTransaction';
    const answers = isWrite ? [await this.#broadcast(first)] : await this.#readOne(payloads);
    // ethers' type has results only; its own code reads errors from the same list.
    return answers as JsonRpcResult[];
  }

  /**
   * Broadcasts a transaction. ethers' own method reads the head as well, and throws when that fails although
   * the transaction was accepted.
   */
  override async broadcastTransaction(signedTx: string): Promise<TransactionResponse> {
    const transaction = Transaction.from(signedTx);
    await this.send('eth_sendRawTransaction', [signedTx]);
    const response = this._wrapTransactionResponse(
      transaction as unknown as TransactionResponseParams,
      await this.getNetwork(),
    );
    return response.replaceableTransaction(this.health.bestHead);
  }

  /** Broadcasts signed bytes to every endpoint until one has accepted them, or until their refusal stands. */
  async broadcastRaw(raw: string): Promise<BroadcastResult> {
    const result = await broadcastRaw(raw, {
      endpoints: () => this.health.ranked(),
      ask: async (endpoint, payload, deadline) => {
        await this.#access.fit(endpoint, undefined);
        const { answers } = await endpoint.ask([payload], {
          deadline,
          signal: this.#stop.signal,
          isUrgent: true,
        });
        return answers[0] as JsonRpcAnswer;
      },
      // An endpoint that is out of use is waited for only while none is in use.
      secondOpinionLeftMs: endpoint =>
        this.health.isInUse(endpoint) || this.health.inUse().length === 0 ? endpoint.secondOpinionLeftMs : 0,
      outOfReachMs: ({ outOfReachMs }) => outOfReachMs,
      callMs: this.#callMs,
      settleMs: this.#settleMs,
      stop: this.#stop.signal,
    });
    const { from, nonce } = Transaction.from(raw);
    if (from === null) return result;
    if (result.kind !== 'refused') this.#transactionCounts.sent(from, nonce);
    else if (result.meaning === 'nonce-used') this.#transactionCounts.refused(from, nonce);
    return result;
  }

  /**
   * Returns the transaction count. At the latest block a count is believed when it is explained, or two
   * endpoints return it.
   */
  override async getTransactionCount(address: AddressLike, blockTag?: BlockTag): Promise<number> {
    const from = await resolveAddress(address, this);
    const isLatest = (await this._getBlockTag(blockTag)) === 'latest';
    const counting = super.getTransactionCount(from, blockTag);
    return isLatest ? this.#transactionCounts.believed(this, from, counting) : counting;
  }

  /**
   * Returns the lowest nonce that the chain has not used, for signing. It also considers a refusal of the
   * wallet's last nonce.
   */
  nextNonce(from: string): Promise<number> {
    return this.#transactionCounts.next(this, from, super.getTransactionCount(from, 'latest'));
  }

  /**
   * Sends many calls in few HTTP requests, and returns a result or an error for each call, in their order.
   */
  async sendBatch(calls: readonly { method: string; params: unknown[] }[]): Promise<JsonRpcAnswer[]> {
    const payloads = calls.map((call, i) => ({ jsonrpc: '2.0' as const, id: i + 1, ...call }));
    const request = (from: number, count: number) => payloads.slice(from, from + count);
    const work: Splittable = { limit: 'batch', size: calls.length, request };
    return (await this.readChunks(work, ({ answers }) => answers)).flat();
  }

  /**
   * Reads all of a splittable read, in requests of the size that the endpoint accepts. If another endpoint
   * with a lower limit has to step in, it gets smaller requests.
   * @param decode may throw, which ends the read
   * @returns the values of `decode` for each chunk, in the order of the units
   */
  async readChunks<T>(
    work: Splittable,
    decode: (chunk: Chunk) => T | Promise<T>,
    { atOnce = rangesAtOnce, only }: ChunkOptions = {},
  ): Promise<T[]> {
    return readRanges(work, {
      sizeOf: () => this.sizeOf(work.limit, only),
      read: range => this.#reads.read(range, only),
      decode,
      atOnce,
    });
  }

  /** Returns the number of blocks that the chain makes in `ms`, by its usual block time. */
  blocksIn(ms: number): number {
    return Math.ceil(ms / this.#blockTimeMs);
  }

  /**
   * Returns the size that one request may have for the endpoint that is asked first now; a moment later that
   * may be another endpoint.
   */
  sizeOf(limit: keyof RequestLimits, endpoint = this.health.ranked()[0]): number {
    // Without any endpoint, no size is too large.
    return endpoint?.requestLimits[limit].size ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Sends one call to this very endpoint, to compare the answers of endpoints.
   * @throws EndpointFault when there is no answer
   */
  async askOne(endpoint: Endpoint, method: string, params: unknown[]): Promise<JsonRpcAnswer> {
    const payload = { jsonrpc: '2.0' as const, id: 1, method, params };
    await this.#access.fit(endpoint, pinnedBlock([payload]));
    const { answers } = await endpoint.ask([payload], {
      deadline: performance.now() + this.#callMs,
      signal: this.#stop.signal,
    });
    return answers[0] as JsonRpcAnswer;
  }

  /** The number of HTTP requests sent so far, over all endpoints. */
  get requestCount(): number {
    return this.endpoints.reduce((sum, { counters }) => sum + counters.requests, 0);
  }

  /** Ends every call under way and lets the process exit. */
  override destroy(): void {
    clearInterval(this.#ticker);
    this.#stop.abort();
    if (!this.destroyed) super.destroy();
  }

  /** Sends payloads that make one request, to any endpoint. */
  async #readOne(payloads: JsonRpcPayload[]): Promise<JsonRpcAnswer[]> {
    const chunks = await this.#reads.read({
      limit: 'batch',
      size: 1,
      request: () => payloads,
      from: 0,
      to: 1,
    });
    return chunks.flatMap(({ answers }) => answers);
  }

  /**
   * Broadcasts signed bytes and returns the answer for ethers.
   * @throws BroadcastOutcomeUnknown when the time is up and the outcome is open
   */
  async #broadcast({ id, params }: JsonRpcPayload): Promise<JsonRpcAnswer> {
    const raw = (params as string[])[0] as string;
    const result = await this.broadcastRaw(raw);
    if (result.kind === 'accepted') return { id, result: keccak256(raw) };
    if (result.kind === 'unknown') throw new BroadcastOutcomeUnknown(keccak256(raw), result.faults);
    return { id, error: { code: -32000, message: result.said } };
  }
}
