/** The form of a date in HTTP: `Wed, 21 Oct 2026 07:28:00 GMT`. `Date.parse` reads `-5` as a month. */
const httpDate = /^[a-z]{3,9},? .*\d{2}:\d{2}:\d{2}/i;

/**
 * Returns the pause that a `Retry-After` header asks for, in ms; undefined without a valid value or without a
 * pause. A limiter that sends `0`, or a time that is over, is treated as one that sends none.
 * @param header seconds, or an HTTP date
 * @param now by the server's own clock where it is known, in ms since 1970
 * @param mostMs the longest pause that counts, in ms
 */
export function retryAfterMs(
  header: string | null | undefined,
  now: number,
  mostMs = Number.POSITIVE_INFINITY,
): number | undefined {
  const text = (header ?? '').trim();
  const isSeconds = /^\d+(\.\d+)?$/.test(text);
  if (!isSeconds && !httpDate.test(text)) return undefined;
  const ms = isSeconds ? Number(text) * 1_000 : Date.parse(text) - now;
  return ms > 0 ? Math.min(ms, mostMs) : undefined;
}
