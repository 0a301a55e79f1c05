import type { HttpAnswer, Reaction } from '../http/loopbackServer.ts';
import type { RpcOutcome, RpcRequest } from './rpcMessage.ts';

/** An answer whose connection ends after `sendBytes` of the body, though `content-length` promises all of it. */
export interface CutAnswer extends HttpAnswer {
  readonly body: string;
  readonly sendBytes: number;
}

/**
 * The reaction that a client sees: an answer (a `Buffer` as its body is sent as it is), a cut one, nothing
 * (`hang`), a closed connection (`refuse`) or a TCP reset (`reset`).
 */
export type ProxyReaction = Reaction | CutAnswer | 'reset';

/** An HTTP request, as a fault sees it. */
export interface Exchange {
  /** The raw body. */
  readonly body: string;
  /** Whether the body is an array. */
  readonly batch: boolean;
  /** The JSON-RPC calls; empty when the body is not JSON-RPC. */
  readonly calls: readonly RpcRequest[];
  /** Aborted when the client is gone or the proxy closes. */
  readonly signal: AbortSignal;
  /** The chain's own answer to all of it. */
  pass(): Promise<HttpAnswer>;
  /** Answers the calls for which `answer` has an outcome; the others are forwarded, together. */
  answerCalls(
    answer: (call: RpcRequest) => RpcOutcome | undefined | Promise<RpcOutcome | undefined>,
  ): Promise<HttpAnswer>;
  /** Asks the chain itself, past every fault. Rejects when it cannot be reached. */
  ask(method: string, params: readonly unknown[]): Promise<RpcOutcome>;
  /** Notes the fault's action in the log. */
  mark(what: string): void;
}

/** The actions of a fault on its proxy while it is in force. */
export interface ProxyControls {
  /** Closes the listening socket and every connection, or listens on the same port again. */
  setListening(open: boolean): Promise<void>;
  ask(method: string, params: readonly unknown[]): Promise<RpcOutcome>;
}

/** A fault in force on one proxy. */
export interface ActingFault {
  act(exchange: Exchange): ProxyReaction | Promise<ProxyReaction>;
  /** Undoes what `begin` did to the proxy. */
  stop?(): void | Promise<void>;
}

/**
 * A kind of misbehaviour. It is a description: `begin` starts it afresh, so that one fault may be set on many
 * proxies and, set again, repeats itself.
 */
export interface Fault {
  /** Its name in the log and in the benchmark's table, with its arguments: `slow(500)`. */
  readonly name: string;
  begin(controls: ProxyControls): ActingFault | Promise<ActingFault>;
}

/** Returns a fault without a state. */
export function fault(name: string, act: ActingFault['act']): Fault {
  return {
    name,
    begin: () => ({
      act(exchange) {
        exchange.mark(name);
        return act(exchange);
      },
    }),
  };
}

/** Correct behaviour. */
export const ok: Fault = fault('ok', exchange => exchange.pass());

/**
 * Returns controls that keep the port open: for a fault that is in force for some requests only, since a port
 * is closed for all.
 */
export function withoutPort(controls: ProxyControls): ProxyControls {
  return { ...controls, setListening: () => Promise.resolve() };
}

/**
 * Returns the fault, limited to these methods. In a batch, a fault of single calls does not affect the other
 * calls; a fault of the whole answer (`hang`, `http-500` …) affects them too.
 */
export function onlyFor(methods: readonly string[], inner: Fault): Fault {
  const wanted = new Set(methods);
  return {
    name: `${inner.name} only ${methods.join(', ')}`,
    async begin(controls) {
      const acting = await inner.begin(withoutPort(controls));
      return {
        act(exchange) {
          if (!exchange.calls.some(call => wanted.has(call.method))) return exchange.pass();
          return acting.act({
            ...exchange,
            answerCalls: answer =>
              exchange.answerCalls(call => (wanted.has(call.method) ? answer(call) : undefined)),
          });
        },
        stop: () => acting.stop?.(),
      };
    },
  };
}

/**
 * Several faults of single calls at once: a call is answered by the first of them that has an answer for it. A fault of the
 * whole answer (`hang`, `http-500` …) leaves nothing to those after it.
 */
export function allOf(...inner: readonly Fault[]): Fault {
  return {
    name: inner.map(({ name }) => name).join(' + '),
    async begin(controls) {
      const acting = await Promise.all(inner.map(each => each.begin(controls)));
      const react = (exchange: Exchange, i: number): ProxyReaction | Promise<ProxyReaction> => {
        const later = (next: Exchange) => react(next, i + 1) as Promise<HttpAnswer>;
        const each = acting[i];
        if (!each) return exchange.pass();
        return each.act({
          ...exchange,
          pass: () => later(exchange),
          answerCalls: first => {
            const answerCalls: Exchange['answerCalls'] = second =>
              exchange.answerCalls(async call => (await first(call)) ?? second(call));
            return later({ ...exchange, answerCalls, pass: () => answerCalls(() => undefined) });
          },
        });
      };
      return {
        act: exchange => react(exchange, 0),
        stop: async () => {
          await Promise.all(acting.map(each => each.stop?.()));
        },
      };
    },
  };
}
