import type { Clock } from '../../src/clock/index.ts';

/** Time that passes when a test says so. */
export interface FakeClock extends Clock {
  /** Moves time on, waking sleepers on the way in their order, and lets each do what it does. */
  advance(ms: number): Promise<void>;
}

export function fakeClock(start = 1_000_000): FakeClock {
  let now = start;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise(resolve => {
        const sleeper = {
          at: now + ms,
          wake() {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        if (signal?.aborted || ms <= 0) return resolve();
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
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

/** What is under way goes on until it waits for time. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await new Promise(resolve => setImmediate(resolve));
}
