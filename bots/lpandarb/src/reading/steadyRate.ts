/** The largest change since the last look at which a variable rate is used at once: 2 % a year. */
const steadyChange = 2n * 10n ** 16n;

/** The rate of a pool at the last look, and at how many looks in a row it had jumped. */
export interface SeenRate {
  rate: bigint;
  jumps: number;
}

/**
 * Returns the rate, unless it has just jumped. An attacker who moves a vault within a block thus has to keep
 * it there until the next look.
 * @param rates the rates of the last look, by pool; the new rate is stored in it
 * @returns no rate when it is unknown or moved by more than 2 % a year, and the number of looks in a row at which
 * it did
 */
export function steadyRate(
  rates: Map<string, SeenRate>,
  pool: string,
  rate: bigint | undefined,
): { variableRate: bigint | undefined; rateJumps: number } {
  const last = rates.get(pool);
  if (rate === undefined) {
    rates.delete(pool);
    return { variableRate: undefined, rateJumps: 0 };
  }
  const moved = rate - (last?.rate ?? rate);
  const isSteady = moved <= steadyChange && -moved <= steadyChange;
  const rateJumps = isSteady ? 0 : (last?.jumps ?? 0) + 1;
  rates.set(pool, { rate, jumps: rateJumps });
  return { variableRate: isSteady ? rate : undefined, rateJumps };
}
