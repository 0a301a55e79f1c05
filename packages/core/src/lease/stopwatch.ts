import { uptime } from 'node:os';

/** A moment, for measuring the time since then. It has no meaning on another machine. */
export interface Moment {
  /** Milliseconds, not counted while the machine sleeps. */
  readonly awakeMs: number;
  /** Milliseconds, counted also while it sleeps. */
  readonly allMs: number;
}

/** Measures passing time, independent of the machine's settable clock. */
export interface Stopwatch {
  now(): Moment;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Returns the longest time that may have passed, in ms: for a copy that must not go on for too long. */
export function atMostMs(from: Moment, to: Moment): number {
  return Math.max(to.awakeMs - from.awakeMs, to.allMs - from.allMs);
}

/** Returns the shortest time that may have passed, in ms: for a copy that must not begin too early. */
export function atLeastMs(from: Moment, to: Moment): number {
  return Math.min(to.awakeMs - from.awakeMs, to.allMs - from.allMs);
}

/**
 * Returns the present moment. On Linux `uptime` is CLOCK_BOOTTIME, which goes on while a machine is
 * suspended.
 */
export function systemNow(): Moment {
  return { awakeMs: performance.now(), allMs: uptime() * 1000 };
}
