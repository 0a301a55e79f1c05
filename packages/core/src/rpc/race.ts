import { Abandoned, type Endpoint } from './Endpoint.ts';

/** What became of asking several endpoints: the first good reply, or every failure. */
export type RaceResult<R> = { endpoint: Endpoint; reply: R } | { failures: unknown[] };

/**
 * Asks the endpoints in their order. The next is asked when one fails, or when it has not answered within its patience;
 * the first reply wins, and the others are abandoned.
 * @param ask throws when there is no reply, or none that is good enough
 */
export function race<R>(
  endpoints: readonly Endpoint[],
  ask: (endpoint: Endpoint, signal: AbortSignal) => Promise<R>,
  stopped: AbortSignal,
): Promise<RaceResult<R>> {
  const over = new AbortController();
  const waiting = [...endpoints];
  const failures: unknown[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let running = 0;

  return new Promise(resolve => {
    const end = (result: RaceResult<R>) => {
      stopped.removeEventListener('abort', giveUp);
      for (const timer of timers) clearTimeout(timer);
      over.abort();
      resolve(result);
    };
    const giveUp = () => end({ failures });

    const launch = () => {
      if (over.signal.aborted) return;
      const endpoint = waiting.shift();
      if (!endpoint) {
        if (running === 0) end({ failures });
        return;
      }
      running += 1;
      const timer = setTimeout(() => {
        if (waiting.length > 0) launch();
      }, endpoint.patienceMs);
      timers.add(timer);
      void attempt(endpoint).finally(() => {
        clearTimeout(timer);
        timers.delete(timer);
      });
    };

    const attempt = async (endpoint: Endpoint) => {
      try {
        const reply = await ask(endpoint, over.signal);
        if (!over.signal.aborted) end({ endpoint, reply });
      } catch (error) {
        running -= 1;
        if (error instanceof Abandoned && over.signal.aborted) return;
        failures.push(error);
        launch();
      }
    };

    stopped.addEventListener('abort', giveUp, { once: true });
    if (stopped.aborted) giveUp();
    else launch();
  });
}
