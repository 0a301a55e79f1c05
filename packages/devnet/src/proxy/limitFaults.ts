import type { HttpAnswer } from '../http/loopbackServer.ts';
import { headOf } from './blockView.ts';
import { type Exchange, type Fault, fault, type ProxyReaction } from './fault.ts';
import { type LogRange, type Provider, providerWordings } from './providerWordings.ts';
import type { RpcError, RpcOutcome, RpcRequest } from './rpcMessage.ts';

/**
 * `eth_getLogs` over more than `maxBlocks` blocks (both ends counted) is refused in the provider's words; a
 * smaller one is answered.
 *
 * @throws Error when that provider has no such limit in `providerWordings`.
 */
export function logRangeLimit(provider: Provider, maxBlocks?: number): Fault {
  const wording = providerWordings[provider].logRange ?? missing(provider, 'log range');
  const max = maxBlocks ?? wording.maxBlocks;
  const name = `log-range-limit(${provider}, ${max})`;
  return fault(name, exchange =>
    answerLogs(exchange, async call => {
      const range = await logRange(exchange, call, max);
      return range.to - range.from + 1 > max ? wording.refuse(range) : undefined;
    }),
  );
}

/**
 * `eth_getLogs` that finds more than `maxResults` logs is refused in the provider's words.
 *
 * @throws Error when that provider has no such limit in `providerWordings`.
 */
export function logResultLimit(provider: Provider, maxResults?: number): Fault {
  const wording = providerWordings[provider].logResults ?? missing(provider, 'log result');
  const max = maxResults ?? wording.maxResults;
  return fault(`log-result-limit(${provider}, ${max})`, exchange =>
    answerLogs(exchange, async call => {
      const found = await exchange.ask(call.method, call.params as readonly unknown[]);
      if ('error' in found || (found.result as readonly unknown[]).length <= max) return undefined;
      return wording.refuse(await logRange(exchange, call, max), max);
    }),
  );
}

/**
 * A batch of more than `maxCalls` calls is refused as a whole, in the provider's words.
 *
 * @throws Error when that provider has no such limit in `providerWordings`.
 */
export function batchLimit(provider: Provider, maxCalls?: number): Fault {
  const wording = providerWordings[provider].batch ?? missing(provider, 'batch');
  const max = maxCalls ?? wording.maxCalls;
  return fault(`batch-limit(${provider}, ${max})`, exchange =>
    exchange.batch && exchange.calls.length > max
      ? wording.refuse(exchange.calls.length, max)
      : exchange.pass(),
  );
}

/** An answer of more than `maxBytes` is not sent: 413 with a gateway's page, or in op-proxyd's words. */
export function responseLimit(maxBytes: number, how: 'http-413' | 'op-proxyd' = 'http-413'): Fault {
  const page: HttpAnswer = {
    status: 413,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>413 Request Entity Too Large</title></head></html>',
  };
  return fault(`response-limit(${maxBytes}, ${how})`, async exchange => {
    const answer = await exchange.pass();
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    if (Buffer.byteLength(text) <= maxBytes) return answer;
    if (how === 'http-413') return page;
    return exchange.answerCalls(() => ({ error: { code: -32020, message: 'backend response too large' } }));
  });
}

/** The limits of a request: each figure is the most that is answered. */
export interface RequestSize {
  /** Calls in a batch. */
  readonly calls?: number;
  /** Blocks in one `eth_getLogs`. */
  readonly blocks?: number;
  /** Bytes of the request's body. */
  readonly bytes?: number;
}

/**
 * The refusal of a large request without any known words: with an HTTP status, with a closed connection, with
 * an error for each call, or with one error object for all of it.
 */
export type Refusal = { status: number } | 'reset' | 'refuse' | { error: RpcError } | { whole: RpcError };

/** Refuses every request that is larger than `most`, and answers the others. */
export function refusesLarge(most: RequestSize, how: Refusal): Fault {
  const name = `refuses-large(${JSON.stringify(most)}, ${JSON.stringify(how)})`;
  return fault(name, async exchange => {
    const sizes = await Promise.all(exchange.calls.map(call => blocksIn(exchange, call)));
    const isLarge =
      (exchange.batch && exchange.calls.length > (most.calls ?? Number.POSITIVE_INFINITY)) ||
      Math.max(0, ...sizes) > (most.blocks ?? Number.POSITIVE_INFINITY) ||
      Buffer.byteLength(exchange.body) > (most.bytes ?? Number.POSITIVE_INFINITY);
    return isLarge ? refusal(exchange, how) : exchange.pass();
  });
}

function refusal(exchange: Exchange, how: Refusal): ProxyReaction | Promise<ProxyReaction> {
  if (typeof how === 'string') return how;
  if ('status' in how) return { status: how.status, body: '<html><body>no</body></html>' };
  if ('error' in how) return exchange.answerCalls(() => how);
  return { status: 200, body: { jsonrpc: '2.0', id: null, error: how.whole } };
}

async function blocksIn(exchange: Exchange, call: RpcRequest): Promise<number> {
  if (call.method !== 'eth_getLogs') return 0;
  const { from, to } = await logRange(exchange, call, 0);
  return to - from + 1;
}

/** A log range that ends beyond the newest block is refused, in the words of reth. */
export const noLogsBeyondHead: Fault = fault('no-logs-beyond-head', exchange =>
  answerLogs(exchange, async call => {
    const { to } = await logRange(exchange, call, 0);
    const message = 'block range extends beyond current head block';
    return to > (await headOf(exchange.ask)) ? { error: { code: -32602, message } } : undefined;
  }),
);

/** Answers `eth_getLogs`; the HTTP status of a refusal becomes that of the whole answer. */
async function answerLogs(
  exchange: Exchange,
  refuse: (
    call: RpcRequest,
  ) => Promise<{ readonly status?: number; readonly error: { code: number; message: string } } | undefined>,
): Promise<HttpAnswer> {
  let status: number | undefined;
  const answer = await exchange.answerCalls(async (call): Promise<RpcOutcome | undefined> => {
    if (call.method !== 'eth_getLogs') return undefined;
    const refused = await refuse(call);
    if (refused === undefined) return undefined;
    status ??= refused.status;
    return { error: refused.error };
  });
  return status === undefined ? answer : { ...answer, status };
}

async function logRange(exchange: Exchange, call: RpcRequest, maxBlocks: number): Promise<LogRange> {
  const filter = ((call.params as readonly unknown[] | undefined)?.[0] ?? {}) as Record<string, unknown>;
  if (filter.blockHash !== undefined) return { from: 0, to: 0, maxBlocks };
  const head = await headOf(exchange.ask);
  const number = (block: unknown): number => {
    if (block === 'earliest') return 0;
    return typeof block === 'string' && block.startsWith('0x') ? Number(block) : head;
  };
  return { from: number(filter.fromBlock), to: number(filter.toBlock), maxBlocks };
}

function missing(provider: Provider, limit: string): never {
  throw new Error(`no wording of a ${limit} limit is known for ${provider}`);
}
