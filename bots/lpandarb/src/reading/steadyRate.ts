/** The largest change since the last look at which a variable rate is used at once: 2 % a year. */
const steadyChange = 2n * 10n ** 16n;

/**
 * Returns the rate, unless it has just jumped. An attacker who moves a vault within a block thus has to keep
 * it there until the next look.
 * @param rates the rates of the last look, by pool; the new rate is stored in it
 * @returns undefined when the rate is unknown or moved by more than 2 % a year
 */
export function steadyRate(
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
  return moved > steadyChange ? undefined : rate;
}
