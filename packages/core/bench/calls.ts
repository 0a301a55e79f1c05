import { setTimeout as delay } from 'node:timers/promises';

/** The limit of each wait; a provider that has not answered by then never will. */
export const callLimitMs = 15_000;
/** The time after which no new call is begun in a cell. */
export const cellLimitMs = 20_000;

/** The outcome of one call. */
export interface CallResult {
  ok: boolean;
  ms: number;
  timedOut: boolean;
  error?: unknown;
}

/** Waits for one call, with a limit. Never rejects. */
export async function timed(call: () => Promise<unknown>, limitMs = callLimitMs): Promise<CallResult> {
  const startedAt = performance.now();
  const over = new AbortController();
  const since = () => performance.now() - startedAt;
  const running = (async () => call())().then(
    (): CallResult => ({ ok: true, ms: since(), timedOut: false }),
    (error: unknown): CallResult => ({ ok: false, ms: since(), timedOut: false, error }),
  );
  const limit = delay(limitMs, undefined, { signal: over.signal }).then(
    (): CallResult => ({ ok: false, ms: limitMs, timedOut: true }),
    (): CallResult => ({ ok: false, ms: limitMs, timedOut: true }),
  );
  const outcome = await Promise.race([running, limit]);
  over.abort();
  return outcome;
}

export interface Load {
  calls: number;
  concurrency?: number;
  /** The pause between two calls of the same lane, in ms. */
  pauseMs?: number;
  limitMs?: number;
}

/**
 * Makes `calls` calls, `concurrency` at a time, and fewer when the cell's time is up. The outcomes are in the
 * order of the calls' beginnings.
 */
export async function load(
  call: (nth: number) => Promise<unknown>,
  { calls, concurrency = 1, pauseMs = 0, limitMs = callLimitMs }: Load,
): Promise<CallResult[]> {
  const outcomes: CallResult[] = [];
  const deadline = performance.now() + cellLimitMs;
  let next = 0;
  const lane = async () => {
    while (next < calls && performance.now() < deadline) {
      const nth = next;
      next += 1;
      outcomes[nth] = await timed(() => call(nth), limitMs);
      if (pauseMs > 0) await delay(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return outcomes.filter(outcome => outcome !== undefined);
}

export const failedOf = (outcomes: readonly CallResult[]) => outcomes.filter(({ ok }) => !ok).length;

/** Returns the duration that this part of the calls did not exceed, failed ones included. */
export function percentile(outcomes: readonly CallResult[], part: number): number {
  const sorted = outcomes.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.min(Math.ceil(sorted.length * part), sorted.length) - 1] ?? Number.NaN;
}
