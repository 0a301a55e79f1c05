import { type JsonRpcPayload, JsonRpcProvider, type JsonRpcResult, Network } from 'ethers';
import { BotError, SetupError } from '../errors/index.ts';
import { Endpoint, type EndpointAddress, EndpointFault, type JsonRpcAnswer } from './endpoint.ts';

/** How long to wait for answers. */
export interface RpcTimeouts {
  /** For one endpoint's answer. */
  attemptMs: number;
  /** For a call as a whole, over all endpoints. */
  callMs: number;
}

const usualTimeouts: RpcTimeouts = { attemptMs: 4_000, callMs: 10_000 };

/** Every endpoint failed to answer. */
export class AllEndpointsFailed extends BotError {
  readonly faults: readonly unknown[];

  constructor(faults: unknown[]) {
    const each = faults.map(fault => (fault instanceof Error ? fault.message : String(fault)));
    super(`no RPC endpoint answered: ${each.join('; ') || 'the process is stopping'}`, { cause: faults[0] });
    this.faults = faults;
  }
}

/**
 * An ethers provider over one or several endpoints of one chain. Each request goes to the endpoints in their order
 * until one answers; a JSON-RPC error (a revert) is an answer. ethers' own FallbackProvider is not used: an error of
 * its first endpoint is thrown without asking the second (measured, see docs/architecture.md).
 *
 * Call `connect` before anything else: it settles which chain this is and leaves out endpoints of another one.
 */
export class FailoverProvider extends JsonRpcProvider {
  readonly endpoints: readonly Endpoint[];
  readonly chainId: number;
  /** Endpoints that have told this chain's id; the others are asked before their first use. */
  readonly #verified = new Set<Endpoint>();
  readonly #stopped = new AbortController();
  readonly #timeouts: RpcTimeouts;

  constructor(addresses: readonly EndpointAddress[], chainId: number, timeouts = usualTimeouts) {
    const network = Network.from(chainId);
    super('http://unused.invalid', network, { staticNetwork: network, batchMaxCount: 1, cacheTimeout: -1 });
    this.endpoints = addresses.map(address => new Endpoint(address));
    this.chainId = chainId;
    this.#timeouts = timeouts;
  }

  /**
   * Asks every endpoint which chain it serves.
   * @param addresses at least one, the preferred first
   * @param expected the chain id the operator configured; without it, what the endpoints agree on
   * @throws SetupError when they disagree with each other or with `expected`
   * @throws AllEndpointsFailed when none answers; worth trying again
   */
  static async connect(
    addresses: readonly EndpointAddress[],
    expected?: number,
    timeouts = usualTimeouts,
  ): Promise<FailoverProvider> {
    const { signal } = new AbortController();
    const probes = await Promise.allSettled(
      addresses.map(address => chainIdOf(new Endpoint(address), timeouts.attemptMs, signal)),
    );
    const answers = probes.flatMap((probe, i) =>
      probe.status === 'fulfilled' ? [{ position: i, label: addresses[i]?.label, chainId: probe.value }] : [],
    );
    if (answers.length === 0) {
      throw new AllEndpointsFailed(
        probes.map(probe => (probe.status === 'rejected' ? probe.reason : undefined)),
      );
    }
    const chainId = expected ?? answers[0]?.chainId ?? 0;
    const strangers = answers.filter(answer => answer.chainId !== chainId);
    if (strangers.length > 0) {
      const listed = strangers.map(({ label, chainId: id }) => `${label} serves chain ${id}`).join(', ');
      const wanted =
        expected === undefined ? `${answers[0]?.label} serves chain ${chainId}` : `CHAIN_ID is ${expected}`;
      throw new SetupError(`RPC_URL: ${listed}, but ${wanted}; every endpoint has to serve the same chain`);
    }
    const provider = new FailoverProvider(addresses, chainId, timeouts);
    for (const { position } of answers) provider.#verified.add(provider.endpoints[position] as Endpoint);
    return provider;
  }

  /** One HTTP request, whatever the number of payloads; the seam that ethers gives its subclasses. */
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const payloads = Array.isArray(payload) ? payload : [payload];
    // ethers' type knows results only; its own code reads errors from the same list.
    return (await this.#firstAnswer(payloads)) as JsonRpcResult[];
  }

  /** Many calls in one HTTP request, each with its own result or error, in their order. */
  async sendBatch(calls: readonly { method: string; params: unknown[] }[]): Promise<JsonRpcAnswer[]> {
    if (calls.length === 0) return [];
    return this.#firstAnswer(calls.map((call, i) => ({ jsonrpc: '2.0', id: i + 1, ...call })));
  }

  /** HTTP requests sent so far, over all endpoints. */
  get requestCount(): number {
    return this.endpoints.reduce((sum, endpoint) => sum + endpoint.counters.requests, 0);
  }

  override destroy(): void {
    this.#stopped.abort();
    if (!this.destroyed) super.destroy();
  }

  async #firstAnswer(payloads: JsonRpcPayload[]): Promise<JsonRpcAnswer[]> {
    const { attemptMs, callMs } = this.#timeouts;
    const { signal } = this.#stopped;
    const deadline = performance.now() + callMs;
    const leftMs = () => Math.min(attemptMs, Math.ceil(deadline - performance.now()));
    const faults: unknown[] = [];
    for (const endpoint of this.endpoints) {
      if (leftMs() <= 0 || signal.aborted) break;
      try {
        await this.#verify(endpoint, leftMs());
        return await endpoint.post(payloads, Math.max(leftMs(), 1), signal);
      } catch (fault) {
        faults.push(fault);
      }
    }
    // At a stop, what the aborted requests say would only mislead.
    throw new AllEndpointsFailed(signal.aborted ? [] : faults);
  }

  async #verify(endpoint: Endpoint, timeoutMs: number): Promise<void> {
    if (this.#verified.has(endpoint)) return;
    const served = await chainIdOf(endpoint, timeoutMs, this.#stopped.signal);
    if (served !== this.chainId) {
      throw new EndpointFault(endpoint.label, `serves chain ${served}, not ${this.chainId}`);
    }
    this.#verified.add(endpoint);
  }
}

async function chainIdOf(endpoint: Endpoint, timeoutMs: number, signal: AbortSignal): Promise<number> {
  const question = { jsonrpc: '2.0' as const, id: 1, method: 'eth_chainId', params: [] };
  const [answer] = await endpoint.post([question], timeoutMs, signal);
  const chainId = answer && 'result' in answer ? Number(answer.result) : Number.NaN;
  if (Number.isSafeInteger(chainId) && chainId > 0) return chainId;
  const said = answer && 'error' in answer ? ` (it says: ${answer.error.message})` : '';
  throw new EndpointFault(endpoint.label, `does not tell its chain id${said}`);
}
