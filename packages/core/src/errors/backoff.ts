/**
 * Returns the pause before the next attempt, in ms: twice as long after each failure.
 * @param failuresInARow from 1 on
 */
export function backoffMs(failuresInARow: number, firstMs: number, longestMs: number): number {
  return Math.min(firstMs * 2 ** (failuresInARow - 1), longestMs);
}
