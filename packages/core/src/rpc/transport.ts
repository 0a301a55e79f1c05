import type { JsonRpcError, JsonRpcPayload, JsonRpcResult } from 'ethers';
import { BotError } from '../errors/index.ts';
import { retryAfterMs } from './classify.ts';
import { type HttpReply, httpPost } from './httpPost.ts';

export type JsonRpcAnswer = JsonRpcResult | JsonRpcError;

/** `hard`: down or not a node. `soft`: slow or failing, perhaps for a moment. `rate-limit`: it wants to be left alone. */
export type FaultKind = 'hard' | 'soft' | 'rate-limit';

/** An endpoint gave no usable answer. Its text names the endpoint by host only. */
export class EndpointFault extends BotError {
  readonly endpoint: string;
  readonly kind: FaultKind;
  /** The text without the endpoint's name. */
  readonly what: string;
  /** How long the endpoint asked to be left alone. */
  readonly pauseMs: number | undefined;

  constructor(endpoint: string, kind: FaultKind, what: string, pauseMs?: number) {
    super(`${endpoint} ${what}`);
    this.endpoint = endpoint;
    this.kind = kind;
    this.what = what;
    this.pauseMs = pauseMs;
  }
}

/**
 * One HTTP request: an answer for each payload, in their order.
 * @param label what texts may call the endpoint
 * @throws EndpointFault when there is no usable answer in time, or `signal` aborted
 */
export async function exchange(
  label: string,
  url: string,
  payloads: readonly JsonRpcPayload[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<JsonRpcAnswer[]> {
  // Not AbortSignal.any: on Node 20 it keeps an entry in the long-lived signal for every request ever made.
  const attempt = new AbortController();
  const stop = () => attempt.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const body = JSON.stringify(payloads.length === 1 ? payloads[0] : payloads);
    return answersOf(label, await httpPost(url, body, attempt.signal), payloads);
  } catch (error) {
    if (error instanceof EndpointFault) throw error;
    if (attempt.signal.aborted) throw new EndpointFault(label, 'soft', 'did not answer in time');
    const { code } = error as NodeJS.ErrnoException;
    throw new EndpointFault(label, 'hard', `is not reachable${code ? ` (${code})` : ''}`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function answersOf(
  label: string,
  { status, retryAfter, body }: HttpReply,
  payloads: readonly JsonRpcPayload[],
): JsonRpcAnswer[] {
  if (status === 429) {
    const pauseMs = retryAfterMs(retryAfter, Date.now());
    throw new EndpointFault(label, 'rate-limit', 'limits our requests (HTTP 429)', pauseMs);
  }
  // A node may send a proper JSON-RPC error (a revert, say) with a status of 4xx or 5xx: the body decides.
  const answers = parseAnswers(body, payloads);
  if (answers) return answers;
  if (status === 413)
    return payloads.map(({ id }) => ({ id, error: { code: -32600, message: 'request entity too large' } }));
  if (status >= 200 && status < 300)
    throw new EndpointFault(label, 'hard', 'sent something that is not JSON-RPC');
  throw new EndpointFault(label, status >= 500 ? 'soft' : 'hard', `answered HTTP ${status}`);
}

function parseAnswers(text: string, payloads: readonly JsonRpcPayload[]): JsonRpcAnswer[] | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const byId = new Map<unknown, JsonRpcAnswer>();
  for (const item of Array.isArray(body) ? body : [body]) {
    const answer = answerIn(item);
    if (answer) byId.set(answer.id, answer);
  }
  const answers: JsonRpcAnswer[] = [];
  for (const { id } of payloads) {
    // An endpoint that refuses a whole batch answers with one error that has no id.
    const answer = byId.get(id) ?? (payloads.length > 1 ? byId.get(null) : undefined);
    if (!answer) return undefined;
    answers.push({ ...answer, id });
  }
  return answers;
}

/** Either a result or an error: some nodes send both, one of them null. */
function answerIn(item: unknown): JsonRpcAnswer | undefined {
  if (typeof item !== 'object' || item === null || !('id' in item)) return undefined;
  const { id } = item as { id: number };
  if ('error' in item && typeof item.error === 'object' && item.error !== null) {
    return { id, error: item.error as JsonRpcError['error'] };
  }
  return 'result' in item ? { id, result: item.result } : undefined;
}
