/** The kinds of token that a pool issues, by the prefix of their ids. */
export const assetPrefix = { lp: 0n, long: 1n, short: 2n, withdrawalShares: 3n } as const;

/**
 * Returns the id of a position that matures at `maturity` (seconds since 1970): the prefix is the highest
 * byte.
 */
export function assetId(kind: keyof typeof assetPrefix, maturity: number): bigint {
  return (assetPrefix[kind] << 248n) | BigInt(maturity);
}
