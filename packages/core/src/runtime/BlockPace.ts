import { type Clock, withDeadline } from '../clock/index.ts';
import { BotError } from '../errors/index.ts';
import { type FailoverProvider, readBlock, readHead } from '../rpc/index.ts';

/** Heads that the pace is learned from. */
const remembered = 8;
/** Fewer blocks than this between two heads say little, since a head may be seen early or late by one. */
const fewestBlocks = 4;
/** No chain is followed in shorter steps. */
const shortestMs = 100;

/**
 * How fast a chain makes blocks: as its row of the table says, or faster where its heads show that. A time that is too
 * short costs a look at the chain; one that is too long costs the block that an action was meant for. Hence a slower
 * chain is followed as if it kept to its row.
 */
export class BlockPace {
  readonly #usualMs: number;
  #heads: { number: number; seenAtMs: number }[] = [];
  #learnedMs: number | undefined;

  /** @param usualMs time between blocks, by the table of chains */
  constructor(usualMs: number) {
    this.#usualMs = usualMs;
  }

  /** Milliseconds between two blocks, never more than the table says. */
  get blockTimeMs(): number {
    return Math.min(this.#usualMs, this.#learnedMs ?? this.#usualMs);
  }

  /** @param seenAtMs when the head was read, on a clock that is never set back */
  see(number: number, seenAtMs: number): void {
    const last = this.#heads.at(-1);
    if (last && number === last.number) return;
    // After a reorg, or on a node that lags, numbers go back: what was measured before counts no more.
    if (last && number < last.number) this.#heads = [];
    this.#heads = [...this.#heads, { number, seenAtMs }].slice(-remembered);
    const first = this.#heads[0] as { number: number; seenAtMs: number };
    this.#learn(number - first.number, seenAtMs - first.seenAtMs);
  }

  /** What two headers tell, for a start that has seen no head yet. Times are the chain's, in seconds. */
  learn(older: { number: number; timestamp: number }, newer: { number: number; timestamp: number }): void {
    this.#learn(newer.number - older.number, (newer.timestamp - older.timestamp) * 1000);
  }

  #learn(blocks: number, passedMs: number): void {
    // One block more than were counted: rounded towards the shorter time.
    if (blocks >= fewestBlocks) this.#learnedMs = Math.max(passedMs / (blocks + 1), shortestMs);
  }
}

/** Headers so far apart tell the time between blocks well, though their times are whole seconds. */
const apartBlocks = 100;
const patienceMs = 1_000;

/** Asks for two headers at a start, so that its first actions are in time. Never throws: the heads to come tell as well. */
export async function learnPace(provider: FailoverProvider, pace: BlockPace, clock: Clock): Promise<void> {
  const ask = async () => {
    const head = await readHead(provider);
    pace.see(head.number, clock.monotonicMs());
    const older = await readBlock(provider, Math.max(head.number - apartBlocks, 0));
    if (older) pace.learn(older, head);
  };
  await withDeadline(ask(), patienceMs, () => new BotError('no answer in time')).catch(() => undefined);
}
