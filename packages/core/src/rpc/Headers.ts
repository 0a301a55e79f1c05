import type { Endpoint } from './Endpoint.ts';
import { EndpointFault } from './exchange.ts';
import type { HeadRules } from './Heads.ts';
import { doubtAboutHeader } from './headEvidence.ts';
import { type Believed, discontinuityOf, type Header, hasOwnHash, headerIn } from './header.ts';

/** A single wrong answer must not put an endpoint out of use for long. */
const reexamineMs = 2_000;
const patienceMs = 600;
/** The wait at the start, when no endpoint is in doubt. */
const firstPatienceMs = 250;

/**
 * Decides which headers of heads are believed. A head has to follow from the last head in its hashes and its
 * time, and its hash from its fields. Where it does not, the endpoint's own blocks and those of the others
 * decide. A head that follows costs no request.
 */
export class Headers {
  readonly #endpoints: readonly Endpoint[];
  readonly #rules: Omit<HeadRules, 'maxHeadLag'>;
  readonly #doubts = new Map<Endpoint, { reason: string; retryAtMs: number }>();
  readonly #examining = new Map<Endpoint, Promise<void>>();
  #last: Believed | undefined;
  /** Whether a block's hash follows from its header on this chain, as a believed block has shown. */
  #hashesFollow = false;

  constructor(endpoints: readonly Endpoint[], rules: Omit<HeadRules, 'maxHeadLag'>) {
    this.#endpoints = endpoints;
    this.#rules = rules;
  }

  /** Returns why the endpoint's last header is not believed; undefined when it is. */
  doubtAbout(endpoint: Endpoint): string | undefined {
    return this.#doubts.get(endpoint)?.reason;
  }

  /** Returns whether it is time to examine again an endpoint whose header was not believed. */
  isDue(endpoint: Endpoint): boolean {
    const doubt = this.#doubts.get(endpoint);
    return doubt !== undefined && performance.now() >= doubt.retryAtMs;
  }

  /** Records that no endpoint knows the block, not even the one that reported it. */
  disprove(endpoint: Endpoint, reason: string): void {
    if (this.#rivalsOf(endpoint).length === 0) return;
    this.#doubts.set(endpoint, { reason, retryAtMs: performance.now() + reexamineMs });
    this.#last = undefined;
  }

  /**
   * Examines the block that an endpoint reported as its head.
   * @throws EndpointFault when it cannot be true
   */
  async claimed(endpoint: Endpoint, block: unknown): Promise<void> {
    const header = headerIn(block);
    if (!header) return;
    const isKnown = header.hash === this.#last?.header.hash;
    const fits = !isKnown && hasOwnHash(block);
    const isForged = this.#hashesFollow && !isKnown && !fits;
    if (!isForged && !this.#needsProof(endpoint, header)) return this.#believe(header, fits);
    const doubt = this.#doubts.get(endpoint);
    if (doubt && performance.now() < doubt.retryAtMs) throw this.#fault(endpoint, doubt.reason);
    // Concurrent calls share one examination.
    let examining = this.#examining.get(endpoint);
    if (!examining) {
      examining = this.#examine(endpoint, header, fits).finally(() => this.#examining.delete(endpoint));
      this.#examining.set(endpoint, examining);
    }
    await examining;
    const reason = this.doubtAbout(endpoint);
    if (reason !== undefined) throw this.#fault(endpoint, reason);
  }

  #needsProof(endpoint: Endpoint, header: Header): boolean {
    if (this.#doubts.has(endpoint)) return true;
    const hasRivals = this.#rivalsOf(endpoint).length > 0;
    if (!this.#last) return hasRivals;
    const gap = discontinuityOf(header, this.#last, performance.now());
    // The time that an only endpoint reports cannot be compared with any other.
    return gap === 'hash' || (gap === 'time' && hasRivals);
  }

  async #examine(endpoint: Endpoint, header: Header, hasOwn: boolean): Promise<void> {
    const { ask, blockTimeMs } = this.#rules;
    const rivals = this.#rivalsOf(endpoint);
    const reason = await doubtAboutHeader(header, {
      ask,
      endpoint,
      rivals,
      last: this.#last,
      hasOwnHash: hasOwn,
      blockTimeMs,
      patienceMs: this.#last ? patienceMs : firstPatienceMs,
    });
    if (reason !== undefined) {
      const pauseMs = rivals.length > 0 ? reexamineMs : 0;
      this.#doubts.set(endpoint, { reason, retryAtMs: performance.now() + pauseMs });
      return;
    }
    this.#doubts.delete(endpoint);
    this.#last = undefined;
    this.#believe(header, hasOwn);
  }

  #believe(header: Header, hasOwn: boolean): void {
    this.#hashesFollow ||= hasOwn;
    // A head that was read before keeps the time of its first reading, from which the time until the next head
    // is measured.
    if (this.#last && header.number <= this.#last.header.number) return;
    this.#last = { header, atMs: performance.now() };
  }

  #rivalsOf(endpoint: Endpoint): Endpoint[] {
    return this.#endpoints.filter(
      each => each !== endpoint && this.#rules.isWorking(each) && !this.#doubts.has(each),
    );
  }

  #fault(endpoint: Endpoint, reason: string): EndpointFault {
    endpoint.lastFault = reason;
    return new EndpointFault(endpoint.label, 'soft', { what: reason });
  }
}
