import { type Chain, pollMsOf } from '../../chains/index.ts';
import { backoffMs } from '../../errors/index.ts';
import type { Block } from '../../rpc/index.ts';
import type { Cadence, Due, RoundReport } from '../bot.ts';

/** Discovery waits unless no action is due for this long. */
const discoveryRoomMs = 10_000;
const firstRetryMs = 1_000;
const longestRetryMs = 30_000;
/** The longest pause between retries while an action is due. */
const longestUrgentRetryMs = 5_000;

/** The same moment on two clocks. */
export interface Instant {
  /**
   * Milliseconds of the monotonic clock, which is never set back and stands still while the machine sleeps.
   */
  now: number;
  /** This machine's time in ms since 1970, which `clockTime` of a due action is compared with. */
  wallNow: number;
}

interface Completed extends Instant {
  report: RoundReport;
  startedAt: number;
  /** Returns the consecutive failures of a target, including this round's. */
  errorsInARow(address: string): number;
}

/**
 * Decides when a bot runs its next round: from the due times of its last report, and from how often it looks
 * and discovers in any case. Times are ms of the monotonic clock, except for `wallNow`.
 */
export class Timetable {
  readonly #cadence: Cadence;
  readonly #chain: Pick<Chain, 'blockTimeMs'>;
  readonly #chainClock: ChainClock;
  #discoveredAt: Instant;
  /** When the earliest due action of the last report is due. */
  #dueAt = Infinity;
  /** The latest moment at which the bot wants to look again. */
  #lookAt = Infinity;

  constructor(cadence: Cadence, chain: Pick<Chain, 'blockTimeMs'>, discoveredAt: Instant) {
    this.#cadence = cadence;
    this.#chain = chain;
    this.#chainClock = new ChainClock(cadence.chainSpeed, chain.blockTimeMs);
    this.#discoveredAt = discoveredAt;
  }

  /**
   * Returns whether it is time for a discovery. A discovery never begins just before an action is due,
   * because the action would wait for it, and it is not put off for ever.
   */
  isTimeToDiscover({ now, wallNow }: Instant): boolean {
    const { discoverEveryMs } = this.#cadence;
    // The monotonic clock stands still while the machine sleeps, so the longer of the two times counts.
    const since = Math.max(now - this.#discoveredAt.now, wallNow - this.#discoveredAt.wallNow);
    const roomMs = Math.min(discoveryRoomMs, discoverEveryMs / 2);
    if (since < discoverEveryMs) return false;
    return this.#dueAt - now > roomMs || since > 2 * discoverEveryMs;
  }

  /**
   * Returns how long a discovery that begins now may delay the next round, in ms: no longer than until an
   * action is due.
   */
  discoveryMs(now: number, mostMs: number): number {
    return Math.min(Math.max(this.#dueAt - now, discoveryRoomMs), mostMs);
  }

  /** Records that a discovery begins. */
  discovers(at: Instant): void {
    this.#discoveredAt = at;
  }

  /**
   * Returns the pause until the next action is due, in ms, and no more than `lookEveryMs`. It is never a hot
   * loop, even when every target fails.
   */
  pauseAfter({ report, startedAt, now, wallNow, errorsInARow }: Completed): number {
    this.#chainClock.see(report.block, startedAt);
    this.#dueAt = now;
    this.#lookAt = now;
    const shortestPauseMs = pollMsOf(this.#chain);
    if (report.unfinished) return shortestPauseMs;
    const { lookEveryMs } = this.#cadence;
    const { number } = report.block;
    const until = (due: Due | undefined) =>
      due ? this.#pauseUntil(due, number, { now, wallNow }) : Infinity;
    const lookMs = Math.min(...report.targets.map(({ lookBy }) => until(lookBy)));
    this.#dueAt = now + Math.min(...report.targets.map(({ next }) => until(next)));
    this.#lookAt = now + lookMs;
    const pausesMs = report.targets.map(({ address, next, error }) => {
      const pauseMs = next ? until(next) : lookEveryMs;
      return error === undefined ? pauseMs : pauseAfterError(pauseMs, errorsInARow(address));
    });
    const soonestMs = Math.min(...pausesMs, lookMs, lookEveryMs);
    return Math.min(Math.max(soonestMs, shortestPauseMs), lookEveryMs);
  }

  /**
   * Returns the pause after a failed round, in ms. It never sleeps past a due action because a node was down
   * a moment ago.
   */
  pauseAfterFailure(failuresInARow: number, now: number): number {
    const untilDueMs = Math.min(this.#dueAt, this.#lookAt) - now;
    const mostMs = untilDueMs > 0 ? untilDueMs : longestUrgentRetryMs;
    return Math.min(
      backoffMs(failuresInARow, firstRetryMs, longestRetryMs),
      mostMs,
      this.#cadence.lookEveryMs,
    );
  }

  /**
   * Where blocks matter the pause ends one block early, because only a read shows when a block really comes.
   */
  #pauseUntil(due: Due, head: number, { now, wallNow }: Instant): number {
    const { blockTimeMs } = this.#chain;
    if ('clockTime' in due) return due.clockTime - wallNow;
    if ('block' in due) return (due.block - head - 1) * blockTimeMs;
    return this.#chainClock.hereWhen(due.chainTime) - blockTimeMs - now;
  }
}

/** Backs off an overdue action of a failing target, so that it is not due again at once. */
function pauseAfterError(untilNextMs: number, errorsInARow: number): number {
  const pauseMs = backoffMs(Math.max(errorsInARow, 1), firstRetryMs, longestRetryMs);
  return untilNextMs > 0 ? Math.min(untilNextMs, pauseMs) : pauseMs;
}

/**
 * Converts the chain's time to the monotonic clock of this machine. It learns from the blocks that it is
 * given: the least delay between a block's time and its arrival shows when blocks are made. A jump, as on a
 * development chain whose time was moved, is adopted at once.
 */
export class ChainClock {
  readonly #speed: number;
  readonly #toleranceMs: number;
  #offsetMs: number | undefined;

  /**
   * @param speed seconds that pass on the chain in one second here
   * @param blockTimeMs time between blocks in ms
   */
  constructor(speed: number, blockTimeMs: number) {
    this.#speed = speed;
    this.#toleranceMs = 3 * blockTimeMs;
  }

  /**
   * Records a block.
   * @param seenAtMs when the block was read, in ms of the monotonic clock
   */
  see(block: Pick<Block, 'timestamp'>, seenAtMs: number): void {
    const offsetMs = seenAtMs - this.#scaled(block.timestamp);
    const known = this.#offsetMs;
    if (known === undefined || offsetMs < known || offsetMs > known + this.#toleranceMs)
      this.#offsetMs = offsetMs;
  }

  /** Returns when the chain's time reaches `chainTime` (seconds), in ms of the monotonic clock. */
  hereWhen(chainTime: number): number {
    return this.#scaled(chainTime) + (this.#offsetMs ?? 0);
  }

  #scaled(chainTime: number): number {
    return (chainTime * 1000) / this.#speed;
  }
}
