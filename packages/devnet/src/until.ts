import { setTimeout as delay } from 'node:timers/promises';

/** Often enough that a test hardly waits, seldom enough that what it looks at hardly notices. */
const lookEveryMs = 50;

/**
 * Waits until `look` gives something, and gives that.
 *
 * @throws Error that says what it waited for, when there is nothing yet after `timeoutMs`; what `look` throws
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
