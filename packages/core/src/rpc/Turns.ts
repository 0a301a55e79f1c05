import { systemClock } from '../clock/index.ts';
import { EndpointFault } from './exchange.ts';
import { RateLimiter } from './RequestLimits.ts';
import { type Release, Semaphore } from './Semaphore.ts';

/** In a burst, an endpoint that answers every request gets this multiple of the usual concurrency. */
const burst = 8;
const tooMany = 'has too many requests under way';

/** Limits the requests that an endpoint gets at a time, and in a second. */
export class Turns {
  readonly rateLimiter: RateLimiter;
  readonly #label: string;
  readonly #slots: Semaphore;
  /**
   * Separate slots for transactions and their look-ups, which must not wait behind reads and transactions
   * that hang.
   */
  readonly #urgentSlots: Semaphore;

  constructor(
    label: string,
    { concurrency, perSecond }: { concurrency: number; perSecond: number | undefined },
  ) {
    this.#label = label;
    this.#slots = new Semaphore(concurrency, concurrency * burst);
    this.#urgentSlots = new Semaphore(concurrency * burst);
    this.rateLimiter = new RateLimiter(perSecond);
  }

  /** The endpoint has answered: in a burst, one more request may be under way. */
  grow(): void {
    this.#slots.grow();
  }

  /** The endpoint has failed: no more requests are under way than usual. */
  shrink(): void {
    this.#slots.shrink();
  }

  /**
   * Waits until a request may be sent.
   * @param refusal returns why no request may be sent after the wait, where that is so
   * @returns the function that ends the turn; undefined when `signal` aborted
   * @throws EndpointFault when there is no turn before `deadline`, which is not the endpoint's fault
   */
  async take(
    { deadline, signal, isUrgent }: { deadline: number; signal: AbortSignal; isUrgent: boolean },
    refusal: () => string | undefined,
  ): Promise<Release | undefined> {
    const leftMs = () => deadline - performance.now();
    const release = await (isUrgent ? this.#urgentSlots : this.#slots).take(leftMs(), signal);
    if (signal.aborted) {
      release?.();
      return undefined;
    }
    if (!release) throw new EndpointFault(this.#label, 'soft', { what: tooMany, isTimeout: true });
    let why = refusal();
    const waitMs = why === undefined ? this.rateLimiter.next(performance.now()) : 0;
    if (leftMs() <= 0) why ??= tooMany;
    if (waitMs >= leftMs()) why ??= `gets no more than ${this.rateLimiter.perSecond} requests a second`;
    if (why === undefined && waitMs > 0) await systemClock.sleep(waitMs, signal);
    if (why === undefined && !signal.aborted) return release;
    release();
    if (signal.aborted) return undefined;
    throw new EndpointFault(this.#label, 'soft', { what: why ?? '', isTimeout: why === tooMany });
  }
}
