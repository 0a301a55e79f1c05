import type { JsonRpcPayload } from 'ethers';
import { systemClock } from '../clock/index.ts';
import { Breaker } from './breaker.ts';
import { ChainFacts } from './ChainFacts.ts';
import { allowedRate, classifyError, saysRateLimited } from './classify.ts';
import { type Allowance, budgetsFor, type EndpointBudgets } from './endpointBudgets.ts';
import { isClaim, type Judgement, judge } from './judgement.ts';
import { MethodRefusals } from './MethodRefusals.ts';
import { Pace } from './Pace.ts';
import { wordsOf } from './reply.ts';
import { Silence } from './Silence.ts';
import { type Release, Slots } from './slots.ts';
import { EndpointFault, exchange, type FaultKind, type JsonRpcAnswer } from './transport.ts';

export type { Allowance, EndpointBudgets } from './endpointBudgets.ts';

/**
 * The address of a node: a label that may be shown, and the URL that may not (its path and query often hold a
 * key).
 */
export interface EndpointAddress {
  /** The host, with the port when there is one. */
  label: string;
  url: { reveal(): string };
  /** The limits of the endpoint, as the operator configured them. */
  allowance?: Allowance | undefined;
}

/** The limits that the provider sets for every endpoint. */
export interface EndpointLimits {
  attemptMs: number;
  /** Requests under way at a time. */
  concurrency: number;
}

/** The counters of an endpoint since the process began. */
export interface EndpointCounters {
  requests: number;
  /** Requests whose answer was returned to a caller. */
  served: number;
  faults: number;
  rateLimits: number;
}

/** The answers to a request, and the judgement of each. */
export interface Reply {
  answers: JsonRpcAnswer[];
  judgements: readonly Judgement[];
  /** The kind of all answers; `result` where they differ. */
  kind: Judgement['kind'];
  /** The answer to the piggybacked request, when there was one. */
  ridden?: JsonRpcAnswer | undefined;
}

interface AskOptions {
  rider?: JsonRpcPayload | undefined;
  isDivisible?: boolean;
  isUrgent?: boolean;
}

/** Thrown when a caller no longer wants the answer. */
export class Abandoned extends Error {}

/**
 * The bounds of the hedge delay: the longest time that a caller waits for an endpoint before the next is
 * asked too.
 */
const shortestPatienceMs = 250;
const longestPatienceMs = 600;
const shortestOpinionMs = 1_000;
/** An endpoint that has not failed for this long may have recovered without a request. */
const forgottenMs = 120_000;
/** Methods that are asked in the background: an endpoint that answers no other method is of no use. */
const background: ReadonlySet<string> = new Set(['eth_chainId', 'eth_blockNumber']);
/** On a busy process a request may be sent this much later than its caller began to wait. */
const lateStartMs = 50;
const tooMany = 'has too many requests under way';
/** In a burst, an endpoint that answers every request gets this multiple of the usual concurrency. */
const burst = 8;

/** A JSON-RPC endpoint over HTTP, and the state of its health. */
export class Endpoint {
  readonly label: string;
  readonly breaker = new Breaker();
  readonly pace: Pace;
  readonly budgets: EndpointBudgets;
  /** Methods that it does not answer while other endpoints do. */
  readonly refusals = new MethodRefusals();
  readonly counters: EndpointCounters = { requests: 0, served: 0, faults: 0, rateLimits: 0 };
  /** The chain that it serves, once it has reported that. */
  servedChainId: number | undefined;
  /** The newest known block of the endpoint, and when it was reported (by `performance.now()`). */
  head: { number: number; at: number } | undefined;
  /** Usual duration of a request, in ms. */
  latencyMs: number | undefined;
  lastFault: string | undefined;
  #fruitless = { faults: 0, firstAtMs: 0, lastAtMs: 0 };
  #lastFaultKind: FaultKind | undefined;
  readonly #silence = new Silence();
  /** True until a request fails together with a piggybacked one, and succeeds alone. */
  #takesRiders = true;
  readonly #url: { reveal(): string };
  readonly #slots: Slots;
  /**
   * Separate slots for transactions and their look-ups, which must not wait behind reads and transactions
   * that hang.
   */
  readonly #urgentSlots: Slots;
  readonly #limits: EndpointLimits;
  readonly #chain: ChainFacts;

  /** @param chain the facts about the chain, shared by the endpoints that serve it */
  constructor(address: EndpointAddress, limits: EndpointLimits, chain = new ChainFacts()) {
    this.label = address.label;
    this.#url = address.url;
    this.#limits = limits;
    this.#chain = chain;
    this.#slots = new Slots(limits.concurrency, limits.concurrency * burst);
    this.#urgentSlots = new Slots(limits.concurrency * burst);
    this.pace = new Pace(address.allowance?.requestsPerSecond);
    this.budgets = budgetsFor(address.allowance);
  }

  /** How long a caller waits for this endpoint before it asks the next one too, in ms. */
  get patienceMs(): number {
    const usual = this.latencyMs ?? longestPatienceMs;
    return Math.min(Math.max(usual * 3, shortestPatienceMs), longestPatienceMs);
  }

  /** How long a caller that has an answer already waits for a better one from this endpoint, in ms. */
  get opinionMs(): number {
    return Math.min(Math.max((this.latencyMs ?? 0) * 3, shortestOpinionMs), this.#limits.attemptMs);
  }

  /** How long the endpoint has answered nothing although it was asked, in ms. */
  get silentMs(): number {
    return this.#silence.lastedMs(performance.now());
  }

  /**
   * How long a caller may still wait for this endpoint's answer, in ms: 0 for an endpoint that has been
   * silent that long.
   */
  get opinionLeftMs(): number {
    return Math.max(this.opinionMs - this.silentMs, 0);
  }

  /** How long the endpoint has been silent or down, in ms; 0 while it is in order. */
  get outOfReachMs(): number {
    const nowMs = performance.now();
    const downMs = this.breaker.isOpen && this.#fruitless.faults > 0 ? nowMs - this.#fruitless.firstAtMs : 0;
    return Math.max(downMs, this.silentMs);
  }

  /** Whether the endpoint is out of use because it limits our requests. */
  get isRateLimited(): boolean {
    return this.#lastFaultKind === 'rate-limit';
  }

  /**
   * The failures since the endpoint last answered a request other than a background one, and their time span
   * in ms.
   * @returns undefined when there are none, or the last is long ago
   */
  get fruitless(): { faults: number; lastedMs: number } | undefined {
    const { faults, firstAtMs, lastAtMs } = this.#fruitless;
    if (faults === 0 || performance.now() - lastAtMs > forgottenMs) return undefined;
    return { faults, lastedMs: lastAtMs - firstAtMs };
  }

  /**
   * Sends one request. Its outcome feeds the breaker.
   * @param deadline by `performance.now()`; waiting for a slot counts
   * @param isDivisible whether a smaller request is made when this one fails: only that outcome counts then
   * @param isUrgent whether the request is about a transaction that is being broadcast
   * @param rider a request of our own that is piggybacked; its failure never harms the main request
   * @throws EndpointFault when there is no usable answer in time; Abandoned when `signal` aborted first
   */
  async ask(
    payloads: readonly JsonRpcPayload[],
    deadline: number,
    signal: AbortSignal,
    { rider, isDivisible = false, isUrgent = false }: AskOptions = {},
  ): Promise<Reply> {
    const release = await this.#turn(isUrgent ? this.#urgentSlots : this.#slots, deadline, signal);
    const startedAt = performance.now();
    try {
      const until = Math.min(deadline, startedAt + this.#limits.attemptMs);
      const canRide = this.#takesRiders && payloads.length < this.budgets.batch.size;
      const { answers, ridden } =
        rider && canRide
          ? await this.#withRider(payloads, rider, until, signal)
          : { answers: await this.#exchange(payloads, until, signal) };
      const reply = this.#judge(payloads, answers);
      this.#succeeded(reply, performance.now() - startedAt);
      if (payloads.some(({ method }) => !background.has(method))) this.#fruitless.faults = 0;
      return { ...reply, ridden };
    } catch (error) {
      // A method that the endpoint is known not to answer is no sign of its health.
      const isKnown = payloads.every(({ method }) => this.refusals.isKnown(method));
      if (error instanceof EndpointFault && !(error.mayBeSize && (isDivisible || isKnown)))
        this.#failed(error, signal.aborted, performance.now() - startedAt);
      throw error instanceof EndpointFault && signal.aborted ? new Abandoned() : error;
    } finally {
      release();
    }
  }

  async #exchange(
    payloads: readonly JsonRpcPayload[],
    until: number,
    signal: AbortSignal,
  ): Promise<JsonRpcAnswer[]> {
    this.counters.requests += 1;
    const startedAt = performance.now();
    const asked = this.#silence.asked(startedAt);
    try {
      const answers = await exchange(this.label, this.#url.reveal(), payloads, until - startedAt, signal);
      this.#silence.answered(asked, performance.now());
      return answers;
    } catch (error) {
      const nowMs = performance.now();
      if (signal.aborted) this.#silence.dropped(asked);
      else if (nowMs >= until) this.#silence.timedOut(asked);
      else this.#silence.answered(asked, nowMs);
      throw error;
    }
  }

  /**
   * Sends the request with the piggybacked one. A gateway without batches refuses both: the request is then
   * repeated alone, and no further request is piggybacked.
   */
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

  /**
   * Waits until a request may be sent. A failure to get a slot is not the endpoint's fault, and is not
   * counted.
   */
  async #turn(slots: Slots, deadline: number, signal: AbortSignal): Promise<Release> {
    const wasOpen = this.breaker.isOpen;
    const leftMs = () => deadline - performance.now();
    const release = await slots.take(leftMs(), signal);
    if (signal.aborted) {
      release?.();
      throw new Abandoned();
    }
    if (!release) throw new EndpointFault(this.label, 'soft', tooMany);
    // The endpoint went down during the wait, so the waiting requests fail without being sent.
    let refusal = this.breaker.isOpen && !wasOpen ? (this.lastFault ?? 'is out of use') : undefined;
    const waitMs = refusal === undefined ? this.pace.next(performance.now()) : 0;
    if (leftMs() <= 0) refusal ??= tooMany;
    if (waitMs >= leftMs()) refusal ??= `gets no more than ${this.pace.perSecond} requests a second`;
    if (refusal === undefined && waitMs > 0) await systemClock.sleep(waitMs, signal);
    if (refusal === undefined && !signal.aborted) return release;
    release();
    throw signal.aborted ? new Abandoned() : new EndpointFault(this.label, 'soft', refusal ?? '');
  }

  #judge(payloads: readonly JsonRpcPayload[], received: readonly JsonRpcAnswer[]): Omit<Reply, 'ridden'> {
    const judged = payloads.map((payload, i) => judge(payload, received[i] as JsonRpcAnswer, this.#chain));
    const answers = judged.map(({ answer }) => answer);
    const judgements = judged.map(({ judgement }) => judgement);
    // A refused transaction is an answer, independent of its code: its words decide about the transaction.
    const isWrite = payloads.length === 1 && payloads[0]?.method === 'eth_sendRawTransaction';
    const limited = answers[judgements.findIndex(({ kind }) => kind === 'rate-limit')];
    if (limited && 'error' in limited && (!isWrite || saysRateLimited(limited.error.message))) {
      const perSecond = allowedRate(limited.error.message ?? '');
      if (perSecond !== undefined) this.pace.learn(perSecond);
      throw new EndpointFault(this.label, 'rate-limit', `limits our requests: ${wordsOf(limited.error)}`, {
        said: answers,
      });
    }
    const [first] = judgements;
    const isShared = judgements.every(({ kind }) => kind === first?.kind);
    // A single failed call of a batch is no sign of the endpoint's health.
    if (!isWrite && judgements.length > 0 && judgements.every(({ grade }) => grade === 'fault'))
      throw new NodeError(this.label, answers);
    return { answers, judgements, kind: isShared ? (first?.kind ?? 'result') : 'result' };
  }

  /** Records that another endpoint's answer has shown this one's to be wrong. */
  wasContradicted(by: Endpoint, answer: JsonRpcAnswer): void {
    const words =
      'error' in answer ? wordsOf(answer.error) : `the result ${JSON.stringify(answer.result)?.slice(0, 60)}`;
    this.#failed(
      new EndpointFault(this.label, 'soft', `was contradicted by ${by.label}; it answered ${words}`),
      false,
      0,
    );
  }

  /** Records that an answer of this endpoint turned out to be of no use. */
  wasUseless(fault: EndpointFault): void {
    this.#failed(fault, false, 0);
  }

  #succeeded({ judgements }: Pick<Reply, 'judgements'>, tookMs: number): void {
    this.#slots.grow();
    this.latencyMs = this.latencyMs === undefined ? tookMs : this.latencyMs * 0.8 + tookMs * 0.2;
    // A claim that another endpoint may contradict does not clear the endpoint's record. While the breaker is
    // open only a trial closes it; otherwise the first success among many failures would let all requests
    // through again.
    if (!this.breaker.isOpen && !judgements.some(({ kind }) => isClaim(kind))) this.breaker.succeeded();
  }

  #failed(fault: EndpointFault, wasAbandoned: boolean, tookMs: number): void {
    // Losing a race quickly is no failure; exceeding the caller's patience is.
    if (wasAbandoned && tookMs < this.patienceMs - lateStartMs) return;
    this.counters.faults += 1;
    const nowMs = performance.now();
    const { faults, firstAtMs } = this.#fruitless;
    this.#fruitless = { faults: faults + 1, firstAtMs: faults === 0 ? nowMs : firstAtMs, lastAtMs: nowMs };
    this.#lastFaultKind = fault.kind;
    this.lastFault = wasAbandoned ? 'was too slow' : fault.what;
    if (fault.kind === 'rate-limit') {
      this.counters.rateLimits += 1;
    }
    this.breaker.failed(
      fault.kind === 'hard' && !wasAbandoned ? 'hard' : 'soft',
      performance.now(),
      fault.pauseMs,
    );
    this.#slots.shrink();
  }
}

/** Thrown when every answer of the node is an error in unknown words, or a result of the wrong shape. */
export class NodeError extends EndpointFault {
  constructor(endpoint: string, said: readonly JsonRpcAnswer[]) {
    const [first] = said;
    const words = first && 'error' in first ? wordsOf(first.error) : '';
    super(endpoint, 'soft', `answered with an error: ${words}`, { said, mayBeSize: true });
  }
}
