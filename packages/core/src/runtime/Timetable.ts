import { type Chain, pollMsOf } from '../chains/index.ts';
import { backoffMs } from '../errors/index.ts';
import type { Cadence, Due, RoundReport } from './bot.ts';
import { ChainClock } from './chainClock.ts';

/** Nothing may be due for so long, or discovery waits. */
const discoveryRoomMs = 10_000;
const firstRetryMs = 1_000;
const longestRetryMs = 30_000;
/** … while something is due. */
const longestUrgentRetryMs = 5_000;

/** One moment on two clocks. */
export interface Instant {
  /** Milliseconds on a clock that is never set back, and that stands still while the machine sleeps. */
  now: number;
  /** This machine's time, milliseconds since 1970: what `clockTime` of something due compares with. */
  wallNow: number;
}

interface Completed extends Instant {
  report: RoundReport;
  startedAt: number;
  /** Consecutive failures of a target, this round's included. */
  errorsInARow(address: string): number;
}

/**
 * When a bot looks next: from what its last round said is due, and how often it looks and discovers anyway. Times are
 * milliseconds on a clock that is never set back, but for `wallNow`.
 */
export class Timetable {
  readonly #cadence: Cadence;
  readonly #chain: Pick<Chain, 'blockTimeMs'>;
  readonly #chainClock: ChainClock;
  #discoveredAt: Instant;
  /** When the soonest thing is due that the last round knew of. */
  #dueAt = Infinity;
  /** When the bot wants to look again at the latest. */
  #lookAt = Infinity;

  constructor(cadence: Cadence, chain: Pick<Chain, 'blockTimeMs'>, discoveredAt: Instant) {
    this.#cadence = cadence;
    this.#chain = chain;
    this.#chainClock = new ChainClock(cadence.chainSpeed, chain.blockTimeMs);
    this.#discoveredAt = discoveredAt;
  }

  /** Never just before something is due, which would have to wait for it; nor put off for ever. */
  isTimeToDiscover({ now, wallNow }: Instant): boolean {
    const { discoverEveryMs } = this.#cadence;
    // A machine that was asleep has not looked, though its steady clock says that no time has passed.
    const since = Math.max(now - this.#discoveredAt.now, wallNow - this.#discoveredAt.wallNow);
    const roomMs = Math.min(discoveryRoomMs, discoverEveryMs / 2);
    if (since < discoverEveryMs) return false;
    return this.#dueAt - now > roomMs || since > 2 * discoverEveryMs;
  }

  /** How long a discovery that begins now may keep the next round waiting: no longer than until something is due. */
  discoveryMs(now: number, mostMs: number): number {
    return Math.min(Math.max(this.#dueAt - now, discoveryRoomMs), mostMs);
  }

  /** A discovery begins. */
  discovers(at: Instant): void {
    this.#discoveredAt = at;
  }

  /** The pause until the next thing is due, and no longer than `lookEveryMs`; never a hot loop, also where all fails. */
  pauseAfter({ report, startedAt, now, wallNow, errorsInARow }: Completed): number {
    this.#chainClock.see(report.block, startedAt);
    this.#dueAt = now;
    this.#lookAt = now;
    const shortestPauseMs = pollMsOf(this.#chain);
    if (report.unfinished) return shortestPauseMs;
    const { lookEveryMs } = this.#cadence;
    const { number } = report.block;
    const until = (due: Due | undefined) => (due ? this.#pauseUntil(due, number, now, wallNow) : Infinity);
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

  /** What is due, or will be, is not slept through because a node was down a moment ago. */
  pauseAfterFailure(failuresInARow: number, now: number): number {
    const untilDueMs = Math.min(this.#dueAt, this.#lookAt) - now;
    const mostMs = untilDueMs > 0 ? untilDueMs : longestUrgentRetryMs;
    return Math.min(
      backoffMs(failuresInARow, firstRetryMs, longestRetryMs),
      mostMs,
      this.#cadence.lookEveryMs,
    );
  }

  /** A block early where blocks matter: when they really come is only seen by looking. */
  #pauseUntil(due: Due, head: number, now: number, wallNow: number): number {
    const { blockTimeMs } = this.#chain;
    if ('clockTime' in due) return due.clockTime - wallNow;
    if ('block' in due) return (due.block - head - 1) * blockTimeMs;
    return this.#chainClock.hereWhen(due.chainTime) - blockTimeMs - now;
  }
}

/** What is overdue since it failed is not due at once again. */
function pauseAfterError(untilNextMs: number, errorsInARow: number): number {
  const pauseMs = backoffMs(Math.max(errorsInARow, 1), firstRetryMs, longestRetryMs);
  return untilNextMs > 0 ? Math.min(untilNextMs, pauseMs) : pauseMs;
}
