import type { JsonRpcPayload } from 'ethers';
import { Breaker } from './Breaker.ts';
import { ChainFacts } from './ChainFacts.ts';
import { classifyError } from './classifyError.ts';
import { EndpointFault, exchange, type FaultKind, type JsonRpcAnswer } from './exchange.ts';
import { isClaim, type JudgedReply, judgeReply } from './judge.ts';
import { MethodRefusals } from './MethodRefusals.ts';
import { type Allowance, type RateLimiter, type RequestLimits, requestLimitsFor } from './RequestLimits.ts';
import { wordsOf } from './reply.ts';
import { Silence } from './Silence.ts';
import { Turns } from './Turns.ts';

export type { Allowance, RequestLimits } from './RequestLimits.ts';

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

/** The judged answers to a request. */
export interface Reply extends JudgedReply {
  /** The chain id's answer, when the request for it was sent along. */
  chainIdAnswer?: JsonRpcAnswer | undefined;
}

interface AskOptions {
  /** By `performance.now()`; waiting for a slot counts. */
  deadline: number;
  signal: AbortSignal;
  /** The request for the chain id, sent along; its failure never harms the main request. */
  chainIdCheck?: JsonRpcPayload | undefined;
  /** Whether a smaller request is made when this one fails: only that outcome counts then. */
  isSplittable?: boolean;
  /** Whether the request is about a transaction that is being broadcast. */
  isUrgent?: boolean;
}

interface Request extends Pick<AskOptions, 'chainIdCheck' | 'isSplittable'> {
  payloads: readonly JsonRpcPayload[];
  startedAt: number;
  until: number;
}

/** A request that was sent. */
interface Sent {
  /** Whether the caller still waits for the answer. */
  isWanted: boolean;
  /** Whether it had exceeded the caller's patience when it was cancelled. */
  wasSlow: boolean;
  /** Ends the exchange. */
  readonly cut: AbortController;
}

/** Thrown when a caller no longer wants the answer. */
export class RequestCancelled extends Error {}

/** The reason of a cancellation: another endpoint's answer arrived first, `tookMs` after that endpoint was asked. */
export class AnsweredElsewhere extends Error {
  readonly tookMs: number;

  constructor(tookMs: number) {
    super('another endpoint has answered');
    this.tookMs = tookMs;
  }
}

/**
 * The bounds of the hedge delay: the longest time that a caller waits for an endpoint before the next is
 * asked too.
 */
const shortestPatienceMs = 250;
const longestPatienceMs = 600;
const shortestSecondOpinionMs = 1_000;
/** An endpoint that has not failed for this long may have recovered without a request. */
const forgottenMs = 120_000;
/** Methods that are asked in the background: an endpoint that answers no other method is of no use. */
const background: ReadonlySet<string> = new Set(['eth_chainId', 'eth_blockNumber']);
/** On a busy process a request may be sent this much later than its caller began to wait. */
const lateStartMs = 50;

/** A JSON-RPC endpoint over HTTP, and the state of its health. */
export class Endpoint {
  readonly label: string;
  readonly breaker = new Breaker();
  readonly requestLimits: RequestLimits;
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
  /** False once a request has failed together with the chain id's, and succeeded alone. */
  #piggybacks = true;
  readonly #url: { reveal(): string };
  readonly #turns: Turns;
  readonly #limits: EndpointLimits;
  readonly #chain: ChainFacts;

  /** @param chain the facts about the chain, shared by the endpoints that serve it */
  constructor(address: EndpointAddress, limits: EndpointLimits, chain = new ChainFacts()) {
    this.label = address.label;
    this.#url = address.url;
    this.#limits = limits;
    this.#chain = chain;
    const { concurrency } = limits;
    this.#turns = new Turns(address.label, { concurrency, perSecond: address.allowance?.requestsPerSecond });
    this.requestLimits = requestLimitsFor(address.allowance);
  }

  get rateLimiter(): RateLimiter {
    return this.#turns.rateLimiter;
  }

  /** How long a caller waits for this endpoint before it asks the next one too, in ms. */
  get patienceMs(): number {
    const usual = this.latencyMs ?? longestPatienceMs;
    return Math.min(Math.max(usual * 3, shortestPatienceMs), longestPatienceMs);
  }

  /** How long a caller that has an answer already waits for a better one from this endpoint, in ms. */
  get secondOpinionMs(): number {
    return Math.min(Math.max((this.latencyMs ?? 0) * 3, shortestSecondOpinionMs), this.#limits.attemptMs);
  }

  /** How long the endpoint has answered nothing although it was asked, in ms. */
  get silentMs(): number {
    return this.#silence.lastedMs(performance.now());
  }

  /**
   * How long a caller may still wait for this endpoint's answer, in ms: 0 for an endpoint that has been
   * silent that long.
   */
  get secondOpinionLeftMs(): number {
    return Math.max(this.secondOpinionMs - this.silentMs, 0);
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
   * @throws EndpointFault when there is no usable answer in time; RequestCancelled when `signal` aborted first
   */
  async ask(
    payloads: readonly JsonRpcPayload[],
    { deadline, signal, chainIdCheck, isSplittable = false, isUrgent = false }: AskOptions,
  ): Promise<Reply> {
    const wasOpen = this.breaker.isOpen;
    // The endpoint may go down during the wait: the waiting requests then fail without being sent.
    const release = await this.#turns.take({ deadline, signal, isUrgent }, () =>
      this.breaker.isOpen && !wasOpen ? (this.lastFault ?? 'is out of use') : undefined,
    );
    if (!release) throw new RequestCancelled();
    const startedAt = performance.now();
    const until = Math.min(deadline, startedAt + this.#limits.attemptMs);
    const request = { payloads, chainIdCheck, isSplittable, startedAt, until };
    const sent: Sent = { isWanted: true, wasSlow: false, cut: new AbortController() };
    return new Promise((resolve, reject) => {
      let cutting: NodeJS.Timeout | undefined;
      const cancel = () => {
        sent.isWanted = false;
        release();
        sent.wasSlow = this.#isOverdue(signal, performance.now() - startedAt);
        if (sent.wasSlow) this.#wasSlow();
        if (sent.wasSlow && signal.reason instanceof AnsweredElsewhere)
          cutting = setTimeout(() => sent.cut.abort(), this.secondOpinionMs).unref();
        else sent.cut.abort();
        reject(new RequestCancelled());
      };
      signal.addEventListener('abort', cancel, { once: true });
      void this.#attempt(request, sent)
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(cutting);
          signal.removeEventListener('abort', cancel);
          if (sent.isWanted) release();
        });
    });
  }

  /** Sends a request, and records its outcome. That of a cancelled one shows whether the endpoint answers at all. */
  async #attempt(
    { payloads, chainIdCheck, isSplittable, startedAt, until }: Request,
    sent: Sent,
  ): Promise<Reply> {
    try {
      const canRide = this.#piggybacks && payloads.length < this.requestLimits.batch.size;
      const { answers, chainIdAnswer } =
        chainIdCheck && canRide
          ? await this.#withChainIdCheck(payloads, chainIdCheck, { until, sent })
          : { answers: await this.#exchange(payloads, until, sent) };
      const reply = judgeReply({
        label: this.label,
        payloads,
        received: answers,
        chain: this.#chain,
        onAllowedRate: perSecond => this.rateLimiter.learn(perSecond),
      });
      this.#succeeded(reply, performance.now() - startedAt, sent);
      if (payloads.some(({ method }) => !background.has(method))) this.#fruitless.faults = 0;
      return { ...reply, chainIdAnswer };
    } catch (error) {
      // A method that the endpoint is known not to answer is no sign of its health.
      const isKnown = payloads.every(({ method }) => this.refusals.isKnown(method));
      if (error instanceof EndpointFault && !(error.mayBeSize && (isSplittable || isKnown)))
        this.#failed(error, sent);
      throw error;
    }
  }

  async #exchange(
    payloads: readonly JsonRpcPayload[],
    until: number,
    { cut: { signal } }: Sent,
  ): Promise<JsonRpcAnswer[]> {
    this.counters.requests += 1;
    const startedAt = performance.now();
    const asked = this.#silence.asked(startedAt);
    try {
      const endpoint = { label: this.label, url: this.#url.reveal() };
      const answers = await exchange(endpoint, payloads, { timeoutMs: until - startedAt, signal });
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
   * Sends the request together with the one for the chain id. A gateway without batches refuses both: the
   * request is then repeated alone, and the chain id is never sent along again.
   */
  async #withChainIdCheck(
    payloads: readonly JsonRpcPayload[],
    chainIdCheck: JsonRpcPayload,
    { until, sent }: { until: number; sent: Sent },
  ): Promise<Pick<Reply, 'answers' | 'chainIdAnswer'>> {
    try {
      const answers = await this.#exchange([...payloads, chainIdCheck], until, sent);
      const chainIdAnswer = answers.pop() as JsonRpcAnswer;
      if ('result' in chainIdAnswer || classifyError(chainIdAnswer.error) === 'rate-limit')
        return { answers, chainIdAnswer };
    } catch (error) {
      const isPatient = sent.isWanted && performance.now() < until;
      if (!isPatient || !(error instanceof EndpointFault) || error.kind === 'rate-limit') throw error;
    }
    const answers = await this.#exchange(payloads, until, sent);
    this.#piggybacks = false;
    return { answers };
  }

  /** Records that another endpoint's answer has shown this one's to be wrong. */
  wasContradicted(by: Endpoint, answer: JsonRpcAnswer): void {
    const words =
      'error' in answer ? wordsOf(answer.error) : `the result ${JSON.stringify(answer.result)?.slice(0, 60)}`;
    this.#failed(
      new EndpointFault(this.label, 'soft', {
        what: `was contradicted by ${by.label}; it answered ${words}`,
      }),
      { isWanted: true, wasSlow: false },
    );
  }

  /** Records that an answer of this endpoint turned out to be of no use. */
  wasUseless(fault: EndpointFault): void {
    this.#failed(fault, { isWanted: true, wasSlow: false });
  }

  #succeeded({ judgements }: Pick<Reply, 'judgements'>, tookMs: number, { isWanted }: Sent): void {
    // A late answer makes the next caller no more patient with this endpoint.
    if (!isWanted) return;
    this.latencyMs = this.latencyMs === undefined ? tookMs : this.latencyMs * 0.8 + tookMs * 0.2;
    this.#turns.grow();
    // A claim that another endpoint may contradict does not clear the endpoint's record. While the breaker is
    // open only a trial closes it; otherwise the first success among many failures would let all requests
    // through again.
    if (!this.breaker.isOpen && !judgements.some(({ kind }) => isClaim(kind))) this.breaker.succeeded();
  }

  #failed(fault: EndpointFault, { isWanted, wasSlow }: Pick<Sent, 'isWanted' | 'wasSlow'>): void {
    if (!isWanted && !wasSlow) return;
    const nowMs = performance.now();
    const { faults, firstAtMs } = this.#fruitless;
    this.#fruitless = { faults: faults + 1, firstAtMs: faults === 0 ? nowMs : firstAtMs, lastAtMs: nowMs };
    this.#lastFaultKind = fault.kind;
    this.lastFault = fault.what;
    if (!isWanted) return;
    this.counters.faults += 1;
    if (fault.kind === 'rate-limit') this.counters.rateLimits += 1;
    this.breaker.failed(fault.kind === 'hard' ? 'hard' : 'soft', nowMs, fault.pauseMs);
    this.#turns.shrink();
  }

  /** Records that another endpoint's answer was there while this one had exceeded the caller's patience. */
  #wasSlow(): void {
    this.counters.faults += 1;
    this.#lastFaultKind = 'soft';
    this.lastFault = 'was too slow';
    this.breaker.failed('soft', performance.now());
    this.#turns.shrink();
  }

  /**
   * Returns whether a cancelled request had exceeded the caller's patience. Losing a race quickly is no failure.
   * An endpoint that had less time than the winner took, since it was asked later, has not shown that it is the
   * slower one.
   */
  #isOverdue({ reason }: AbortSignal, tookMs: number): boolean {
    const winnerMs = reason instanceof AnsweredElsewhere ? reason.tookMs : 0;
    return tookMs >= Math.max(this.patienceMs, winnerMs) - lateStartMs;
  }
}
