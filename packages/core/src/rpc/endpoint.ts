import type { JsonRpcError, JsonRpcPayload, JsonRpcResult } from 'ethers';
import { BotError } from '../errors/index.ts';

/** Where to reach a node: what may be shown of it, and the URL that may not (its path and query often hold a key). */
export interface EndpointAddress {
  /** Host, with the port when there is one. */
  label: string;
  url: { reveal(): string };
}

export type JsonRpcAnswer = JsonRpcResult | JsonRpcError;

/** The endpoint gave no usable answer: refused, hung, failed, or spoke something else than JSON-RPC. */
export class EndpointFault extends BotError {
  readonly endpoint: string;

  constructor(endpoint: string, what: string, cause?: unknown) {
    super(`${endpoint} ${what}`, { cause });
    this.endpoint = endpoint;
  }
}

/** What an endpoint did since the process began. */
export interface EndpointCounters {
  requests: number;
  faults: number;
  /** Duration of the last answered request. */
  lastLatencyMs: number | undefined;
}

/** One JSON-RPC endpoint over HTTP. Texts name it by its label only. */
export class Endpoint {
  readonly label: string;
  readonly counters: EndpointCounters = { requests: 0, faults: 0, lastLatencyMs: undefined };
  readonly #url: { reveal(): string };

  constructor(address: EndpointAddress) {
    this.label = address.label;
    this.#url = address.url;
  }

  /**
   * One HTTP request. Resolves with an answer for each payload, in their order.
   * @throws EndpointFault when there is no usable answer within `timeoutMs`, or `signal` aborted
   */
  async post(payloads: JsonRpcPayload[], timeoutMs: number, signal: AbortSignal): Promise<JsonRpcAnswer[]> {
    const startedAt = performance.now();
    this.counters.requests += 1;
    // Not AbortSignal.any: on Node 20 it keeps an entry in the long-lived signal for every request ever made.
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    const timer = setTimeout(stop, timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const answers = await this.#exchange(payloads, attempt.signal);
      this.counters.lastLatencyMs = performance.now() - startedAt;
      return answers;
    } catch (error) {
      this.counters.faults += 1;
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  async #exchange(payloads: JsonRpcPayload[], signal: AbortSignal): Promise<JsonRpcAnswer[]> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#url.reveal(), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payloads.length === 1 ? payloads[0] : payloads),
        signal,
        redirect: 'error',
      });
      text = await response.text();
    } catch (cause) {
      // fetch puts the reason (ECONNREFUSED, a reset) in the cause; its texts may hold the URL, but for these.
      const { code, message } = (cause as { cause?: { code?: string; message?: string } }).cause ?? {};
      const reason = code ?? /^(?:bad port|unexpected redirect)$/.exec(message ?? '')?.[0];
      throw new EndpointFault(
        this.label,
        signal.aborted ? 'did not answer in time' : `is not reachable${reason ? ` (${reason})` : ''}`,
      );
    }
    const answers = parseAnswers(text, payloads);
    // A node may send a proper JSON-RPC error (a revert, say) with a status of 4xx or 5xx: the body decides.
    if (answers) return answers;
    throw new EndpointFault(
      this.label,
      response.ok ? 'sent something that is not JSON-RPC' : `answered HTTP ${response.status}`,
    );
  }
}

function parseAnswers(text: string, payloads: JsonRpcPayload[]): JsonRpcAnswer[] | undefined {
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
  const answers = payloads.map(payload => byId.get(payload.id));
  return answers.every(answer => answer !== undefined) ? (answers as JsonRpcAnswer[]) : undefined;
}

/** Either a result or an error: some nodes send both, one of them null. */
function answerIn(item: unknown): JsonRpcAnswer | undefined {
  if (typeof item !== 'object' || item === null || !('id' in item)) return undefined;
  const { id } = item as { id: number };
  if ('error' in item && typeof item.error === 'object' && item.error !== null)
    return { id, error: item.error as JsonRpcError['error'] };
  return 'result' in item ? { id, result: item.result } : undefined;
}
