/** A variable rate that moved by more than this since the last look, 2 % a year, has to hold for one more. */
const calmRate = 2n * 10n ** 16n;

/**
 * Returns the rate unless it has just jumped: whoever moves a vault within a block must keep it there until the next look.
 * @param rates of the last look, by pool; the rate is entered
 */
export function calmed(
  rates: Map<string, bigint>,
  pool: string,
  rate: bigint | undefined,
): bigint | undefined {
  const last = rates.get(pool);
  if (rate === undefined) {
    rates.delete(pool);
    return undefined;
  }
  rates.set(pool, rate);
  if (last === undefined) return rate;
  const moved = rate > last ? rate - last : last - rate;
  return moved > calmRate ? undefined : rate;
}
