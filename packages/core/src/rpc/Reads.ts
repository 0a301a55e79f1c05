import type { JsonRpcPayload } from 'ethers';
import { systemClock } from '../clock/index.ts';
import type { Access } from './Access.ts';
import { agreedChunk, allAnswered, bestChunk, contradicted, isAnswer } from './agreement.ts';
import type { ChainFacts } from './ChainFacts.ts';
import { type Chunk, InconclusiveAnswer, readChunksFrom, type SplittableRange } from './chunks.ts';
import type { Endpoint } from './Endpoint.ts';
import { BeyondHead, failureOf, ProviderStopped } from './errors.ts';
import { EndpointFault, type JsonRpcAnswer } from './exchange.ts';
import type { FreshBlocks } from './FreshBlocks.ts';
import type { Health } from './Health.ts';
import { type RaceResult, race } from './race.ts';
import { wordsOf } from './reply.ts';
import { pinnedBlock } from './request.ts';

interface ReadsOptions {
  access: Access;
  health: Health;
  fresh: FreshBlocks;
  chain: ChainFacts;
  /** How long a call may take over all endpoints and retries, in ms. */
  callMs: number;
  blockTimeMs: number;
  stop: AbortSignal;
}

const firstRetryMs = 100;
const longestRetryMs = 500;
/**
 * When every endpoint returns an error in unknown words for this long, the error will not go away within the
 * call.
 */
const persistentMs = 2_000;

/**
 * The outcome of one attempt: the final answers, and those that count when no endpoint gives a better one.
 */
type Attempt = { result: RaceResult<Chunk[]>; inconclusive: InconclusiveAnswer[] };

/** Reads over all endpoints, again and again, until there is an answer or the time is up. */
export class Reads {
  readonly #options: ReadsOptions;

  constructor(options: ReadsOptions) {
    this.#options = options;
  }

  /**
   * Reads a range. An answer is final when it is a result of the right shape, a revert, or any other answer
   * on which two endpoints agree. A doubtful answer counts when every endpoint that can be asked has been.
   * @param only the one endpoint to ask, once
   * @returns the answers to the first part of the range, or to all
   * @throws the error to report when no endpoint answers
   */
  async read(range: SplittableRange, only?: Endpoint): Promise<Chunk[]> {
    const { callMs, stop } = this.#options;
    const startedAt = performance.now();
    const deadline = startedAt + callMs;
    /** The last failures of which one has words: the last attempt may have had no time for any. */
    let told: readonly unknown[] | undefined;
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
      const { result, inconclusive } = await this.#askAll(range, only, startedAt);
      if ('reply' in result) {
        this.#note(range, result, inconclusive);
        return result.reply;
      }
      if (stop.aborted) throw new ProviderStopped();
      const best = bestChunk(inconclusive);
      const until = best
        ? this.#answerWaitsUntil(range, best, startedAt)
        : this.#failureWaitsUntil(result.failures, startedAt);
      const pauseMs = best ? retryMs : pauseAfter(result.failures, retryMs);
      const isOver = only !== undefined || performance.now() + pauseMs >= Math.min(until, deadline);
      if (isOver && best) {
        this.#disprove(range, best, only);
        return [best];
      }
      if (!result.failures.every(isLate)) told = result.failures;
      if (isOver) throw failureOf(told ?? result.failures);
      await systemClock.sleep(pauseMs, stop);
    }
  }

  async #askAll(range: SplittableRange, only: Endpoint | undefined, startedAt: number): Promise<Attempt> {
    const { access, health, callMs, stop } = this.#options;
    const deadline = startedAt + callMs;
    const isEnough = () => performance.now() > startedAt + callMs / 2;
    const inconclusive: InconclusiveAnswer[] = [];
    const result = await race(
      only ? [only] : this.#ranked(range),
      async (endpoint, signal) => {
        const asking = {
          ask: (payloads: JsonRpcPayload[], isSplittable: boolean) =>
            access.ask(endpoint, payloads, { deadline, signal, isSplittable }),
          assertReaches: (payloads: JsonRpcPayload[]) =>
            access.assertReaches(endpoint, pinnedBlock(payloads)),
          isEnough,
        };
        try {
          return await readChunksFrom(endpoint, range, asking);
        } catch (error) {
          if (error instanceof InconclusiveAnswer) inconclusive.push(error);
          const agreed = agreedChunk(inconclusive);
          if (agreed === undefined) throw error;
          this.#learn(inconclusive);
          return [agreed];
        }
      },
      { stopped: stop, deadline, isInUse: endpoint => health.isInUse(endpoint), isFallback: isAnswer },
    );
    return { result, inconclusive };
  }

  /** Returns the endpoints in order; endpoints that are known not to answer the request come last. */
  #ranked(range: SplittableRange): Endpoint[] {
    const ranked = this.#options.health.ranked();
    if (ranked.every(({ refusals }) => refusals.isEmpty)) return ranked;
    const now = performance.now();
    const methods = range.request(range.from, 1).map(({ method }) => method);
    const isAvoided = ({ refusals }: Endpoint) => methods.some(method => refusals.isAvoided(method, now));
    return [...ranked.filter(each => !isAvoided(each)), ...ranked.filter(isAvoided)];
  }

  /**
   * Records which endpoint answered, and which endpoints' answers were thereby shown to be wrong or missing.
   */
  #note(
    range: SplittableRange,
    { endpoint, reply, failures, overdue }: Extract<RaceResult<Chunk[]>, { reply: Chunk[] }>,
    inconclusive: readonly InconclusiveAnswer[],
  ): void {
    const { health } = this.#options;
    const { endpoints } = health;
    endpoint.counters.served += reply.length;
    for (const { endpoint: other, chunk } of contradicted(inconclusive, reply[0] as Chunk))
      other.wasContradicted(endpoint, chunk.answers[0] as JsonRpcAnswer);
    if (failures.length > 0) noteRefusals(endpoints, range, failures);
    // Only endpoints that are otherwise in order are recorded: an endpoint that answers nothing shows nothing
    // about a method.
    noteHanging(
      overdue.filter(other => health.stateOf(other) === 'ok'),
      range,
    );
    if (!endpoint.refusals.isEmpty)
      for (const { method } of range.request(range.from, 1)) endpoint.refusals.answered(method);
  }

  /** Returns until when a missing block may still come: a new block reaches some nodes later than others. */
  #answerWaitsUntil(range: SplittableRange, best: Chunk, startedAt: number): number {
    const { fresh, health } = this.#options;
    const payloads = range.request(best.from, best.count);
    return fresh.worthRetryingUntil(payloads, best.answers, {
      best: health.bestHead,
      startedAtMs: startedAt,
    });
  }

  /** Disproves a head whose hash no endpoint knows: the endpoint that reported it reported a false one. */
  #disprove(range: SplittableRange, best: Chunk, only: Endpoint | undefined): void {
    const { fresh, health } = this.#options;
    if (only) return;
    for (const endpoint of fresh.reportersOfMissing(range.request(best.from, best.count), best.answers))
      health.disproveHeader(endpoint, 'reports a head with a hash that no endpoint knows');
  }

  /** Returns until when a retry is worthwhile after no endpoint has answered, by `performance.now()`. */
  #failureWaitsUntil(failures: readonly unknown[], startedAt: number): number {
    const { fresh, health, blockTimeMs } = this.#options;
    const beyond = failures.find(failure => failure instanceof BeyondHead);
    // No endpoint has the block, and the endpoints that did not report that have not answered.
    if (beyond && failures.every(failure => failure instanceof BeyondHead || isOut(failure)))
      return fresh.worthAwaitingUntil(beyond.block - health.bestHead, blockTimeMs, startedAt);
    const isPersistent =
      performance.now() > startedAt + persistentMs && allAnswered(failures, health.endpoints);
    return isPersistent ? 0 : Number.POSITIVE_INFINITY;

    function isOut(failure: unknown): boolean {
      const endpoint = health.endpoints.find(
        ({ label }) => failure instanceof EndpointFault && label === failure.endpoint,
      );
      return endpoint !== undefined && !health.isInUse(endpoint);
    }
  }

  /** Two endpoints that agree have shown that the chain has no base fee. */
  #learn(inconclusive: readonly InconclusiveAnswer[]): void {
    if (inconclusive.every(({ judgements }) => judgements.some(({ kind }) => kind === 'no-base-fee')))
      this.#options.chain.hasNoBaseFee();
  }
}

function isLate(failure: unknown): boolean {
  return failure instanceof EndpointFault && failure.isTimeout;
}

/**
 * Returns the pause before the next attempt, in ms: the shortest pause that was asked for, if every endpoint
 * asked for one; otherwise `retryMs`.
 */
function pauseAfter(failures: readonly unknown[], retryMs: number): number {
  const pauses = failures.map(failure => (failure instanceof EndpointFault ? failure.pauseMs : undefined));
  const asked = pauses.filter(pause => pause !== undefined);
  return asked.length > 0 && asked.length === failures.length
    ? Math.max(Math.min(...asked), retryMs)
    : retryMs;
}

/**
 * Records the methods that endpoints did not answer, in a call that another endpoint has answered.
 * @param failures the failures before that answer
 */
function noteRefusals(
  endpoints: readonly Endpoint[],
  range: SplittableRange,
  failures: readonly unknown[],
): void {
  const now = performance.now();
  for (const failure of failures) {
    if (failure instanceof InconclusiveAnswer && failure.fault === undefined)
      noteUnsupported(failure, range, now);
    else
      noteFault(failure instanceof InconclusiveAnswer ? failure.fault : failure, { endpoints, range, now });
  }
}

/**
 * Records the method that endpoints left unanswered until another endpoint had answered it: some endpoints
 * hang on a single method.
 * @param overdue the endpoints that were asked, and had not answered within their patience
 */
function noteHanging(overdue: readonly Endpoint[], range: SplittableRange): void {
  const method = onlyMethod(range);
  if (method === undefined) return;
  for (const { refusals } of overdue) refusals.failed(method, 'did not answer in time', performance.now());
}

/** Returns the method of a request. For a request with several methods it is unknown which one is refused. */
function onlyMethod({ request, from }: SplittableRange): string | undefined {
  const methods = new Set(request(from, 1).map(({ method }) => method));
  return methods.size === 1 ? [...methods][0] : undefined;
}

/** Records a method when the endpoint received the request and answered no part of it. */
function noteFault(
  fault: unknown,
  { endpoints, range, now }: { endpoints: readonly Endpoint[]; range: SplittableRange; now: number },
): void {
  if (!(fault instanceof EndpointFault) || !fault.mayBeSize || fault.kind === 'rate-limit') return;
  const method = onlyMethod(range);
  const endpoint = endpoints.find(({ label }) => label === fault.endpoint);
  if (method !== undefined) endpoint?.refusals.failed(method, fault.what, now);
}

function noteUnsupported(
  { endpoint, chunk, judgements }: InconclusiveAnswer,
  range: SplittableRange,
  now: number,
): void {
  const calls = range.request(chunk.from, chunk.count);
  for (const [i, { grade, kind }] of judgements.entries()) {
    const [call, answer] = [calls[i], chunk.answers[i]];
    if (!call || !answer || !('error' in answer)) continue;
    if (grade === 'fault' || kind === 'unsupported')
      endpoint.refusals.failed(call.method, `answered with an error: ${wordsOf(answer.error)}`, now);
  }
}
