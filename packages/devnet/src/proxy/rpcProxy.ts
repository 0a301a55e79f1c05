import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpAnswer } from '../http/loopbackServer.ts';
import { type ActingFault, type Exchange, type Fault, ok, onlyFor, type ProxyReaction } from './fault.ts';
import { openPort } from './reopenablePort.ts';
import { readBody, respond } from './respond.ts';
import { type ParsedRpc, parseRpc, type RpcOutcome, type RpcRequest } from './rpcMessage.ts';
import { type Traffic, TrafficRecord } from './traffic.ts';
import { answerCalls, ask, forward } from './upstream.ts';
import { startWsEnd, type WsEnd } from './wsEnd.ts';

/**
 * The proxy's reaction to a request: forward it (`pass`), answer HTTP 503 (`fail`) or any other HTTP answer,
 * never answer (`hang`), or break the connection (`refuse`). Only `pass` reaches the chain.
 */
export type ProxyBehaviour = 'pass' | 'fail' | 'hang' | 'refuse' | HttpAnswer;

/** Answers a call in the chain's place; `undefined` lets it through. */
export type Intercept = (request: RpcRequest) => RpcOutcome | undefined | Promise<RpcOutcome | undefined>;

/** A JSON-RPC endpoint in front of another, which counts requests and injects faults. */
export interface RpcProxy extends Traffic {
  readonly port: number;
  readonly rpcUrl: string;
  /** The URL of the websocket end, which has a separate port and separate faults. */
  readonly wsUrl: string;
  readonly ws: WsEnd;
  /** Returns the JSON-RPC calls so far of one method, or of all. */
  callCount(method?: string): number;
  resetCounts(): void;
  /**
   * Puts a fault of `faults` in force in place of the one before, and resolves when it is: the port is
   * closed, or open again. With `only`, requests without a call of these methods do not meet it. Rejects when
   * the fault has to read the chain first (`frozen`) and cannot; then none is in force.
   */
  setFault(fault: Fault, options?: { readonly only?: readonly string[] }): Promise<void>;
  clearFault(): Promise<void>;
  /** Any value but `pass` takes precedence over the fault. */
  behave(behaviour: ProxyBehaviour): void;
  /** Waits this long before it handles each request. 0 (the default) does not wait. */
  delayBy(milliseconds: number): void;
  /**
   * Forwards calls of these methods but loses the answers: the client's connection hangs, or breaks with
   * `how` = `refuse`. In a batch the whole batch's answer is lost. An empty list ends it.
   */
  dropReplies(methods: readonly string[], how?: 'hang' | 'refuse'): void;
  /** Installs the interceptor, or removes it. It answers the calls that faults let through. */
  intercept(interceptor: Intercept | undefined): void;
  /** Also ends connections that hang. May be called again. */
  close(): Promise<void>;
}

export interface ProxyUpstream {
  readonly rpcUrl: string;
  /** Default `rpcUrl` with `ws` for `http`. */
  readonly wsUrl?: string;
  /** Called when a request is sent to the chain; the returned function is called when the chain has answered. */
  readonly onForward?: () => () => void;
}

/** The number of requests that the log keeps. */
const logLength = 1_000;

/**
 * Starts a proxy in front of `upstream` (an `Anvil` will do), on the loopback interface.
 * When upstream cannot be reached the client gets HTTP 502.
 */
export async function startProxy(upstream: ProxyUpstream, port = 0): Promise<RpcProxy> {
  let behaviour: ProxyBehaviour = 'pass';
  let delayMs = 0;
  let dropped: ReadonlySet<string> = new Set();
  let dropHow: 'hang' | 'refuse' = 'hang';
  let interceptor: Intercept | undefined;
  const traffic = new TrafficRecord(logLength);
  const askUpstream = (method: string, params: readonly unknown[]): Promise<RpcOutcome> =>
    ask(upstream.rpcUrl, method, params);

  const passOn = (message: ParsedRpc): Promise<HttpAnswer> =>
    answerCalls(
      message,
      call => interceptor?.(call),
      async rest => {
        const onAnswer = upstream.onForward?.();
        const answer = await forward(
          upstream.rpcUrl,
          JSON.stringify(rest.batch ? rest.calls : rest.calls[0]),
        );
        onAnswer?.();
        return answer;
      },
    );

  const react = async (exchange: Exchange): Promise<ProxyReaction> => {
    if (delayMs > 0) await delay(delayMs);
    if (behaviour !== 'pass') {
      exchange.mark(typeof behaviour === 'string' ? behaviour : `http-${behaviour.status}`);
      return behaviour === 'fail' ? { status: 503, body: 'service unavailable' } : behaviour;
    }
    const reaction = await acting.act(exchange);
    if (!exchange.calls.some(call => dropped.has(call.method))) return reaction;
    exchange.mark(`lost reply (${dropHow})`);
    return dropHow;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const message = parseRpc(body);
    const record = traffic.begin(message?.calls ?? []);
    const gone = new AbortController();
    response.once('close', () => {
      record.end('client gone');
      gone.abort();
    });
    // A request that is not JSON-RPC goes to the chain, which refuses it.
    const pass = () => (message === undefined ? forward(upstream.rpcUrl, body) : passOn(message));
    const exchange: Exchange = {
      body,
      batch: message?.batch ?? false,
      calls: message?.calls ?? [],
      signal: gone.signal,
      pass,
      answerCalls: answer => (message === undefined ? pass() : answerCalls(message, answer, passOn)),
      ask: askUpstream,
      mark: what => record.mark(what),
    };
    const reaction = await react(exchange).catch((error: Error) => ({ status: 502, body: error.message }));
    await respond(request, response, reaction, record);
  };
  // A connection that ends while its request is read is not an error.
  const makeServer = () =>
    createServer((request, response) => void handle(request, response).catch(() => request.socket.destroy()));

  const listening = await openPort(makeServer, port);
  const ws = await startWsEnd(upstream.wsUrl ?? upstream.rpcUrl.replace(/^http/, 'ws'));
  const controls = { setListening: listening.setListening, ask: askUpstream };

  let acting: ActingFault = await ok.begin(controls);
  let lastChange: Promise<void> = Promise.resolve();
  const setFault: RpcProxy['setFault'] = (fault, { only } = {}) => {
    lastChange = lastChange
      .catch(() => undefined)
      .then(async () => {
        await acting.stop?.();
        // Until the next fault is in force, requests meet the one before, without a moment of correct
        // behaviour.
        try {
          acting = await (only === undefined ? fault : onlyFor(only, fault)).begin(controls);
        } catch (error) {
          acting = await ok.begin(controls);
          throw error;
        }
      });
    return lastChange;
  };

  return {
    port: listening.port,
    rpcUrl: `http://127.0.0.1:${listening.port}`,
    wsUrl: ws.url,
    ws,
    calls: traffic.calls,
    get httpRequests() {
      return traffic.httpRequests;
    },
    get inFlight() {
      return traffic.inFlight;
    },
    get maxInFlight() {
      return traffic.maxInFlight;
    },
    get hanging() {
      return traffic.hanging;
    },
    get maxHanging() {
      return traffic.maxHanging;
    },
    get log() {
      return traffic.log;
    },
    callCount(method) {
      if (method !== undefined) return traffic.calls.get(method) ?? 0;
      return [...traffic.calls.values()].reduce((sum, count) => sum + count, 0);
    },
    resetCounts: () => traffic.reset(),
    setFault,
    clearFault: () => setFault(ok),
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
    async close() {
      // The end of a fault must not open the port again, so the port is closed for good first.
      await Promise.all([listening.close(), ws.close()]);
      await lastChange.catch(() => undefined);
      await acting.stop?.();
    },
  };
}
