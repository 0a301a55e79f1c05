import { uptime } from 'node:os';

/** A moment, for measuring how long ago it was. Says nothing to another machine. */
export interface Moment {
  /** Milliseconds, not counted while the machine sleeps. */
  readonly awakeMs: number;
  /** Milliseconds, counted also while it sleeps. */
  readonly allMs: number;
}

/** Time that passes; no clock that anybody sets. */
export interface Stopwatch {
  now(): Moment;
  /** Resolves after `ms`, or at once when `signal` aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest that it can have been: for whoever must not go on for too long. */
export function atMostMs(from: Moment, to: Moment): number {
  return Math.max(to.awakeMs - from.awakeMs, to.allMs - from.allMs);
}

/** The shortest that it can have been: for whoever must not begin too early. */
export function atLeastMs(from: Moment, to: Moment): number {
  return Math.min(to.awakeMs - from.awakeMs, to.allMs - from.allMs);
}

/** On Linux `uptime` is CLOCK_BOOTTIME, which goes on while a machine is suspended. */
export function systemNow(): Moment {
  return { awakeMs: performance.now(), allMs: uptime() * 1000 };
}
