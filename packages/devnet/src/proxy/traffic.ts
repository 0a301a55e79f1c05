import type { RpcRequest } from './rpcMessage.ts';

/** An HTTP request, in the log. */
export interface LoggedRequest {
  readonly at: Date;
  /** The methods of its calls, in order; empty when it was not JSON-RPC. */
  readonly methods: readonly string[];
  /** The fault that it met: `ok`, `hang`, `slow(500)` …; for timed and random faults, the chosen one. */
  readonly done: string;
  /** `open` while it is neither answered nor given up. */
  readonly end: 'open' | 'answered' | 'broken' | 'client gone';
}

/** The received requests, and their outcomes. */
export interface Traffic {
  /** HTTP requests so far; a batch is one. */
  readonly httpRequests: number;
  /** JSON-RPC calls so far, by method, with any outcome; a batch counts each of its calls. */
  readonly calls: ReadonlyMap<string, number>;
  /** HTTP requests neither answered nor given up. */
  readonly inFlight: number;
  /** The most requests in flight at one time. */
  readonly maxInFlight: number;
  /** The requests in flight that will never be answered. */
  readonly hanging: number;
  readonly maxHanging: number;
  /** The last requests, oldest first. */
  readonly log: readonly LoggedRequest[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Counts requests, and keeps the last `logLength` of them. */
export class TrafficRecord implements Traffic {
  readonly calls = new Map<string, number>();
  httpRequests = 0;
  inFlight = 0;
  maxInFlight = 0;
  hanging = 0;
  maxHanging = 0;
  log: LoggedRequest[] = [];
  readonly #logLength: number;

  constructor(logLength: number) {
    this.#logLength = logLength;
  }

  begin(calls: readonly RpcRequest[]): RequestRecord {
    this.httpRequests += 1;
    for (const { method } of calls) this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    const entry: Writable<LoggedRequest> = {
      at: new Date(),
      methods: calls.map(({ method }) => method),
      done: 'ok',
      end: 'open',
    };
    this.log.push(entry);
    if (this.log.length > this.#logLength) this.log.shift();
    let hangs = false;
    return {
      mark(what) {
        entry.done = what;
      },
      hang: () => {
        hangs = true;
        this.hanging += 1;
        this.maxHanging = Math.max(this.maxHanging, this.hanging);
      },
      end: how => {
        if (entry.end !== 'open') return;
        entry.end = how;
        this.inFlight -= 1;
        if (hangs) this.hanging -= 1;
      },
    };
  }

  /** Requests in flight stay in flight. */
  reset(): void {
    this.httpRequests = 0;
    this.calls.clear();
    this.maxInFlight = this.inFlight;
    this.maxHanging = this.hanging;
    this.log = [];
  }
}

/** Follows one request. */
export interface RequestRecord {
  mark(what: string): void;
  hang(): void;
  end(how: 'answered' | 'broken' | 'client gone'): void;
}
