import type { JsonRpcPayload } from 'ethers';
import { systemClock } from '../clock/index.ts';
import { Budget } from './Budget.ts';
import { Breaker } from './breaker.ts';
import { allowedRate, classifyError, type ErrorKind } from './classify.ts';
import { Pace } from './Pace.ts';
import { type Release, Slots } from './slots.ts';
import { EndpointFault, exchange, type FaultKind, type JsonRpcAnswer } from './transport.ts';

/** Where to reach a node: what may be shown of it, and the URL that may not (its path and query often hold a key). */
export interface EndpointAddress {
  /** Host, with the port when there is one. */
  label: string;
  url: { reveal(): string };
  /** What the operator says that it takes. */
  allowance?: Allowance | undefined;
}

/** How much an endpoint takes, as far as it is known; the rest is learned from what it refuses. */
export interface Allowance {
  requestsPerSecond?: number | undefined;
  /** Contract reads in one request. */
  batchSize?: number | undefined;
  /** Blocks in one log request. */
  logRange?: number | undefined;
}

/** How much one request to an endpoint may ask for. */
export interface EndpointBudgets {
  /** Contract reads in one call of Multicall3. */
  multicall: Budget;
  /** Calls in one JSON-RPC batch. */
  batch: Budget;
  /** Blocks in one log request. */
  logRange: Budget;
}

/** Well under the 50 million gas and the 2 MB answers that public endpoints allow. */
const usualMulticall = 2_500;
/** geth refuses more than 1,000, gateways often half of that. */
const usualBatch = 500;
const usualLogRange = 10_000;

/** What the provider wants of every endpoint. */
export interface EndpointLimits {
  attemptMs: number;
  /** Requests under way at a time. */
  concurrency: number;
}

/** What an endpoint did since the process began. */
export interface EndpointCounters {
  requests: number;
  /** Requests whose answer was the one given to a caller. */
  served: number;
  faults: number;
  rateLimits: number;
}

/** Answers to a request, and the worst that was among them. */
export interface Reply {
  answers: JsonRpcAnswer[];
  kind: 'result' | Exclude<ErrorKind, 'rate-limit' | 'node-error'>;
  /** The answer to what rode along, when it did. */
  ridden?: JsonRpcAnswer | undefined;
}

/** A caller that no longer wants the answer. */
export class Abandoned extends Error {}

/** The hedge delay's bounds: nobody waits longer for an endpoint before the next is asked too. */
const shortestPatienceMs = 250;
const longestPatienceMs = 600;
/** A busy process sends a request so much later than it began to wait for it. */
const lateStartMs = 50;

/** One JSON-RPC endpoint over HTTP, and what is known about its health. */
export class Endpoint {
  readonly label: string;
  readonly breaker = new Breaker();
  readonly pace: Pace;
  readonly budgets: EndpointBudgets;
  readonly counters: EndpointCounters = { requests: 0, served: 0, faults: 0, rateLimits: 0 };
  /** The chain it serves, once it has said so. */
  servedChainId: number | undefined;
  /** Its newest block that is known, and when it was told (ms since 1970). */
  head: { number: number; at: number } | undefined;
  /** Usual duration of a request, in ms. */
  latencyMs: number | undefined;
  lastFault: string | undefined;
  #lastFaultKind: FaultKind | undefined;
  /** Until it turns out that it answers a request by itself only. */
  #takesRiders = true;
  readonly #url: { reveal(): string };
  readonly #slots: Slots;
  readonly #limits: EndpointLimits;

  constructor(address: EndpointAddress, limits: EndpointLimits) {
    this.label = address.label;
    this.#url = address.url;
    this.#limits = limits;
    this.#slots = new Slots(limits.concurrency);
    const {
      requestsPerSecond,
      batchSize = usualMulticall,
      logRange = usualLogRange,
    } = address.allowance ?? {};
    this.pace = new Pace(requestsPerSecond);
    this.budgets = {
      multicall: new Budget(batchSize),
      batch: new Budget(Math.min(batchSize, usualBatch)),
      logRange: new Budget(logRange),
    };
  }

  /** How long a caller waits for this endpoint before it asks the next one too. */
  get patienceMs(): number {
    const usual = this.latencyMs ?? longestPatienceMs;
    return Math.min(Math.max(usual * 3, shortestPatienceMs), longestPatienceMs);
  }

  /** Whether what keeps it out of use is that it wants to be left alone. */
  get isRateLimited(): boolean {
    return this.#lastFaultKind === 'rate-limit';
  }

  get inFlight(): number {
    return this.#slots.taken;
  }

  /**
   * One request. Its outcome feeds the breaker.
   * @param deadline by `performance.now()`; waiting for a turn counts
   * @param rider a question of ours that may go along; what becomes of it never harms the request
   * @throws EndpointFault when there is no usable answer in time; Abandoned when `signal` aborted first
   */
  async ask(
    payloads: readonly JsonRpcPayload[],
    deadline: number,
    signal: AbortSignal,
    rider?: JsonRpcPayload,
  ): Promise<Reply> {
    const release = await this.#turn(deadline, signal);
    const startedAt = performance.now();
    try {
      const until = Math.min(deadline, startedAt + this.#limits.attemptMs);
      const canRide = this.#takesRiders && payloads.length < this.budgets.batch.size;
      const { answers, ridden } =
        rider && canRide
          ? await this.#withRider(payloads, rider, until, signal)
          : { answers: await this.#exchange(payloads, until, signal) };
      const kind = this.#judge(answers);
      this.#succeeded(performance.now() - startedAt);
      return { answers, kind, ridden };
    } catch (error) {
      if (error instanceof EndpointFault) this.#failed(error, signal.aborted, performance.now() - startedAt);
      throw error instanceof EndpointFault && signal.aborted ? new Abandoned() : error;
    } finally {
      release();
    }
  }

  #exchange(
    payloads: readonly JsonRpcPayload[],
    until: number,
    signal: AbortSignal,
  ): Promise<JsonRpcAnswer[]> {
    this.counters.requests += 1;
    return exchange(this.label, this.#url.reveal(), payloads, until - performance.now(), signal);
  }

  /** A gateway that takes no batches refuses both: the request goes again by itself, and no rider ever again. */
  async #withRider(
    payloads: readonly JsonRpcPayload[],
    rider: JsonRpcPayload,
    until: number,
    signal: AbortSignal,
  ): Promise<Pick<Reply, 'answers' | 'ridden'>> {
    try {
      const answers = await this.#exchange([...payloads, rider], until, signal);
      const ridden = answers.pop() as JsonRpcAnswer;
      if ('result' in ridden || classifyError(ridden.error) === 'rate-limit') return { answers, ridden };
    } catch (error) {
      const isPatient = !signal.aborted && performance.now() < until;
      if (!isPatient || !(error instanceof EndpointFault) || error.kind === 'rate-limit') throw error;
    }
    const answers = await this.#exchange(payloads, until, signal);
    this.#takesRiders = false;
    return { answers };
  }

  /** Waits until a request may be sent. What goes wrong here is not the endpoint's fault, and is not counted. */
  async #turn(deadline: number, signal: AbortSignal): Promise<Release> {
    const wasOpen = this.breaker.isOpen;
    const leftMs = () => deadline - performance.now();
    const release = await this.#slots.take(leftMs(), signal);
    if (signal.aborted) {
      release?.();
      throw new Abandoned();
    }
    if (!release) throw new EndpointFault(this.label, 'soft', 'has too many requests under way');
    // Those who waited need not find out for themselves that it is down.
    let refusal = this.breaker.isOpen && !wasOpen ? (this.lastFault ?? 'is out of use') : undefined;
    const waitMs = this.pace.next(Date.now());
    if (waitMs >= leftMs()) refusal ??= `gets no more than ${this.pace.perSecond} requests a second`;
    if (refusal === undefined && waitMs > 0) await systemClock.sleep(waitMs, signal);
    if (refusal === undefined && !signal.aborted) return release;
    release();
    throw signal.aborted ? new Abandoned() : new EndpointFault(this.label, 'soft', refusal ?? '');
  }

  #judge(answers: readonly JsonRpcAnswer[]): Reply['kind'] {
    const kinds = answers.map(answer => ('error' in answer ? classifyError(answer.error) : 'result'));
    const limited = answers[kinds.indexOf('rate-limit')];
    if (limited && 'error' in limited) {
      const perSecond = allowedRate(limited.error.message ?? '');
      if (perSecond !== undefined) this.pace.learn(perSecond);
      throw new EndpointFault(this.label, 'rate-limit', 'limits our requests');
    }
    // In a batch, one call that failed says nothing about the endpoint.
    const [first = 'result'] = kinds;
    const shared = kinds.every(kind => kind === first) ? first : 'result';
    if (shared === 'node-error') throw new NodeError(this.label, answers);
    return shared as Reply['kind'];
  }

  #succeeded(tookMs: number): void {
    this.latencyMs = this.latencyMs === undefined ? tookMs : this.latencyMs * 0.8 + tookMs * 0.2;
    // While it is open only a trial closes it, or the first success of many failures would let everybody back in.
    if (!this.breaker.isOpen) this.breaker.succeeded();
  }

  #failed(fault: EndpointFault, wasAbandoned: boolean, tookMs: number): void {
    // Losing a race quickly says nothing; having let a caller run out of patience does.
    if (wasAbandoned && tookMs < this.patienceMs - lateStartMs) return;
    this.counters.faults += 1;
    this.#lastFaultKind = fault.kind;
    this.lastFault = wasAbandoned ? 'was too slow' : fault.what;
    if (fault.kind === 'rate-limit') {
      this.counters.rateLimits += 1;
    }
    this.breaker.failed(fault.kind === 'hard' && !wasAbandoned ? 'hard' : 'soft', Date.now(), fault.pauseMs);
  }
}

/** The node answered properly that it could not: others are asked, and if none can, the caller gets this answer. */
export class NodeError extends EndpointFault {
  readonly answers: readonly JsonRpcAnswer[];

  constructor(endpoint: string, answers: readonly JsonRpcAnswer[]) {
    super(endpoint, 'soft', 'answered with an error of its own');
    this.answers = answers;
  }
}
