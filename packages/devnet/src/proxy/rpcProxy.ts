import { setTimeout as delay } from 'node:timers/promises';
import { type HttpAnswer, type Reaction, startLoopbackServer } from '../http/loopbackServer.ts';
import { parseRpc, type RpcOutcome, type RpcRequest, type RpcResponse } from './rpcMessage.ts';

/**
 * What the proxy does with a request: forward it (`pass`), answer HTTP 503 (`fail`) or any other HTTP answer,
 * never answer (`hang`), or break the connection (`refuse`). Only `pass` reaches the chain.
 */
export type ProxyBehaviour = 'pass' | 'fail' | 'hang' | 'refuse' | HttpAnswer;

/** Answers a call in the chain's place; `undefined` lets it through. */
export type Intercept = (request: RpcRequest) => RpcOutcome | undefined | Promise<RpcOutcome | undefined>;

/** A JSON-RPC endpoint in front of another, that counts and misbehaves as told. */
export interface RpcProxy {
  readonly port: number;
  readonly rpcUrl: string;
  /** HTTP requests so far; a batch is one. */
  readonly httpRequests: number;
  /** JSON-RPC calls so far, by method, whatever became of them; a batch counts each of its calls. */
  readonly calls: ReadonlyMap<string, number>;
  /** JSON-RPC calls so far of one method, or of all. */
  callCount(method?: string): number;
  resetCounts(): void;
  behave(behaviour: ProxyBehaviour): void;
  /** Waits this long before dealing with each request. 0 (the default) does not. */
  delayBy(milliseconds: number): void;
  /**
   * Carries out calls of these methods but loses the answers: the client's connection hangs, or breaks with
   * `how` = `refuse`. In a batch the whole batch's answer is lost. An empty list ends it.
   */
  dropReplies(methods: readonly string[], how?: 'hang' | 'refuse'): void;
  /** Installs the interceptor, or takes it out again. */
  intercept(interceptor: Intercept | undefined): void;
  /** Also ends connections that hang. */
  close(): Promise<void>;
}

/**
 * Starts a proxy in front of `upstream` (an `Anvil` will do), on the loopback interface.
 * When upstream cannot be reached the client gets HTTP 502.
 */
export async function startProxy(upstream: { readonly rpcUrl: string }, port = 0): Promise<RpcProxy> {
  let behaviour: ProxyBehaviour = 'pass';
  let delayMs = 0;
  let dropped: ReadonlySet<string> = new Set();
  let dropHow: 'hang' | 'refuse' = 'hang';
  let interceptor: Intercept | undefined;
  let httpRequests = 0;
  const calls = new Map<string, number>();

  const react = async (body: string): Promise<Reaction> => {
    httpRequests += 1;
    const message = parseRpc(body);
    for (const { method } of message?.calls ?? []) calls.set(method, (calls.get(method) ?? 0) + 1);
    if (delayMs > 0) await delay(delayMs);
    if (behaviour === 'fail') return { status: 503, body: 'service unavailable' };
    if (behaviour !== 'pass') return behaviour;
    // What is not JSON-RPC is the chain's to refuse.
    if (message === undefined) return forward(upstream.rpcUrl, body);

    const answer = await answerCalls(upstream.rpcUrl, message, interceptor);
    return message.calls.some(call => dropped.has(call.method)) ? dropHow : answer;
  };
  const server = await startLoopbackServer(request => react(request.body), port);

  return {
    port: server.port,
    rpcUrl: server.url,
    get httpRequests() {
      return httpRequests;
    },
    calls,
    callCount(method) {
      if (method !== undefined) return calls.get(method) ?? 0;
      return [...calls.values()].reduce((sum, count) => sum + count, 0);
    },
    resetCounts() {
      httpRequests = 0;
      calls.clear();
    },
    behave(next) {
      behaviour = next;
    },
    delayBy(milliseconds) {
      delayMs = milliseconds;
    },
    dropReplies(methods, how = 'hang') {
      dropped = new Set(methods);
      dropHow = how;
    },
    intercept(next) {
      interceptor = next;
    },
    close: () => server.close(),
  };
}

/** Intercepted calls are answered here, the others forwarded together, and the answers merged in order. */
async function answerCalls(
  url: string,
  { batch, calls }: { readonly batch: boolean; readonly calls: readonly RpcRequest[] },
  interceptor: Intercept | undefined,
): Promise<HttpAnswer> {
  const outcomes = await Promise.all(calls.map(call => interceptor?.(call)));
  const passed = calls.filter((_, index) => outcomes[index] === undefined);
  if (passed.length === calls.length) return forward(url, JSON.stringify(batch ? calls : calls[0]));

  let answers: RpcResponse[] = [];
  if (passed.length > 0) {
    const forwarded = await forward(url, JSON.stringify(passed));
    if (forwarded.status !== 200) return forwarded;
    answers = JSON.parse(forwarded.body as string) as RpcResponse[];
  }
  const merged = calls.map((call, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) return answers.find(answer => answer.id === call.id);
    return { jsonrpc: '2.0', id: call.id ?? null, ...outcome };
  });
  return { status: 200, body: batch ? merged : merged[0] };
}

async function forward(url: string, body: string): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const contentType = response.headers.get('content-type') ?? 'application/json';
    return { status: response.status, headers: { 'content-type': contentType }, body: await response.text() };
  } catch (error) {
    const reason =
      error instanceof Error ? ((error.cause as Error | undefined) ?? error).message : String(error);
    return { status: 502, body: `the chain cannot be reached: ${reason}` };
  }
}
