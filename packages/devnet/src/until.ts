import { setTimeout as delay } from 'node:timers/promises';

/** Short enough that a test hardly waits, and long enough that the polled process hardly notices. */
const lookEveryMs = 50;

/**
 * Waits until `look` returns a value, and returns it.
 *
 * @throws Error that names the awaited condition, when there is no result after `timeoutMs`; what `look`
 * throws
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await delay(lookEveryMs);
  }
}
