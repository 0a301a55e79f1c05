import { type HttpAnswer, type ReceivedRequest, startLoopbackServer } from '../http/loopbackServer.ts';

/**
 * The behaviour of a service: correct (`ok`), HTTP 500 (`fail`), the HTML page of a proxy in front of it with
 * HTTP 502 (`bad-gateway`), HTTP 400 (`reject`), HTTP 429 with a time to wait (`rate-limit`) or without one
 * (`rate-limit-bare`), no answer (`hang`), or a broken connection (`refuse`).
 */
export type SinkBehaviour =
  | 'ok'
  | 'fail'
  | 'bad-gateway'
  | 'reject'
  | 'rate-limit'
  | 'rate-limit-bare'
  | 'hang'
  | 'refuse';

/** The differences between the services. */
export interface SinkService<Item> {
  /** Judges a request as the service would: `item` is present when it accepted it. */
  judge(request: ReceivedRequest): { readonly answer: HttpAnswer; readonly item?: Item };
  /** Its HTTP 500. */
  readonly failure: HttpAnswer;
  /** Its HTTP 400. */
  readonly rejection: HttpAnswer;
  /** Its HTTP 429, with the time to wait. */
  readonly rateLimit: HttpAnswer;
}

/** A request and its outcome. */
export interface SinkRequest extends ReceivedRequest {
  /** The HTTP status of the answer, or the reason for its absence. */
  readonly outcome: number | 'hang' | 'refuse';
}

/** A local server that plays a receiver of alerts, and records the requests. */
export interface Sink<Item> {
  readonly port: number;
  readonly url: string;
  /** The accepted items, oldest first. Nothing is accepted unless the behaviour is `ok`. */
  readonly items: readonly Item[];
  /** Every request with its outcome, oldest first. */
  readonly requests: readonly SinkRequest[];
  /**
   * Changes the behaviour, or gives the answer itself, for the next `times` requests (default: until further
   * notice). A request that already hangs does so until `close`.
   */
  behave(behaviour: SinkBehaviour | HttpAnswer, times?: number): void;
  /**
   * Returns the first item, present or future, that satisfies `predicate`.
   * @throws Error after `timeoutMs` (default 60,000) with the items that came instead.
   */
  waitForItem(predicate?: (item: Item) => boolean, timeoutMs?: number): Promise<Item>;
  /** Removes items and requests. */
  clear(): void;
  /** Also ends connections that hang. */
  close(): Promise<void>;
}

interface Waiter<Item> {
  matches(item: Item): boolean;
  found(item: Item): void;
}

export async function startSink<Item>(service: SinkService<Item>, port = 0): Promise<Sink<Item>> {
  let behaviour: SinkBehaviour | HttpAnswer = 'ok';
  let timesLeft = Infinity;
  const items: Item[] = [];
  const requests: SinkRequest[] = [];
  const waiters = new Set<Waiter<Item>>();

  const react = (request: ReceivedRequest): HttpAnswer | 'hang' | 'refuse' => {
    const now = timesLeft > 0 ? behaviour : 'ok';
    timesLeft -= 1;
    if (now !== 'ok') return misbehave(service, now);
    const { answer, item } = service.judge(request);
    if (item !== undefined) {
      items.push(item);
      for (const waiter of waiters) if (waiter.matches(item)) waiter.found(item);
    }
    return answer;
  };
  const server = await startLoopbackServer(request => {
    const reaction = react(request);
    requests.push({ ...request, outcome: typeof reaction === 'string' ? reaction : reaction.status });
    return reaction;
  }, port);

  return {
    port: server.port,
    url: server.url,
    items,
    requests,
    behave(next, times = Infinity) {
      behaviour = next;
      timesLeft = times;
    },
    waitForItem(predicate = () => true, timeoutMs = 60_000) {
      const there = items.find(predicate);
      if (there !== undefined) return Promise.resolve(there);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiters.delete(waiter);
          const outcomes = requests.map(request => request.outcome).join(', ') || 'none';
          reject(
            new Error(
              `no such item within ${timeoutMs} ms; requests: ${outcomes}; items: ${JSON.stringify(items)}`,
            ),
          );
        }, timeoutMs);
        const waiter: Waiter<Item> = {
          matches: predicate,
          found(item) {
            clearTimeout(timer);
            waiters.delete(waiter);
            resolve(item);
          },
        };
        waiters.add(waiter);
      });
    },
    clear() {
      items.length = 0;
      requests.length = 0;
    },
    close: () => server.close(),
  };
}

function misbehave<Item>(
  service: SinkService<Item>,
  behaviour: Exclude<SinkBehaviour, 'ok'> | HttpAnswer,
): HttpAnswer | 'hang' | 'refuse' {
  switch (behaviour) {
    case 'hang':
    case 'refuse':
      return behaviour;
    case 'fail':
      return service.failure;
    case 'reject':
      return service.rejection;
    case 'rate-limit':
      return service.rateLimit;
    case 'rate-limit-bare':
      return { status: 429, body: '' };
    case 'bad-gateway': {
      const body = '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n';
      return { status: 502, headers: { 'content-type': 'text/html' }, body };
    }
    default:
      return behaviour;
  }
}
