import { setTimeout as timer } from 'node:timers/promises';

/** The process's time and its only way to wait, passed as an argument so that tests can bring their own. */
export interface Clock {
  /** Milliseconds since 1970, for reports: an operator or NTP may set it back. */
  now(): number;
  /** Milliseconds since some moment of this process, for durations: it is never set back. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Node fires a timer with a longer delay immediately. */
const longestTimerMs = 2 ** 31 - 1;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    const delayMs = Math.min(Math.max(ms, 0), longestTimerMs);
    await timer(delayMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};

/** Returns the value of `work`, or rejects with `onTimeout()` after `ms`. The work itself is not stopped. */
export async function withDeadline<T>(work: Promise<T>, ms: number, onTimeout: () => Error): Promise<T> {
  const cancel = new AbortController();
  const late = timer(ms, undefined, { signal: cancel.signal }).then(() => {
    throw onTimeout();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    cancel.abort();
  }
}
