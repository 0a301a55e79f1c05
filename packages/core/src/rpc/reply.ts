import type { JsonRpcError, JsonRpcPayload, JsonRpcResult } from 'ethers';
import { plainLine } from '../errors/index.ts';

/** The answer to one call of a request. */
export type JsonRpcAnswer = JsonRpcResult | JsonRpcError;

/**
 * An answer for each call, in their order, or why there are none. `isNode`: the reply is JSON-RPC, though not
 * an answer.
 */
export type ReadReply = { answers: JsonRpcAnswer[] } | Unreadable;
type Unreadable = { answers?: undefined; problem: string; isNode: boolean };

const noJsonRpc: Unreadable = { problem: 'sent something that is not JSON-RPC', isNode: false };

/** Reads the body of a reply, in the forms that nodes and gateways really send. */
export function answersIn(body: string, payloads: readonly JsonRpcPayload[]): ReadReply {
  const parsed = parseJson(body);
  if (parsed === undefined) return noJsonRpc;
  const items = (Array.isArray(parsed) ? parsed : [parsed]).flatMap(item => outcomeIn(item) ?? []);
  if (items.length === 0) return noJsonRpc;
  const byId = new Map<string, ResultOrError>();
  for (const { id, outcome } of items) {
    if (id !== noId && byId.has(id)) return { problem: 'answered one call of a batch twice', isNode: true };
    byId.set(id, outcome);
  }
  // An endpoint that refuses a request as a whole answers with one error, which has no id.
  const whole = byId.get(noId);
  const answers: JsonRpcAnswer[] = [];
  for (const { id } of payloads) {
    const outcome = byId.get(String(id)) ?? whole;
    if (outcome) answers.push({ ...outcome, id });
  }
  if (answers.length === payloads.length) return { answers };
  const missing = payloads.length - answers.length;
  if (answers.length > 0)
    return { problem: `left ${missing} of ${payloads.length} calls of a batch unanswered`, isNode: true };
  const [first] = items;
  return first && 'error' in first.outcome
    ? { problem: `answered another call than ours: ${wordsOf(first.outcome.error)}`, isNode: true }
    : noJsonRpc;
}

/** Returns a JSON-RPC error for people: the node's words and its code. */
export function wordsOf({ code, message }: JsonRpcError['error']): string {
  const words = plainLine(String(message ?? ''), mostWords);
  return code === undefined ? words : `${words} (${code})`;
}

const mostWords = 500;
const noId = 'none';

function parseJson(body: string): unknown {
  try {
    // A byte-order mark is no JSON.
    return JSON.parse(body.charCodeAt(0) === 0xfeff ? body.slice(1) : body);
  } catch {
    return undefined;
  }
}

type ResultOrError = { result: unknown } | { error: JsonRpcError['error'] };

/**
 * Returns either a result or an error: some nodes send both, one of them null. Every non-empty error counts.
 */
function outcomeIn(item: unknown): { id: string; outcome: ResultOrError } | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { id = null, error, result } = item as { id?: unknown; error?: unknown; result?: unknown };
  if (error) return { id: keyOf(id), outcome: { error: errorOf(error) } };
  // A result without an id may be the answer to another request.
  return id !== null && 'result' in item ? { id: keyOf(id), outcome: { result } } : undefined;
}

/** Some nodes send the id as text. */
function keyOf(id: unknown): string {
  return id === null || id === '' ? noId : String(id);
}

/** Some gateways send a text in place of the error's object, or its code as text. */
function errorOf(error: unknown): JsonRpcError['error'] {
  if (typeof error !== 'object' || error === null) return { code: 0, message: String(error) };
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown };
  const text = typeof message === 'string' ? message : JSON.stringify(message ?? error);
  const number = Number(code);
  return {
    code: Number.isFinite(number) ? number : 0,
    message: text,
    ...(data === undefined ? {} : { data }),
  } as JsonRpcError['error'];
}
