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

/** Where to reach a node: what may be shown of it, and the URL that may not (its path and query often hold a key). */
export interface EndpointAddress {
  /** Host, with the port when there is one. */
  label: string;
  url: { reveal(): string };
  /** What the operator says that it takes. */
  allowance?: Allowance | undefined;
}

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

/** Answers to a request, and what each of them is worth. */
export interface Reply {
  answers: JsonRpcAnswer[];
  judgements: readonly Judgement[];
  /** What all answers are; `result` where they differ. */
  kind: Judgement['kind'];
  /** The answer to what rode along, when it did. */
  ridden?: JsonRpcAnswer | undefined;
}

interface AskOptions {
  rider?: JsonRpcPayload | undefined;
  isDivisible?: boolean;
  isUrgent?: boolean;
}

/** A caller that no longer wants the answer. */
export class Abandoned extends Error {}

/** The hedge delay's bounds: nobody waits longer for an endpoint before the next is asked too. */
const shortestPatienceMs = 250;
const longestPatienceMs = 600;
const shortestOpinionMs = 1_000;
/** An endpoint that has not failed for so long may have become useful without being asked anything. */
const forgottenMs = 120_000;
/** Methods asked in the background: an endpoint that answers nothing else is of no use. */
const background: ReadonlySet<string> = new Set(['eth_chainId', 'eth_blockNumber']);
/** A busy process sends a request so much later than it began to wait for it. */
const lateStartMs = 50;
const tooMany = 'has too many requests under way';
/** Requests at a time that an endpoint gets in a burst, while it answers all of them: so many times the usual. */
const burst = 8;

/** One JSON-RPC endpoint over HTTP, and what is known about its health. */
export class Endpoint {
  readonly label: string;
  readonly breaker = new Breaker();
  readonly pace: Pace;
  readonly budgets: EndpointBudgets;
  /** Methods that it does not answer while other endpoints do. */
  readonly refusals = new MethodRefusals();
  readonly counters: EndpointCounters = { requests: 0, served: 0, faults: 0, rateLimits: 0 };
  /** The chain it serves, once it has said so. */
  servedChainId: number | undefined;
  /** Its newest block that is known, and when it answered with it (by `performance.now()`). */
  head: { number: number; at: number } | undefined;
  /** Usual duration of a request, in ms. */
  latencyMs: number | undefined;
  lastFault: string | undefined;
  #fruitless = { faults: 0, firstAtMs: 0, lastAtMs: 0 };
  #lastFaultKind: FaultKind | undefined;
  readonly #silence = new Silence();
  /** Until it turns out that it answers a request by itself only. */
  #takesRiders = true;
  readonly #url: { reveal(): string };
  readonly #slots: Slots;
  /** Transactions, and the looks for them, do not wait behind reads and transactions that hang. */
  readonly #urgentSlots: Slots;
  readonly #limits: EndpointLimits;
  readonly #chain: ChainFacts;

  /** @param chain what is known of the chain, shared by the endpoints that serve it */
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

  /** How long a caller waits for this endpoint before it asks the next one too. */
  get patienceMs(): number {
    const usual = this.latencyMs ?? longestPatienceMs;
    return Math.min(Math.max(usual * 3, shortestPatienceMs), longestPatienceMs);
  }

  /** How long a caller that has an answer already waits for a better one from this endpoint. */
  get opinionMs(): number {
    return Math.min(Math.max((this.latencyMs ?? 0) * 3, shortestOpinionMs), this.#limits.attemptMs);
  }

  /** How long it has answered nothing although it was asked. */
  get silentMs(): number {
    return this.#silence.lastedMs(performance.now());
  }

  /** How long a caller may still wait for this endpoint's opinion: not at all for one that has been silent so long. */
  get opinionLeftMs(): number {
    return Math.max(this.opinionMs - this.silentMs, 0);
  }

  /** How long nothing useful has come from it: it answers nothing, or it is down. 0 while it is in order. */
  get outOfReachMs(): number {
    const nowMs = performance.now();
    const downMs = this.breaker.isOpen && this.#fruitless.faults > 0 ? nowMs - this.#fruitless.firstAtMs : 0;
    return Math.max(downMs, this.silentMs);
  }

  /** Whether what keeps it out of use is that it wants to be left alone. */
  get isRateLimited(): boolean {
    return this.#lastFaultKind === 'rate-limit';
  }

  /**
   * Its failures since it last answered anything but what it is asked in the background, and over how long.
   * @returns undefined when there are none, or the last is long ago
   */
  get fruitless(): { faults: number; lastedMs: number } | undefined {
    const { faults, firstAtMs, lastAtMs } = this.#fruitless;
    if (faults === 0 || performance.now() - lastAtMs > forgottenMs) return undefined;
    return { faults, lastedMs: lastAtMs - firstAtMs };
  }

  get inFlight(): number {
    return this.#slots.taken + this.#urgentSlots.taken;
  }

  /**
   * One request. Its outcome feeds the breaker.
   * @param deadline by `performance.now()`; waiting for a turn counts
   * @param isDivisible whether a smaller request is made when this one fails: only its outcome counts then
   * @param isUrgent whether it is about a transaction that is being broadcast
   * @param rider a question of ours that may go along; what becomes of it never harms the request
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
      // What it is known not to answer says nothing about the rest.
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
  async #turn(slots: Slots, deadline: number, signal: AbortSignal): Promise<Release> {
    const wasOpen = this.breaker.isOpen;
    const leftMs = () => deadline - performance.now();
    const release = await slots.take(leftMs(), signal);
    if (signal.aborted) {
      release?.();
      throw new Abandoned();
    }
    if (!release) throw new EndpointFault(this.label, 'soft', tooMany);
    // Those who waited need not find out for themselves that it is down.
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
    // A refused transaction is an answer, whatever its code: its words decide what becomes of it.
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
    // In a batch, one call that failed says nothing about the endpoint.
    if (!isWrite && judgements.length > 0 && judgements.every(({ grade }) => grade === 'fault'))
      throw new NodeError(this.label, answers);
    return { answers, judgements, kind: isShared ? (first?.kind ?? 'result') : 'result' };
  }

  /** Another endpoint's answer has shown that this one's was wrong. */
  wasContradicted(by: Endpoint, answer: JsonRpcAnswer): void {
    const words =
      'error' in answer ? wordsOf(answer.error) : `the result ${JSON.stringify(answer.result)?.slice(0, 60)}`;
    this.#failed(
      new EndpointFault(this.label, 'soft', `was contradicted by ${by.label}; it answered ${words}`),
      false,
      0,
    );
  }

  /** An answer of this endpoint turned out to be of no use. */
  wasUseless(fault: EndpointFault): void {
    this.#failed(fault, false, 0);
  }

  #succeeded({ judgements }: Pick<Reply, 'judgements'>, tookMs: number): void {
    this.#slots.grow();
    this.latencyMs = this.latencyMs === undefined ? tookMs : this.latencyMs * 0.8 + tookMs * 0.2;
    // A claim that another endpoint may contradict does not clear the endpoint's record.
    // While it is open only a trial closes it, or the first success of many failures would let everybody back in.
    if (!this.breaker.isOpen && !judgements.some(({ kind }) => isClaim(kind))) this.breaker.succeeded();
  }

  #failed(fault: EndpointFault, wasAbandoned: boolean, tookMs: number): void {
    // Losing a race quickly says nothing; having let a caller run out of patience does.
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

/** Every answer of the node is an error in unknown words, or a result of the wrong shape. */
export class NodeError extends EndpointFault {
  constructor(endpoint: string, said: readonly JsonRpcAnswer[]) {
    const [first] = said;
    const words = first && 'error' in first ? wordsOf(first.error) : '';
    super(endpoint, 'soft', `answered with an error: ${words}`, { said, mayBeSize: true });
  }
}
