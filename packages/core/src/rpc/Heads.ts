import { settledWithin } from './connect.ts';
import type { Endpoint } from './Endpoint.ts';
import { EndpointFault } from './exchange.ts';
import { doubtAgainstRival, doubtAlone, type HeadClaim, type Lookup } from './headEvidence.ts';
import { blockNumberIn } from './request.ts';

/** The rules for which endpoints count, and how to ask them. */
export interface HeadRules {
  /** How many blocks an endpoint may be behind the best one. */
  maxHeadLag: number;
  blockTimeMs: number;
  /** Returns whether an endpoint is expected to answer, and serves our chain. */
  isWorking(endpoint: Endpoint): boolean;
  /** Returns the result of one call to one endpoint. Rejects when there is none. */
  ask: Lookup;
}

/** A head that an endpoint reported and that cannot be true. */
interface Doubt {
  reason: string;
  /** The evidence is gathered anew from this time on. */
  retryAtMs: number;
}

/** A head that was examined and believed. */
interface Proof {
  number: number;
  atMs: number;
  /**
   * Whether no other endpoint had reported its head at that time. Such a proof does not count against an
   * endpoint that reports its head.
   */
  isAlone: boolean;
}

/**
 * An only endpoint may make this multiple of the blocks that its block time allows: bursts after a pause are
 * real.
 */
const burstFactor = 10;
/**
 * The head of an only endpoint may be this many blocks behind its last head, or ahead of the expected one,
 * without an examination.
 */
const soloSlackBlocks = 16;
/** A proof covers the blocks that can follow it within this time. */
const proofMs = 60_000;
const proofFactor = 2;
/** A single wrong answer must not put an endpoint out of use for long. */
const reexamineMs = 2_000;
/** The other endpoints have this time to report their heads before a head is judged without them. */
const rivalsMs = 600;

/**
 * Decides which heads are believed. A head that leaves another working endpoint behind has to be proved: by
 * another endpoint that reports it too, or by the blocks themselves (`headEvidence.ts`). A normal read costs
 * no extra request: heads within `maxHeadLag` of one another need no proof.
 */
export class Heads {
  readonly #endpoints: readonly Endpoint[];
  readonly #rules: HeadRules;
  readonly #doubts = new Map<Endpoint, Doubt>();
  readonly #proofs = new Map<Endpoint, Proof>();
  readonly #examining = new Map<Endpoint, Promise<void>>();
  /** The newest head that was believed, and when. */
  #last: { number: number; atMs: number } | undefined;

  constructor(endpoints: readonly Endpoint[], rules: HeadRules) {
    this.#endpoints = endpoints;
    this.#rules = rules;
  }

  /** The newest believed head of a working endpoint; 0 while there is none. */
  get best(): number {
    return this.#bestOf(this.#endpoints);
  }

  lag(endpoint: Endpoint): number {
    return endpoint.head ? Math.max(this.best - endpoint.head.number, 0) : 0;
  }

  /** Returns why the endpoint's last head is not believed; undefined when it is. */
  doubtAbout(endpoint: Endpoint): string | undefined {
    return this.#doubts.get(endpoint)?.reason;
  }

  /**
   * Examines the head that an endpoint reported.
   * @param number undefined when the report is no block number
   * @throws EndpointFault when it cannot be true
   */
  async claimed(endpoint: Endpoint, number: number | undefined): Promise<void> {
    if (number === undefined) throw this.#fault(endpoint, 'reports a head that is no block number');
    if (!this.#isOrdinary(endpoint, number)) await this.#settle(endpoint, number);
    this.#doubts.delete(endpoint);
    endpoint.head = { number, at: performance.now() };
    await this.#settleLeader(endpoint);
    const { best } = this;
    if (best > 0) this.#last = { number: best, atMs: performance.now() };
  }

  /**
   * Returns whether a head needs no proof: it leaves no other endpoint behind, or follows from the known
   * heads.
   */
  #isOrdinary(endpoint: Endpoint, number: number): boolean {
    const { maxHeadLag, blockTimeMs } = this.#rules;
    if (this.#isProved(endpoint, number)) return true;
    const rivals = this.#rivalsOf(endpoint);
    if (rivals.some(({ head }) => head)) return number <= this.#bestOf(rivals) + maxHeadLag;
    // The other endpoints have not reported their heads yet, and may hang: they are not waited for each time.
    if (rivals.length > 0 || !this.#last) return this.#isProved(endpoint, number, true);
    const couldPass = ((performance.now() - this.#last.atMs) / blockTimeMs) * burstFactor + soloSlackBlocks;
    return number - this.#last.number <= couldPass && this.#last.number - number <= soloSlackBlocks;
  }

  /** Before an endpoint counts as behind, the leading endpoint has to prove its head. */
  async #settleLeader(endpoint: Endpoint): Promise<void> {
    for (let tries = this.#endpoints.length; tries > 0; tries -= 1) {
      const leader = this.#leader();
      if (!leader?.head || leader === endpoint || this.lag(endpoint) <= this.#rules.maxHeadLag) return;
      if (this.#isProved(leader, leader.head.number)) return;
      try {
        // An earlier report may be out of date: a chain can be reset.
        const number = blockNumberIn(await this.#rules.ask(leader, 'eth_blockNumber', []));
        if (number === undefined) return;
        leader.head = { number, at: performance.now() };
        if (this.lag(endpoint) > this.#rules.maxHeadLag) await this.#settle(leader, number);
      } catch {
        if (this.#doubts.has(leader)) leader.head = undefined;
        else return;
      }
    }
  }

  #isProved(endpoint: Endpoint, number: number, mayBeAlone = false): boolean {
    const proof = this.#proofs.get(endpoint);
    if (!proof || (proof.isAlone && !mayBeAlone)) return false;
    const { maxHeadLag, blockTimeMs } = this.#rules;
    const passedMs = performance.now() - proof.atMs;
    return passedMs < proofMs && number <= proof.number + maxHeadLag + (passedMs / blockTimeMs) * proofFactor;
  }

  /**
   * Examines a head that needs proof.
   * @throws EndpointFault when the head is disproved, now or a moment ago
   */
  async #settle(endpoint: Endpoint, number: number): Promise<void> {
    const doubt = this.#doubts.get(endpoint);
    if (doubt && performance.now() < doubt.retryAtMs) throw this.#fault(endpoint, doubt.reason);
    // Concurrent calls share one examination.
    let examining = this.#examining.get(endpoint);
    if (!examining) {
      examining = this.#examine(endpoint, number).finally(() => this.#examining.delete(endpoint));
      this.#examining.set(endpoint, examining);
    }
    await examining;
    const reason = this.doubtAbout(endpoint);
    if (reason !== undefined) throw this.#fault(endpoint, reason);
  }

  async #examine(endpoint: Endpoint, number: number): Promise<void> {
    const { maxHeadLag, blockTimeMs, ask } = this.#rules;
    // 1. The other endpoints may report the same head by now.
    const rivals = await this.#askRivals(endpoint);
    const [rival] = rivals.sort((a, b) => b.number - a.number);
    if (rival && number <= rival.number + maxHeadLag) {
      this.#doubts.delete(endpoint);
      return;
    }
    // 2. The blocks themselves decide.
    const claim = { endpoint, number };
    const reason = rival
      ? await doubtAgainstRival(ask, claim, { rival, blockTimeMs })
      : await doubtAlone(ask, claim, { last: this.#last?.number, slackBlocks: soloSlackBlocks });
    if (reason !== undefined) {
      this.#doubts.set(endpoint, { reason, retryAtMs: performance.now() + reexamineMs });
      this.#proofs.delete(endpoint);
      return;
    }
    this.#doubts.delete(endpoint);
    this.#proofs.set(endpoint, { number, atMs: performance.now(), isAlone: rival === undefined });
  }

  /**
   * Asks the other working endpoints for their heads; an endpoint that does not answer in time is left out.
   */
  async #askRivals(endpoint: Endpoint): Promise<HeadClaim[]> {
    const told: HeadClaim[] = [];
    const asking = this.#rivalsOf(endpoint).map(async rival => {
      const number = blockNumberIn(await this.#rules.ask(rival, 'eth_blockNumber', []));
      if (number !== undefined) told.push({ endpoint: rival, number });
    });
    await settledWithin(asking, rivalsMs);
    return [...told];
  }

  #rivalsOf(endpoint: Endpoint): Endpoint[] {
    return this.#endpoints.filter(each => each !== endpoint && this.#transactionCounts(each));
  }

  #leader(): Endpoint | undefined {
    return this.#endpoints
      .filter(each => this.#transactionCounts(each))
      .sort((a, b) => (b.head?.number ?? 0) - (a.head?.number ?? 0))[0];
  }

  #bestOf(endpoints: readonly Endpoint[]): number {
    return Math.max(
      0,
      ...endpoints.filter(each => this.#transactionCounts(each)).map(({ head }) => head?.number ?? 0),
    );
  }

  #transactionCounts(endpoint: Endpoint): boolean {
    return this.#rules.isWorking(endpoint) && !this.#doubts.has(endpoint);
  }

  #fault(endpoint: Endpoint, reason: string): EndpointFault {
    endpoint.lastFault = reason;
    return new EndpointFault(endpoint.label, 'soft', { what: reason });
  }
}
