import type { JsonRpcPayload } from 'ethers';
import { BotError } from '../errors/index.ts';
import { type HttpReply, httpRequest, ReplyTooLarge, retryAfterMs } from '../http/index.ts';
import { classifyError, type ErrorKind } from './classifyError.ts';
import { answersIn, type JsonRpcAnswer, wordsOf } from './reply.ts';

export type { JsonRpcAnswer } from './reply.ts';

/**
 * `hard`: down or not a node. `soft`: slow or failing, perhaps for a moment. `rate-limit`: it limits our
 * requests.
 */
export type FaultKind = 'hard' | 'soft' | 'rate-limit';

/** Thrown when an endpoint gave no usable answer. Its text names the endpoint by host only. */
export class EndpointFault extends BotError {
  readonly endpoint: string;
  readonly kind: FaultKind;
  /** The text without the endpoint's name. */
  readonly what: string;
  /** The pause that the endpoint asked for, in ms. */
  readonly pauseMs: number | undefined;
  /** The JSON-RPC errors that came with it, when the endpoint answered and its answer is not believed. */
  readonly said: readonly JsonRpcAnswer[] | undefined;
  /**
   * Whether a smaller request might have been answered: the endpoint received this one and refused it, or
   * closed the connection.
   */
  readonly mayBeSize: boolean;
  /** Whether the time ran out before the endpoint answered: a smaller request may take less time. */
  readonly isTimeout: boolean;
  /** How many answers in `said`, from the first on, are final all the same. */
  readonly answered: number;

  constructor(
    endpoint: string,
    kind: FaultKind,
    {
      what,
      pauseMs,
      said,
      mayBeSize = false,
      isTimeout = false,
      answered = 0,
    }: { what: string } & FaultDetails,
  ) {
    super(`${endpoint} ${what}`);
    this.endpoint = endpoint;
    this.kind = kind;
    this.what = what;
    this.pauseMs = pauseMs;
    this.said = said;
    this.mayBeSize = mayBeSize;
    this.isTimeout = isTimeout;
    this.answered = answered;
  }
}

type FaultDetails = Partial<Pick<EndpointFault, 'pauseMs' | 'said' | 'mayBeSize' | 'isTimeout' | 'answered'>>;

/** Several times the largest body that nodes send. */
const mostReplyBytes = 16 * 1024 * 1024;

/**
 * Sends one HTTP request, and returns an answer for each payload, in their order.
 * @param endpoint its name in texts, and its URL
 * @throws EndpointFault when there is no usable answer in time, or `signal` aborted
 */
export async function exchange(
  endpoint: { label: string; url: string },
  payloads: readonly JsonRpcPayload[],
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<JsonRpcAnswer[]> {
  const { label, url } = endpoint;
  // AbortSignal.any is not used: on Node 20 it keeps an entry in the long-lived signal for every request ever
  // made.
  const attempt = new AbortController();
  const stop = () => attempt.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const body = JSON.stringify(payloads.length === 1 ? payloads[0] : payloads);
    const reply = await httpRequest(url, {
      body,
      signal: attempt.signal,
      mostBytes: mostReplyBytes,
      mayRepeat: true,
    });
    return answersOf(label, reply, payloads);
  } catch (error) {
    if (error instanceof EndpointFault) throw error;
    if (error instanceof ReplyTooLarge) return refusedAsTooLarge(payloads, 'response too large to be read');
    if (attempt.signal.aborted)
      throw new EndpointFault(label, 'soft', { what: 'did not answer in time', isTimeout: true });
    const { code } = error as NodeJS.ErrnoException;
    const mayBeSize = code === undefined || closed.has(code) || code.startsWith('HPE_');
    throw new EndpointFault(label, 'hard', {
      what: `is not reachable${code ? ` (${code})` : ''}`,
      mayBeSize,
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Returns the error of an endpoint that refuses each call as too large: a smaller request may succeed. */
function refusedAsTooLarge(payloads: readonly JsonRpcPayload[], message: string): JsonRpcAnswer[] {
  return payloads.map(({ id }) => ({ id, error: { code: -32600, message } }));
}
/** The codes of a socket whose connection the endpoint has closed after accepting it. */
const closed: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECONNABORTED',
]);

/** The longest pause that an endpoint can ask for: a bot without the endpoint may be blind. */
const longestRetryAfterMs = 30_000;

const limitsOrLacks: ReadonlySet<ErrorKind> = new Set(['too-large', 'missing-block', 'pruned']);

function answersOf(
  label: string,
  { status, ok, headers, body }: HttpReply,
  payloads: readonly JsonRpcPayload[],
): JsonRpcAnswer[] {
  const reply = answersIn(body, payloads);
  if (ok && reply.answers) return reply.answers;
  if (ok && !reply.answers)
    throw new EndpointFault(label, reply.isNode ? 'soft' : 'hard', { what: reply.problem, mayBeSize: true });
  // With such a status the body is no result, in any form.
  const errors = (reply.answers ?? []).filter(answer => 'error' in answer);
  const said = errors.length === payloads.length ? errors : undefined;
  // A limit or a missing block ends no call, and the words are worth keeping.
  if (said?.every(({ error }) => limitsOrLacks.has(classifyError(error)))) return said;
  const words = errors[0] ? `: ${wordsOf(errors[0].error)}` : '';
  if (status === 429) {
    const serverTime = Date.parse(headers.date ?? '');
    const now = Number.isNaN(serverTime) ? Date.now() : serverTime;
    const pauseMs = retryAfterMs(headers['retry-after'], now, longestRetryAfterMs);
    throw new EndpointFault(label, 'rate-limit', {
      what: `limits our requests (HTTP 429)${words}`,
      pauseMs,
      said,
    });
  }
  if (status === 413 && !said) return refusedAsTooLarge(payloads, 'request entity too large');
  const kind = status >= 500 || said ? 'soft' : 'hard';
  throw new EndpointFault(label, kind, { what: `answered HTTP ${status}${words}`, said, mayBeSize: true });
}

/** Thrown when every answer of the node is an error in unknown words, or a result of the wrong shape. */
export class NodeError extends EndpointFault {
  constructor(endpoint: string, said: readonly JsonRpcAnswer[]) {
    const [first] = said;
    const words = first && 'error' in first ? wordsOf(first.error) : '';
    super(endpoint, 'soft', { what: `answered with an error: ${words}`, said, mayBeSize: true });
  }
}
