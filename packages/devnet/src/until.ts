import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** @default a minute */
  timeoutMs?: number | undefined;
  /**
   * The pause between two looks.
   * @default 50 ms: a test hardly waits, and the polled process hardly notices
   */
  everyMs?: number;
  /** Whether an error of `look` only means that there is no result yet. @default the error is thrown */
  retriesErrors?: boolean;
}

/**
 * Waits until `look` returns a value, and returns it.
 *
 * @param what the awaited condition, for the error; a function is called when the wait was in vain
 * @throws Error that names the awaited condition, when there is no result in time; what `look` throws
 */
export async function until<T>(
  what: string | (() => string),
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  { timeoutMs = 60_000, everyMs = 50, retriesErrors = false }: UntilOptions = {},
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
    } catch (error) {
      if (!retriesErrors) throw error;
      cause = error;
    }
    if (performance.now() > end) {
      const condition = typeof what === 'string' ? what : what();
      throw new Error(`waited ${timeoutMs} ms in vain until ${condition}`, { cause });
    }
    await delay(everyMs);
  }
}
