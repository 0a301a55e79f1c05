import { type Chain, pollMsOf } from '../chains/index.ts';
import { backoffMs } from '../errors/index.ts';
import type { Cadence, Due, RoundReport, TargetReport } from './bot.ts';
import { ChainClock } from './chainClock.ts';

/** Nothing may be due for so long, or discovery waits. */
const discoveryRoomMs = 10_000;
const firstRetryMs = 1_000;
const longestRetryMs = 30_000;
/** … while something is due. */
const longestUrgentRetryMs = 5_000;

interface Completed {
  report: RoundReport;
  startedAt: number;
  now: number;
  /** Consecutive failures of a target, this round's included. */
  errorsInARow(address: string): number;
}

/**
 * When a bot looks next: from what its last round said is due, and how often it looks and discovers anyway. Times are
 * milliseconds since 1970 here, pauses milliseconds.
 */
export class Timetable {
  readonly #cadence: Cadence;
  readonly #blockTimeMs: number;
  readonly #shortestPauseMs: number;
  readonly #chainClock: ChainClock;
  #discoveredAt: number;
  /** When the soonest thing is due that the last round knew of. */
  #dueAt = Infinity;

  constructor(cadence: Cadence, chain: Pick<Chain, 'blockTimeMs'>, discoveredAt: number) {
    this.#cadence = cadence;
    this.#blockTimeMs = chain.blockTimeMs;
    this.#shortestPauseMs = pollMsOf(chain);
    this.#chainClock = new ChainClock(cadence.chainSpeed, chain.blockTimeMs);
    this.#discoveredAt = discoveredAt;
  }

  /** Never just before something is due, which would have to wait for it; nor put off for ever. */
  isTimeToDiscover(now: number): boolean {
    const { discoverEveryMs } = this.#cadence;
    // By a clock that was set back the last one is long ago, too.
    const since = Math.abs(now - this.#discoveredAt);
    const roomMs = Math.min(discoveryRoomMs, discoverEveryMs / 2);
    if (since < discoverEveryMs) return false;
    return this.#dueAt - now > roomMs || since > 2 * discoverEveryMs;
  }

  /** A discovery begins. */
  discovers(now: number): void {
    this.#discoveredAt = now;
  }

  /** The pause until the next thing is due, and no longer than `lookEveryMs`; never a hot loop, also where all fails. */
  pauseAfter({ report, startedAt, now, errorsInARow }: Completed): number {
    this.#chainClock.see(report.block, startedAt);
    this.#dueAt = now;
    if (report.unfinished) return this.#shortestPauseMs;
    const { lookEveryMs } = this.#cadence;
    const untilNextMs = ({ next }: TargetReport) => next && this.#pauseUntil(next, report.block.number, now);
    this.#dueAt = now + Math.min(...report.targets.map(target => untilNextMs(target) ?? Infinity));
    const pausesMs = report.targets.map(target => {
      const pauseMs = untilNextMs(target) ?? lookEveryMs;
      return target.error === undefined ? pauseMs : pauseAfterError(pauseMs, errorsInARow(target.address));
    });
    const soonestMs = Math.min(...pausesMs, lookEveryMs);
    return Math.min(Math.max(soonestMs, this.#shortestPauseMs), lookEveryMs);
  }

  /** What is due, or will be, is not slept through because a node was down a moment ago. */
  pauseAfterFailure(failuresInARow: number, now: number): number {
    const untilDueMs = this.#dueAt - now;
    const mostMs = untilDueMs > 0 ? untilDueMs : longestUrgentRetryMs;
    return Math.min(
      backoffMs(failuresInARow, firstRetryMs, longestRetryMs),
      mostMs,
      this.#cadence.lookEveryMs,
    );
  }

  /** A block early where blocks matter: when they really come is only seen by looking. */
  #pauseUntil(due: Due, head: number, now: number): number {
    if ('clockTime' in due) return due.clockTime - now;
    if ('block' in due) return (due.block - head - 1) * this.#blockTimeMs;
    return this.#chainClock.hereWhen(due.chainTime) - this.#blockTimeMs - now;
  }
}

/** What is overdue since it failed is not due at once again. */
function pauseAfterError(untilNextMs: number, errorsInARow: number): number {
  const pauseMs = backoffMs(Math.max(errorsInARow, 1), firstRetryMs, longestRetryMs);
  return untilNextMs > 0 ? Math.min(untilNextMs, pauseMs) : pauseMs;
}
