import { setMaxListeners } from 'node:events';
import { type JsonRpcPayload, keccak256 } from 'ethers';
import { type Clock, systemClock } from '../clock/index.ts';
import { broadcastOnce, mayHaveArrived, type Refusal } from './broadcastOnce.ts';
import type { Endpoint } from './Endpoint.ts';
import { EndpointFault, type JsonRpcAnswer } from './exchange.ts';

/** The meaning of a refusal; `unknown` for words that no row of the table has. */
export type RefusedFor = NonNullable<Refusal['meaning']> | 'unknown';

/** The result of a broadcast. */
export type BroadcastResult =
  | { kind: 'accepted' }
  | {
      kind: 'refused';
      meaning: RefusedFor;
      /** The nodes' own words; with their hosts where they differ. */
      said: string;
      /**
       * Whether every endpoint refused in known words. Otherwise an endpoint may have the transaction after
       * all.
       */
      isCertain: boolean;
    }
  /** No endpoint that could be asked replied about the transaction. */
  | { kind: 'unknown'; faults: readonly unknown[] };

export interface BroadcastOptions {
  /** Returns the endpoints to broadcast to, the best first. Called at each attempt. */
  endpoints(): readonly Endpoint[];
  /**
   * Sends one request to one endpoint, with a deadline of the clock's `monotonicMs`.
   * @throws when there is no answer
   */
  ask(endpoint: Endpoint, payload: JsonRpcPayload, deadline: number): Promise<JsonRpcAnswer>;
  /**
   * Returns how long an endpoint without an answer is still waited for, in ms: 0 for an endpoint that has
   * been silent for long.
   */
  secondOpinionLeftMs(endpoint: Endpoint): number;
  /** Returns how long an endpoint has answered nothing or has been down, in ms. */
  outOfReachMs(endpoint: Endpoint): number;
  /** How long the whole broadcast may take, in ms. */
  callMs: number;
  /**
   * The time after which a refusal that is not unanimous stands, in ms. It may stand later by up to half of
   * this time, counted from the first reply to an attempt that begins within it.
   */
  settleMs: number;
  stop: AbortSignal;
  /** The clock of the pauses and limits. @default systemClock */
  clock?: Clock;
}

const firstRetryMs = 100;
const longestRetryMs = 500;

/** The meanings in order of weight: the first one that an endpoint gave decides. */
const byWeight: readonly RefusedFor[] = [
  'nonce-used',
  'replacement-refused',
  'underpriced',
  'nonce-gap',
  'insufficient-funds',
  'gas-limit',
  'fee-cap',
  'invalid',
  'busy',
  'unknown',
];

/**
 * Broadcasts signed bytes to every endpoint until one has accepted them.
 *
 * A refusal stands when no endpoint knows the hash, at least one endpoint was asked for it and answered, and
 * - either all endpoints refuse in known words,
 * - or the refusal was repeated until `settleMs` were over, while other endpoints gave no answer.
 *
 * When every endpoint only limits our requests, that is a refusal after twice that time: none of them has the
 * transaction, and the next attempt may take another nonce or price.
 *
 * Believing a wrong refusal costs little: the next transaction takes the same nonce, so that only one of the
 * two can be mined. The caller has to look for the first one as well (`isCertain` is false then).
 */
export async function broadcastRaw(raw: string, options: BroadcastOptions): Promise<BroadcastResult> {
  const { endpoints, ask, callMs, settleMs, stop, clock = systemClock } = options;
  const hash = keccak256(raw);
  const payload = { jsonrpc: '2.0' as const, id: 1, method: 'eth_sendRawTransaction', params: [raw] };
  const startedAt = clock.monotonicMs();
  const deadline = startedAt + callMs;
  const settleAt = startedAt + settleMs;
  let mayBeSomewhere = false;
  // A reply may come after the next attempt has begun: it counts all the same.
  const acceptance = new AbortController();
  const accepted = new Promise<'accepted'>(resolve => {
    acceptance.signal.addEventListener('abort', () => resolve('accepted'), { once: true });
  });
  // A claim is checked with the hash, while the other endpoints are waited for.
  const checkClaim = async (endpoint: Endpoint) => {
    if (await isHashKnown(hash, { ...options, endpoints: () => [endpoint] })) acceptance.abort();
  };
  const orAccepted = <T>(work: Promise<T>) => Promise.race([work, accepted]);
  for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
    const asked = endpoints();
    const attempt = await orAccepted(
      broadcastOnce(asked, {
        hash,
        payload,
        ...options,
        ask: (endpoint, each) => ask(endpoint, each, deadline),
        // Later on many attempts are worth more. A reply after its attempt still counts when the endpoint has
        // accepted the bytes.
        stragglerMs: Math.min(settleMs / 2, Math.max(settleAt - clock.monotonicMs(), 0)),
        mostMs: settleMs,
        clock,
        onAccepted: () => acceptance.abort(),
        onClaim: endpoint => void checkClaim(endpoint),
      }),
    );
    if (attempt === 'accepted' || attempt.accepted) return { kind: 'accepted' };
    const { refusals, unanswered } = attempt;
    mayBeSomewhere ||= unanswered.some(mayHaveArrived);
    const isKnown = await orAccepted(isHashKnown(hash, options));
    if (isKnown) return { kind: 'accepted' };
    const nextAtMs = clock.monotonicMs() + retryMs;
    const isOver = stop.aborted || nextAtMs >= deadline;
    const isLimited = refusals.every(({ isLimit }) => isLimit);
    // An endpoint that limits our requests answers no look-up either.
    const isNowhere = isKnown === false || (isLimited && !mayBeSomewhere);
    if (refusals.length > 0 && isNowhere) {
      const isDefinitive = refusals.every(isDefinite);
      const isCertain = !mayBeSomewhere && isDefinitive;
      // An endpoint that has been out of reach for this long already is not waited for again.
      const isGone = (fault: unknown) => gone(asked, fault, options);
      const standsAt = isLimited ? settleAt + settleMs : settleAt;
      if (isOver || nextAtMs >= standsAt || (isDefinitive && unanswered.every(isGone)))
        return { kind: 'refused', ...summary(refusals), isCertain };
    }
    if (isOver) return { kind: 'unknown', faults: unanswered };
    if ((await orAccepted(clock.sleep(retryMs, stop))) === 'accepted') return { kind: 'accepted' };
  }
}

function gone(
  endpoints: readonly Endpoint[],
  fault: unknown,
  { outOfReachMs, settleMs }: BroadcastOptions,
): boolean {
  const endpoint = endpoints.find(({ label }) => fault instanceof EndpointFault && label === fault.endpoint);
  return endpoint !== undefined && outOfReachMs(endpoint) >= settleMs;
}

/**
 * Returns whether a refusal is definite. A busy pool may have room a moment later, and unknown words may have
 * any meaning.
 */
function isDefinite({ meaning }: Refusal): boolean {
  return meaning !== undefined && meaning !== 'busy';
}

function summary(refusals: readonly Refusal[]): { meaning: RefusedFor; said: string } {
  const meanings = refusals.map(({ meaning }): RefusedFor => meaning ?? 'unknown');
  const meaning = byWeight.find(each => meanings.includes(each)) ?? 'unknown';
  const words = new Set(refusals.map(({ said }) => said));
  const [only = ''] = words;
  const said =
    words.size === 1 ? only : refusals.map(({ endpoint, said: each }) => `${endpoint}: ${each}`).join('; ');
  return { meaning, said };
}

/**
 * Asks every endpoint at once whether it has the transaction.
 * @returns true when one has it, false when at least one answered and none has it, undefined when none
 * answered in time
 */
async function isHashKnown(
  hash: string,
  { endpoints, ask, secondOpinionLeftMs, callMs, settleMs, stop, clock = systemClock }: BroadcastOptions,
): Promise<boolean | undefined> {
  const payload = { jsonrpc: '2.0' as const, id: 1, method: 'eth_getTransactionByHash', params: [hash] };
  const startedAt = clock.monotonicMs();
  const asked = endpoints();
  const missing = new Set(asked);
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const onStop = () => over.abort();
  stop.addEventListener('abort', onStop, { once: true });
  let answers = 0;
  const verdict = new Promise<boolean | undefined>(resolve => {
    const end = () => resolve(answers > 0 ? false : undefined);
    const endAfter = (ms: number) => void clock.sleep(ms, over.signal).then(end);
    const answered = (endpoint: Endpoint, answer: JsonRpcAnswer | undefined) => {
      missing.delete(endpoint);
      if (answer && 'result' in answer) {
        answers += 1;
        const found = answer.result as { hash?: unknown } | null;
        if (String(found?.hash).toLowerCase() === hash) return resolve(true);
      }
      if (missing.size === 0) return end();
      if (answers === 0) return;
      const leftMs = startedAt + settleMs / 2 - clock.monotonicMs();
      endAfter(Math.min(leftMs, Math.max(...[...missing].map(secondOpinionLeftMs))));
    };
    // A slow endpoint is left its usual time; only this look-up does not wait for it.
    const follow = async (endpoint: Endpoint) => {
      let isSilent = true;
      const askOnce = () =>
        ask(endpoint, payload, startedAt + callMs).then(
          answer => {
            isSilent = false;
            answered(endpoint, answer);
          },
          () => answered(endpoint, undefined),
        );
      // A request that hangs or fails is no sign that the next one will.
      for (; isSilent && !over.signal.aborted; await clock.sleep(settleMs / 8, over.signal)) void askOnce();
    };
    for (const endpoint of asked) void follow(endpoint);
    // Slow endpoints have their usual time.
    const usualMs = Math.max(settleMs / 2, ...asked.map(secondOpinionLeftMs));
    endAfter(Math.min(usualMs, settleMs));
  });
  try {
    return await verdict;
  } finally {
    over.abort();
    stop.removeEventListener('abort', onStop);
  }
}
