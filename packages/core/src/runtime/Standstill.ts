import type { Observation } from '../alerts/index.ts';
import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import type { Block } from '../rpc/index.ts';

/** No head is reported as standing still before. */
const shortestMs = 30_000;
/** Blocks in a row that a chain may leave out: mainnet has left out four at most for years. */
const missedBlocks = 10;
/** A chain with longer pauses of its own gets so many times the longest of them. */
const pauseFactor = 3;
/** New heads that the rhythm is learned from. */
const remembered = 32;
const fewestHeads = 8;
const shortestSpanMs = 20_000;
/** How far the time of the blocks may be from that of this machine over the span. */
const outOfStepMs = 3_000;
/** Looks that have to find the same head: the first after a process was stopped may tell what it read before. */
const fewestLooks = 2;
/** A head that goes back by more is of a chain that was set back, and begins anew. */
const deepestReorg = 8;

/** A head when it was first seen. */
interface Seen {
  number: number;
  timestamp: number;
  /** On a clock that is never set back. */
  atMs: number;
  /** When it was last seen to be the newest. */
  untilMs: number;
}

/**
 * Notices that the head no longer moves: that the chain stands still, or every endpoint does. On a chain of the table a
 * block is expected by its block time. Any other chain may mine on demand: there a standstill is told only once blocks
 * have come by themselves, in step with this machine's clock.
 */
export class Standstill {
  readonly #chain: Pick<Chain, 'isSteady'>;
  readonly #usualMs: number;
  readonly #clock: Clock;
  #heads: Seen[] = [];
  /** Milliseconds since 1970, when the newest head was first seen. */
  #newestAt = 0;
  #block: Block | undefined;
  /** Hashes of the heads that were seen last. */
  readonly #hashes = new Set<string>();
  #looks = 0;
  #hasRhythm = false;
  #longestPauseMs = 0;
  #isStill = false;

  /** @param usualMs time between blocks, by the table or as the operator says */
  constructor(chain: Pick<Chain, 'isSteady'>, usualMs: number, clock: Clock) {
    this.#chain = chain;
    this.#usualMs = usualMs;
    this.#clock = clock;
  }

  /** Since when the head stands still, in ms since 1970; undefined while it moves, or while that is not known. */
  get since(): number | undefined {
    return this.#isStill ? this.#newestAt : undefined;
  }

  /**
   * A round has ended.
   * @param block what it read at
   * @param best the newest head of any endpoint
   */
  see(block: Block, best: number): void {
    const number = Math.max(block.number, best);
    const atMs = this.#clock.monotonicMs();
    const last = this.#heads.at(-1);
    // Behind one URL there may be nodes that stand still at heads far apart: one that was seen before is no news.
    const isNew = best > block.number || !this.#hashes.has(block.hash);
    this.#remember(block.hash);
    if (last && isNew && last.number - number > deepestReorg) this.#heads = [];
    if (!last || this.#heads.length === 0 || (isNew && number > last.number)) {
      this.#advance({ number, timestamp: block.timestamp, atMs, untilMs: atMs }, last);
      this.#block = block;
    } else {
      this.#looks += 1;
      last.untilMs = atMs;
      const stoodMs = atMs - last.atMs;
      const isExpected = this.#chain.isSteady || this.#hasRhythm;
      this.#isStill = isExpected && this.#looks >= fewestLooks && stoodMs > this.#limitMs;
    }
  }

  /** @param endpoints how many are configured */
  observation(endpoints: number): Observation {
    const check = 'chain-standstill';
    if (!this.#isStill || !this.#block) return { check, failing: false };
    const { number, timestamp } = this.#block;
    const since = new Date(this.#newestAt).toISOString();
    const asked = endpoints === 1 ? 'the only endpoint tells' : `any of ${endpoints} endpoints tells`;
    const message =
      `the chain or every endpoint stands still since ${since}: block ${number} is the newest that ${asked}, ` +
      `and a new one is expected every ${this.#blockTimeMs / 1000} s. What happens on the chain is not seen, and ` +
      'nothing is sent in time. Compare with a block explorer: where the chain goes on, add or change an endpoint';
    return {
      check,
      failing: true,
      message,
      data: { block: number, blockTime: new Date(timestamp * 1000), since },
    };
  }

  get #limitMs(): number {
    return Math.max(shortestMs, missedBlocks * this.#blockTimeMs, pauseFactor * this.#longestPauseMs);
  }

  /** As learned, or as usual where that is longer: a standstill told too early wakes people for nothing. */
  get #blockTimeMs(): number {
    const [first] = this.#heads;
    const last = this.#heads.at(-1);
    if (!first || !last || this.#heads.length < fewestHeads) return this.#usualMs;
    const learnedMs = Math.round((last.atMs - first.atMs) / (last.number - first.number));
    return this.#chain.isSteady ? Math.max(this.#usualMs, learnedMs) : learnedMs;
  }

  #remember(hash: string): void {
    this.#hashes.add(hash);
    const [oldest] = this.#hashes;
    if (this.#hashes.size > remembered && oldest !== undefined) this.#hashes.delete(oldest);
  }

  #advance(head: Seen, last: Seen | undefined): void {
    // A standstill that was told says nothing about what is usual, but where blocks come on demand after all.
    if (this.#isStill && this.#chain.isSteady) this.#heads = [];
    this.#newestAt = this.#clock.now();
    this.#looks = 0;
    this.#isStill = false;
    this.#heads = [...this.#heads, head].slice(-remembered);
    const pauses = this.#heads.slice(1).map((each, i) => each.atMs - (this.#heads[i] as Seen).atMs);
    // Between two looks that each found a new head there may have been any number of blocks.
    this.#longestPauseMs = Math.max(0, ...this.#heads.map(each => each.untilMs - each.atMs));
    if (last) this.#learnRhythm(pauses);
  }

  #learnRhythm(pauses: readonly number[]): void {
    const [first] = this.#heads;
    const last = this.#heads.at(-1);
    if (!first || !last || this.#heads.length < fewestHeads) return;
    const spanMs = last.atMs - first.atMs;
    const isInStep = Math.abs((last.timestamp - first.timestamp) * 1000 - spanMs) <= outOfStepMs;
    const isEven = Math.max(...pauses) <= (pauseFactor * spanMs) / pauses.length;
    this.#hasRhythm = spanMs >= shortestSpanMs && isInStep && isEven;
  }
}
