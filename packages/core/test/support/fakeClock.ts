import process from 'node:process';
import type { Clock } from '../../src/clock/index.ts';

/** A clock that a test advances. */
export interface FakeClock extends Clock {
  /** Advances the time, wakes sleepers on the way in their order, and lets each do its work. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock forward, or back where it is negative; sleepers and durations are not affected. */
  step(ms: number): void;
}

export function fakeClock(start = 1_000_000): FakeClock {
  let now = start;
  let stepMs = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  return {
    now: () => now + stepMs,
    monotonicMs: () => now,
    sleep: (ms, signal) =>
      new Promise(resolve => {
        const sleeper = {
          at: now + ms,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        if (signal?.aborted || ms <= 0) return resolve();
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
    step(ms) {
      stepMs += ms;
    },
    async advance(ms) {
      const end = now + ms;
      await turns();
      for (;;) {
        const next = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        now = Math.max(now, next.at);
        next.wake();
        await turns();
      }
      now = end;
      await turns();
    },
  };
}

function isAtDisk(): boolean {
  return process.getActiveResourcesInfo().some(each => each === 'FSReqPromise' || each === 'CloseReq');
}

/** In a test in which a disk hangs, the wait ends after this time. */
const mostDiskMs = 5_000;

/** Lets all work continue until it waits for time: no time passes while a disk is at work. */
async function turns(): Promise<void> {
  const from = performance.now();
  for (let quiet = 0; quiet < 5; quiet += 1) {
    await new Promise(resolve => setImmediate(resolve));
    if (isAtDisk() && performance.now() - from < mostDiskMs) quiet = -1;
  }
}
