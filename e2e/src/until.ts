import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until the answer is accepted. @throws Error that names the awaited condition */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  withinMs = 60_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(500);
  }
  throw new Error(`waited ${withinMs / 1000} s in vain for ${what}`, { cause: last });
}
