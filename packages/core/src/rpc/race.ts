import { AnsweredElsewhere, type Endpoint } from './Endpoint.ts';
import { EndpointFault } from './exchange.ts';

/**
 * The result of asking several endpoints: the first good reply if there is one, and every failure before it.
 */
export type RaceResult<R> =
  | {
      endpoint: Endpoint;
      reply: R;
      failures: unknown[];
      /** Endpoints that were asked before the one that replied, and had exceeded their `patienceMs` when the reply arrived. */
      overdue: Endpoint[];
    }
  | { failures: unknown[] };

export interface RaceRules {
  /** Ends the race; the result then holds the failures so far. */
  stopped: AbortSignal;
  /** The end of the race by `performance.now()`, even while endpoints are still running. */
  deadline: number;
  /**
   * Returns whether an endpoint's answer counts: an endpoint that is down, or lags, cannot improve on an
   * earlier answer.
   */
  isInUse(endpoint: Endpoint): boolean;
  /** Returns whether a failure is an answer that counts when no other endpoint gives a better one. */
  isFallback(failure: unknown): boolean;
}

/**
 * Asks the endpoints in their order. The next is asked when one fails, or when it has not answered within its
 * patience. The first reply wins, and the other requests are cancelled. Once there is an answer to fall back
 * on, an endpoint that is not in use is neither asked nor waited for. Every other endpoint is then asked for
 * its second opinion only.
 * @param ask throws when there is no reply, or none that is good enough
 */
export function race<R>(
  endpoints: readonly Endpoint[],
  ask: (endpoint: Endpoint, signal: AbortSignal) => Promise<R>,
  { stopped, deadline, isInUse, isFallback }: RaceRules,
): Promise<RaceResult<R>> {
  const over = new AbortController();
  const failures: unknown[] = [];
  const timers = new Set<NodeJS.Timeout>();
  /** Since when each endpoint has been running, by `performance.now()`. */
  const running = new Map<Endpoint, number>();
  let waiting = [...endpoints];
  let hasFallback = false;
  let leavesOutUnused = false;

  return new Promise(resolve => {
    const end = (result: RaceResult<R>, reason?: AnsweredElsewhere) => {
      stopped.removeEventListener('abort', giveUp);
      for (const timer of timers) clearTimeout(timer);
      over.abort(reason);
      resolve(result);
    };
    const giveUp = () => end({ failures });
    const after = (ms: number, action: () => void) => {
      const timer = setTimeout(action, ms);
      timers.add(timer);
      return () => {
        clearTimeout(timer);
        timers.delete(timer);
      };
    };
    const late = () => {
      for (const { label } of running.keys())
        failures.push(new EndpointFault(label, 'soft', { what: 'did not answer in time', isTimeout: true }));
      giveUp();
    };
    /** Returns whether a running endpoint may have a better answer than the present one. */
    const isWorthWaiting = () => [...running.keys()].some(endpoint => !leavesOutUnused || isInUse(endpoint));
    const awaitOpinion = (endpoint: Endpoint) => {
      after(endpoint.secondOpinionMs, () => {
        if (running.delete(endpoint) && !isWorthWaiting()) launch();
      });
    };

    const fallBack = (endpoint: Endpoint) => {
      // The answer of an endpoint that is out of use is worth no more than the answer of another such
      // endpoint.
      if (isInUse(endpoint)) {
        leavesOutUnused = true;
        waiting = waiting.filter(isInUse);
      }
      if (!hasFallback) for (const other of running.keys()) awaitOpinion(other);
      hasFallback = true;
    };

    const launch = () => {
      if (over.signal.aborted) return;
      const endpoint = waiting.shift();
      if (!endpoint) {
        if (running.size === 0 || (hasFallback && !isWorthWaiting())) giveUp();
        return;
      }
      running.set(endpoint, performance.now());
      const stopTimer = after(endpoint.patienceMs, () => {
        if (waiting.length > 0) launch();
      });
      if (hasFallback) awaitOpinion(endpoint);
      void attempt(endpoint).finally(stopTimer);
    };

    const attempt = async (endpoint: Endpoint) => {
      try {
        const reply = await ask(endpoint, over.signal);
        if (over.signal.aborted) return;
        const now = performance.now();
        const tookMs = now - (running.get(endpoint) ?? now);
        running.delete(endpoint);
        const overdue = [...running].filter(
          ([other, since]) => now - since >= Math.max(other.patienceMs, tookMs),
        );
        end(
          { endpoint, reply, failures, overdue: overdue.map(([other]) => other) },
          new AnsweredElsewhere(tookMs),
        );
      } catch (error) {
        running.delete(endpoint);
        if (over.signal.aborted) return;
        failures.push(error);
        if (isFallback(error)) fallBack(endpoint);
        launch();
      }
    };

    stopped.addEventListener('abort', giveUp, { once: true });
    after(Math.max(deadline - performance.now(), 0), late);
    if (stopped.aborted) giveUp();
    else launch();
  });
}
