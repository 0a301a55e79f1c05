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
import { systemClock } from '../clock/index.ts';
import { askChains, settleChain, settledWithin } from './connect.ts';
import { Endpoint, type EndpointAddress, type EndpointBudgets, type Reply } from './Endpoint.ts';
import { BroadcastOutcomeUnknown, failureOf, ProviderStopped, SecondBest } from './errors.ts';
import { handOut } from './handOut.ts';
import { Health, type HealthRules } from './health.ts';
import { highestCount } from './highestCount.ts';
import {
  askParts,
  type Divisible,
  type Part,
  type PartsOptions,
  readStretches,
  type Stretch,
} from './parts.ts';
import { race } from './race.ts';
import { headIn, pinnedBlock } from './request.ts';
import { EndpointFault, type JsonRpcAnswer } from './transport.ts';
import { saysNonceUsed } from './wordings.ts';

export interface FailoverOptions {
  /** How long one endpoint may take. */
  attemptMs?: number;
  /** How long a call may take, over all endpoints and tries. */
  callMs?: number;
  /** Usual time between blocks. */
  blockTimeMs?: number;
  /** How many blocks an endpoint may be behind the best one. Default: what 3 s make, at least 1. */
  maxHeadLag?: number;
  /** Requests under way at a time, per endpoint. */
  concurrency?: number;
  /** Told when an endpoint goes out of use or comes back. */
  onChange?: HealthRules['onChange'];
}

const defaults = { attemptMs: 4_000, callMs: 10_000, blockTimeMs: 12_000, concurrency: 16 };
const tickMs = 250;
const firstRetryMs = 100;
const longestRetryMs = 500;
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
  readonly #stop = new AbortController();
  readonly #ticker: NodeJS.Timeout;
  /** Wallets whose last transaction was refused because its nonce is used: somebody's count is behind. */
  readonly #disputed = new Set<string>();

  /** @param addresses at least one, the preferred first */
  constructor(addresses: readonly EndpointAddress[], chainId: number, options: FailoverOptions = {}) {
    const network = Network.from(chainId);
    const { attemptMs, callMs, blockTimeMs, concurrency } = { ...defaults, ...options };
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
    const limits = { attemptMs, concurrency };
    this.endpoints = distinctLabels(addresses).map(address => new Endpoint(address, limits));
    const rules = { chainId, maxHeadLag, blockTimeMs, onChange: options.onChange };
    this.health = new Health(this.endpoints, rules, this.#stop.signal);
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
    const answers = await askChains(addresses, freshEnoughMs);
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

  /** After a nonce was refused as used, the highest count that any endpoint tells: the one that gave it was behind. */
  override async getTransactionCount(address: AddressLike, blockTag?: BlockTag): Promise<number> {
    const from = await resolveAddress(address, this);
    const count = await super.getTransactionCount(from, blockTag);
    if (!this.#disputed.delete(from)) return count;
    return Math.max(count, await highestCount(this, from, await this._getBlockTag(blockTag)));
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
      stretch => this.#read(stretch, only),
      decode,
      atOnce,
    );
  }

  /** How much one request may ask of the endpoint that is asked first now; it may be another one a moment later. */
  takes(budget: keyof EndpointBudgets, endpoint = this.health.ranked()[0]): number {
    // With no endpoint at all, no size is too large.
    return endpoint?.budgets[budget].size ?? Number.POSITIVE_INFINITY;
  }

  /** One call to this very endpoint, for comparing what they say. @throws EndpointFault when it gives no answer */
  async askOne(endpoint: Endpoint, method: string, params: unknown[]): Promise<JsonRpcAnswer> {
    const payload = { jsonrpc: '2.0' as const, id: 1, method, params };
    await this.#fit(endpoint, pinnedBlock([payload]));
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
    const parts = await this.#read({ budget: 'batch', size: 1, request: () => payloads, from: 0, to: 1 });
    return parts.flatMap(({ answers }) => answers);
  }

  /** Asks until somebody answers or the time is up. @returns the answers to the first part of the stretch, or to all */
  async #read(stretch: Stretch, only?: Endpoint): Promise<Part[]> {
    const startedAt = performance.now();
    const deadline = startedAt + this.#callMs;
    const isEnough = () => performance.now() > startedAt + this.#callMs / 2;
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
      const result = await race(
        only ? [only] : this.health.ranked(),
        (endpoint, signal) =>
          askParts(endpoint, stretch, payloads => this.#ask(endpoint, payloads, deadline, signal), isEnough),
        this.#stop.signal,
      );
      if ('reply' in result) {
        result.endpoint.counters.served += result.reply.length;
        return result.reply;
      }
      if (this.#stop.signal.aborted) throw new ProviderStopped();
      const { failures } = result;
      // Everybody was asked, and the best there was is an answer that says no.
      const seconds = failures.filter(failure => failure instanceof SecondBest);
      const proper = seconds.find(({ trouble }) => trouble === undefined);
      if (proper) return [proper.part];
      const [first] = seconds;
      if (first && seconds.length === failures.length) return [first.part];
      const pauseMs = this.#pauseAfter(failures, retryMs);
      if (only || performance.now() + pauseMs >= deadline) throw failureOf(failures);
      await systemClock.sleep(pauseMs, this.#stop.signal);
    }
  }

  async #ask(
    endpoint: Endpoint,
    payloads: readonly JsonRpcPayload[],
    deadline: number,
    signal: AbortSignal,
  ): Promise<Reply> {
    await this.#fit(endpoint, pinnedBlock(payloads));
    const reply = await endpoint.ask(payloads, deadline, signal, this.health.riderFor(endpoint));
    if (reply.ridden) this.health.riderAnswered(endpoint, reply.ridden);
    const head = headIn(payloads, reply.answers);
    if (head !== undefined) this.health.sawHead(endpoint, head);
    return reply;
  }

  /** Nothing is asked of an endpoint before it has told its chain, nor about a block it does not have. */
  async #fit(endpoint: Endpoint, pinned: number | undefined): Promise<void> {
    if (endpoint.servedChainId === undefined) await this.health.verify(endpoint);
    if (pinned === undefined || this.endpoints.length === 1 || pinned <= (endpoint.head?.number ?? 0)) return;
    await this.health.refreshHead(endpoint);
    if (pinned > (endpoint.head?.number ?? 0))
      throw new EndpointFault(endpoint.label, 'soft', `does not have block ${pinned} yet`);
  }

  /** As long as the one that limits us least asked for, if all do; else not long. */
  #pauseAfter(failures: readonly unknown[], retryMs: number): number {
    const pauses = failures.map(failure => (failure instanceof EndpointFault ? failure.pauseMs : undefined));
    const asked = pauses.filter(pause => pause !== undefined);
    return asked.length > 0 && asked.length === failures.length
      ? Math.max(Math.min(...asked), retryMs)
      : retryMs;
  }

  /**
   * Hands the signed bytes to every endpoint until one has them. A refusal counts once all have refused and none of
   * them knows the hash.
   * @throws BroadcastOutcomeUnknown when the time is up and it is not settled
   */
  async #broadcast(payload: JsonRpcPayload): Promise<JsonRpcAnswer> {
    const raw = (payload.params as string[])[0] as string;
    const hash = keccak256(raw);
    const deadline = performance.now() + this.#callMs;
    let faults: unknown[] = [];
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
      const { taken, refusals, lost } = await handOut(
        this.health.ranked(),
        hash,
        payload,
        async (endpoint, bytes) => {
          await this.#fit(endpoint, undefined);
          return (await endpoint.ask([bytes], deadline, this.#stop.signal)).answers[0] as JsonRpcAnswer;
        },
      );
      if (taken) return { id: payload.id, result: hash } as JsonRpcResult;
      faults = lost;
      if (await this.#isKnown(hash)) return { id: payload.id, result: hash } as JsonRpcResult;
      if (lost.length === 0 && refusals[0]) {
        const { from } = Transaction.from(raw);
        if (
          from !== null &&
          refusals.some(refusal => 'error' in refusal && saysNonceUsed.test(refusal.error.message ?? ''))
        )
          this.#disputed.add(from);
        return refusals[0];
      }
      if (this.#stop.signal.aborted || performance.now() + retryMs >= deadline)
        throw new BroadcastOutcomeUnknown(hash, faults);
      await systemClock.sleep(retryMs, this.#stop.signal);
    }
  }

  async #isKnown(hash: string): Promise<boolean> {
    try {
      const payload = { jsonrpc: '2.0' as const, id: 1, method: 'eth_getTransactionByHash', params: [hash] };
      const [answer] = await this.#readOne([payload]);
      return answer !== undefined && 'result' in answer && answer.result !== null;
    } catch {
      return false;
    }
  }
}

/** Two keys at one provider have the same host: the second is called `host#2`. */
function distinctLabels(addresses: readonly EndpointAddress[]): EndpointAddress[] {
  return addresses.map((address, i) => {
    const { label } = address;
    const earlier = addresses.slice(0, i).filter(other => other.label === label).length;
    return { ...address, label: earlier === 0 ? label : `${label}#${earlier + 1}` };
  });
}
