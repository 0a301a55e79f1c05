import type { Observation } from '../../alerts/index.ts';
import type { Chain } from '../../chains/index.ts';
import type { Clock } from '../../clock/index.ts';
import type { Block } from '../../rpc/index.ts';

/** A head that has not moved for less than this is never reported as standing still. */
const shortestMs = 30_000;
/** The number of blocks in a row that a chain may leave out. Mainnet has left out four at most for years. */
const missedBlocks = 10;
/** A chain with longer pauses of its own is given this multiple of the longest pause. */
const pauseFactor = 3;
/** The rhythm is learned from this many new heads. */
const remembered = 32;
const fewestHeads = 8;
const shortestSpanMs = 20_000;
/** The tolerated difference between the time of the blocks and this machine's time over the span, in ms. */
const outOfStepMs = 3_000;
/**
 * The number of rounds that have to find the same head. The first round after the process was suspended may
 * report a head that was read before.
 */
const fewestLooks = 2;
/** A head that goes back by more blocks belongs to a chain that was reset, and the learning begins anew. */
const deepestReorg = 8;

/** A head when it was first seen. */
interface Seen {
  number: number;
  timestamp: number;
  /** In ms of the monotonic clock. */
  atMs: number;
  /** When it was last seen as the newest head, in ms of the monotonic clock. */
  untilMs: number;
}

/**
 * Detects that the head no longer moves: either the chain stands still, or every endpoint does. On a chain of
 * the table a block is expected within its block time. Any other chain may mine on demand. On such a chain a
 * standstill is reported only once blocks have arrived by themselves, in step with this machine's clock.
 */
export class Standstill {
  readonly #chain: Pick<Chain, 'isSteady'>;
  readonly #usualMs: number;
  readonly #clock: Clock;
  #heads: Seen[] = [];
  /** When the newest head was first seen, in ms since 1970. */
  #newestAt = 0;
  #block: Block | undefined;
  /** The hashes of the most recent heads. */
  readonly #hashes = new Set<string>();
  #looks = 0;
  #hasRhythm = false;
  #longestPauseMs = 0;
  #isStill = false;

  /** @param usualMs time between blocks in ms, from the table or from the operator's configuration */
  constructor(chain: Pick<Chain, 'isSteady'>, usualMs: number, clock: Clock) {
    this.#chain = chain;
    this.#usualMs = usualMs;
    this.#clock = clock;
  }

  /**
   * When the standstill began, in ms since 1970; undefined while the head moves, or while a standstill is not
   * established.
   */
  get since(): number | undefined {
    return this.#isStill ? this.#newestAt : undefined;
  }

  /**
   * Records the end of a round.
   * @param block the block that the round read at
   * @param best the newest head of any endpoint
   */
  see(block: Block, best: number): void {
    const number = Math.max(block.number, best);
    const atMs = this.#clock.monotonicMs();
    const last = this.#heads.at(-1);
    // The nodes behind one URL may stand still at heads far apart: a head that was seen before is not new.
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

  /**
   * Returns the observation about the standstill.
   * @param endpoints the number of configured endpoints
   */
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

  /**
   * The learned block time, or the usual one where that is longer: a standstill reported too early pages
   * people without need.
   */
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
    // The pause of a reported standstill does not belong to the usual rhythm, except on a chain that mines on
    // demand.
    if (this.#isStill && this.#chain.isSteady) this.#heads = [];
    this.#newestAt = this.#clock.now();
    this.#looks = 0;
    this.#isStill = false;
    this.#heads = [...this.#heads, head].slice(-remembered);
    const pauses = this.#heads.slice(1).map((each, i) => each.atMs - (this.#heads[i] as Seen).atMs);
    // Between two rounds that each found a new head there may have been any number of blocks.
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
