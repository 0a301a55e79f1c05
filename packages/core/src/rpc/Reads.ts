import type { JsonRpcPayload } from 'ethers';
import { systemClock } from '../clock/index.ts';
import type { Access } from './Access.ts';
import { agreedPart, allAnswered, bestPart, contradicted, isAnswer } from './agreement.ts';
import type { ChainFacts } from './ChainFacts.ts';
import type { Endpoint } from './Endpoint.ts';
import { BeyondHead, failureOf, ProviderStopped, SecondBest } from './errors.ts';
import type { FreshBlocks } from './FreshBlocks.ts';
import type { Health } from './health.ts';
import { noteHanging, noteRefusals } from './noteRefusals.ts';
import { askParts, type Part, type Stretch } from './parts.ts';
import { type RaceResult, race } from './race.ts';
import { pinnedBlock } from './request.ts';
import { EndpointFault, type JsonRpcAnswer } from './transport.ts';

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
type Outcome = { result: RaceResult<Part[]>; seconds: SecondBest[] };

/** Reads over all endpoints, again and again, until there is an answer or the time is up. */
export class Reads {
  readonly #options: ReadsOptions;

  constructor(options: ReadsOptions) {
    this.#options = options;
  }

  /**
   * Reads a stretch. An answer is final when it is a result of the right shape, a revert, or any other answer
   * on which two endpoints agree. A doubtful answer counts when every endpoint that can be asked has been.
   * @param only the one endpoint to ask, once
   * @returns the answers to the first part of the stretch, or to all
   * @throws the error to report when no endpoint answers
   */
  async read(stretch: Stretch, only?: Endpoint): Promise<Part[]> {
    const { callMs, stop } = this.#options;
    const startedAt = performance.now();
    const deadline = startedAt + callMs;
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
      const { result, seconds } = await this.#askAll(stretch, only, startedAt);
      if ('reply' in result) {
        this.#note(stretch, result, seconds);
        return result.reply;
      }
      if (stop.aborted) throw new ProviderStopped();
      const best = bestPart(seconds);
      const until = best
        ? this.#answerWaitsUntil(stretch, best, startedAt)
        : this.#failureWaitsUntil(result.failures, startedAt);
      const pauseMs = best ? retryMs : pauseAfter(result.failures, retryMs);
      const isOver = only !== undefined || performance.now() + pauseMs >= Math.min(until, deadline);
      if (isOver && best) {
        this.#disprove(stretch, best, only);
        return [best];
      }
      if (isOver) throw failureOf(result.failures);
      await systemClock.sleep(pauseMs, stop);
    }
  }

  async #askAll(stretch: Stretch, only: Endpoint | undefined, startedAt: number): Promise<Outcome> {
    const { access, health, callMs, stop } = this.#options;
    const deadline = startedAt + callMs;
    const isEnough = () => performance.now() > startedAt + callMs / 2;
    const seconds: SecondBest[] = [];
    const result = await race(
      only ? [only] : this.#ranked(stretch),
      async (endpoint, signal) => {
        const asking = {
          ask: (payloads: JsonRpcPayload[], isDivisible: boolean) =>
            access.ask(endpoint, payloads, { deadline, signal, isDivisible }),
          assertReaches: (payloads: JsonRpcPayload[]) =>
            access.assertReaches(endpoint, pinnedBlock(payloads)),
          isEnough,
        };
        try {
          return await askParts(endpoint, stretch, asking);
        } catch (error) {
          if (error instanceof SecondBest) seconds.push(error);
          const agreed = agreedPart(seconds);
          if (agreed === undefined) throw error;
          this.#learn(seconds);
          return [agreed];
        }
      },
      { stopped: stop, deadline, isInUse: endpoint => health.isInUse(endpoint), isFallback: isAnswer },
    );
    return { result, seconds };
  }

  /** Returns the endpoints in order; endpoints that are known not to answer the request come last. */
  #ranked(stretch: Stretch): Endpoint[] {
    const ranked = this.#options.health.ranked();
    if (ranked.every(({ refusals }) => refusals.isEmpty)) return ranked;
    const now = performance.now();
    const methods = stretch.request(stretch.from, 1).map(({ method }) => method);
    const isAvoided = ({ refusals }: Endpoint) => methods.some(method => refusals.isAvoided(method, now));
    return [...ranked.filter(each => !isAvoided(each)), ...ranked.filter(isAvoided)];
  }

  /**
   * Records which endpoint answered, and which endpoints' answers were thereby shown to be wrong or missing.
   */
  #note(
    stretch: Stretch,
    { endpoint, reply, failures, overdue }: Extract<RaceResult<Part[]>, { reply: Part[] }>,
    seconds: readonly SecondBest[],
  ): void {
    const { health } = this.#options;
    const { endpoints } = health;
    endpoint.counters.served += reply.length;
    for (const { endpoint: other, part } of contradicted(seconds, reply[0] as Part))
      other.wasContradicted(endpoint, part.answers[0] as JsonRpcAnswer);
    if (failures.length > 0) noteRefusals(endpoints, stretch, failures);
    // Only endpoints that are otherwise in order are recorded: an endpoint that answers nothing shows nothing
    // about a method.
    noteHanging(
      overdue.filter(other => health.stateOf(other) === 'ok'),
      stretch,
    );
    if (!endpoint.refusals.isEmpty)
      for (const { method } of stretch.request(stretch.from, 1)) endpoint.refusals.answered(method);
  }

  /** Returns until when a missing block may still come: a new block reaches some nodes later than others. */
  #answerWaitsUntil(stretch: Stretch, best: Part, startedAt: number): number {
    const { fresh, health } = this.#options;
    const payloads = stretch.request(best.from, best.count);
    return fresh.worthAskingUntil(payloads, best.answers, health.bestHead, startedAt);
  }

  /** Disproves a head whose hash no endpoint knows: the endpoint that reported it reported a false one. */
  #disprove(stretch: Stretch, best: Part, only: Endpoint | undefined): void {
    const { fresh, health } = this.#options;
    if (only) return;
    for (const endpoint of fresh.tellersOfMissing(stretch.request(best.from, best.count), best.answers))
      health.disproveHeader(endpoint, 'tells a head with a hash that no endpoint knows');
  }

  /** Returns until when a retry is worthwhile after no endpoint has answered, by `performance.now()`. */
  #failureWaitsUntil(failures: readonly unknown[], startedAt: number): number {
    const { fresh, health, blockTimeMs } = this.#options;
    const beyond = failures.find(failure => failure instanceof BeyondHead);
    // No endpoint has the block, and the endpoints that did not report that have not answered.
    if (beyond && failures.every(failure => failure instanceof BeyondHead || isOut(failure)))
      return fresh.comesUntil(beyond.block - health.bestHead, blockTimeMs, startedAt);
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
  #learn(seconds: readonly SecondBest[]): void {
    if (seconds.every(({ judgements }) => judgements.some(({ kind }) => kind === 'no-base-fee')))
      this.#options.chain.hasNoBaseFee();
  }
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
