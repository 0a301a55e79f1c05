import { settledWithin } from './connect.ts';
import type { Endpoint } from './Endpoint.ts';
import { doubtAgainstRival, doubtAlone, type HeadClaim, type Lookup } from './headEvidence.ts';
import { blockNumberIn } from './request.ts';
import { EndpointFault } from './transport.ts';

/** Which endpoints count, and how to ask them. */
export interface HeadRules {
  /** How many blocks an endpoint may be behind the best one. */
  maxHeadLag: number;
  blockTimeMs: number;
  /** Whether an endpoint is expected to answer, and serves our chain. */
  isWorking(endpoint: Endpoint): boolean;
  /** Asks one endpoint for the result of one call. Rejects when there is none. */
  ask: Lookup;
}

/** A head that an endpoint told and that cannot be true. */
interface Doubt {
  reason: string;
  /** The evidence is gathered anew from then on. */
  retryAtMs: number;
}

/** A head that was examined and believed. */
interface Proof {
  number: number;
  atMs: number;
  /** No other endpoint had told its head: it proves nothing against one that does. */
  isAlone: boolean;
}

/** The time of reads over which an only endpoint may run ahead of its block time: bursts after a pause are real. */
const burstFactor = 10;
/** Blocks that need no explanation where there is no other endpoint to compare with. */
const soloSlackBlocks = 16;
/** A proof covers the blocks that can follow it in this time. */
const proofMs = 60_000;
const proofFactor = 2;
/** A wrong answer of one moment must not cost an endpoint much. */
const reexamineMs = 2_000;
/** The other endpoints get so long to tell their heads before one is judged without them. */
const rivalsMs = 600;

/**
 * Decides which heads are believed. A head that leaves another working endpoint behind has to be proved: by another
 * endpoint that tells it too, or by the blocks themselves (`headEvidence.ts`). A normal look costs no request: heads
 * within `maxHeadLag` of one another need no proof.
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

  /** Why the head that the endpoint told last is not believed; undefined when it is. */
  doubtAbout(endpoint: Endpoint): string | undefined {
    return this.#doubts.get(endpoint)?.reason;
  }

  /**
   * Takes note of the head that an endpoint told.
   * @param number undefined when what it told is no block number
   * @throws EndpointFault when it cannot be true
   */
  async claimed(endpoint: Endpoint, number: number | undefined): Promise<void> {
    if (number === undefined) throw this.#fault(endpoint, 'tells a head that is no block number');
    if (!this.#isOrdinary(endpoint, number)) await this.#settle(endpoint, number);
    this.#doubts.delete(endpoint);
    endpoint.head = { number, at: performance.now() };
    await this.#settleLeader(endpoint);
    const { best } = this;
    if (best > 0) this.#last = { number: best, atMs: performance.now() };
  }

  /** Whether a head needs no proof: it leaves no other endpoint behind, or follows from what is known. */
  #isOrdinary(endpoint: Endpoint, number: number): boolean {
    const { maxHeadLag, blockTimeMs } = this.#rules;
    if (this.#isProved(endpoint, number)) return true;
    const rivals = this.#rivalsOf(endpoint);
    if (rivals.some(({ head }) => head)) return number <= this.#bestOf(rivals) + maxHeadLag;
    // The others have not told theirs yet, and may hang: they are not waited for each time.
    if (rivals.length > 0 || !this.#last) return this.#isProved(endpoint, number, true);
    const couldPass = ((performance.now() - this.#last.atMs) / blockTimeMs) * burstFactor + soloSlackBlocks;
    return number - this.#last.number <= couldPass && this.#last.number - number <= soloSlackBlocks;
  }

  /** Before an endpoint counts as behind, the one that it is behind of has to prove its head. */
  async #settleLeader(endpoint: Endpoint): Promise<void> {
    for (let tries = this.#endpoints.length; tries > 0; tries -= 1) {
      const leader = this.#leader();
      if (!leader?.head || leader === endpoint || this.lag(endpoint) <= this.#rules.maxHeadLag) return;
      if (this.#isProved(leader, leader.head.number)) return;
      try {
        // What it told a while ago may be over: a chain can be set back.
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

  /** @throws EndpointFault when the head is disproved, now or a moment ago */
  async #settle(endpoint: Endpoint, number: number): Promise<void> {
    const doubt = this.#doubts.get(endpoint);
    if (doubt && performance.now() < doubt.retryAtMs) throw this.#fault(endpoint, doubt.reason);
    // Calls at the same time are judged by one examination.
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
    // 1. The others may tell the same by now.
    const rivals = await this.#askRivals(endpoint);
    const [rival] = rivals.sort((a, b) => b.number - a.number);
    if (rival && number <= rival.number + maxHeadLag) {
      this.#doubts.delete(endpoint);
      return;
    }
    // 2. The blocks themselves.
    const claim = { endpoint, number };
    const reason = rival
      ? await doubtAgainstRival(ask, claim, rival, blockTimeMs)
      : await doubtAlone(ask, claim, this.#last?.number, soloSlackBlocks);
    if (reason !== undefined) {
      this.#doubts.set(endpoint, { reason, retryAtMs: performance.now() + reexamineMs });
      this.#proofs.delete(endpoint);
      return;
    }
    this.#doubts.delete(endpoint);
    this.#proofs.set(endpoint, { number, atMs: performance.now(), isAlone: rival === undefined });
  }

  /** Asks the other working endpoints for their heads; an endpoint that does not answer in time is left out. */
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
    return this.#endpoints.filter(each => each !== endpoint && this.#counts(each));
  }

  #leader(): Endpoint | undefined {
    return this.#endpoints
      .filter(each => this.#counts(each))
      .sort((a, b) => (b.head?.number ?? 0) - (a.head?.number ?? 0))[0];
  }

  #bestOf(endpoints: readonly Endpoint[]): number {
    return Math.max(0, ...endpoints.filter(each => this.#counts(each)).map(({ head }) => head?.number ?? 0));
  }

  #counts(endpoint: Endpoint): boolean {
    return this.#rules.isWorking(endpoint) && !this.#doubts.has(endpoint);
  }

  #fault(endpoint: Endpoint, reason: string): EndpointFault {
    endpoint.lastFault = reason;
    return new EndpointFault(endpoint.label, 'soft', reason);
  }
}
