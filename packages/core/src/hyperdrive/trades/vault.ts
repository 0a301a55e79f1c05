import { divDown, divUp, mulDown, mulUp } from '../fixedPoint.ts';

/**
 * A vault's own conversions, as the pool's `convertToBase` and `convertToShares` return them; both round
 * down.
 */
export interface Vault {
  toBase(shares: bigint): bigint;
  toShares(base: bigint): bigint;
}

/** Returns conversions at a price of 18 decimals: off by a few wei, for vaults whose totals are unknown. */
export function vaultAtPrice(vaultSharePrice: bigint): Vault {
  return {
    toBase: shares => mulDown(shares, vaultSharePrice),
    toShares: base => divDown(base, vaultSharePrice),
  };
}

/** An amount in both units; a trade is paid in one of them. */
export interface PaidAmount {
  shares: bigint;
  base: bigint;
}

/**
 * Returns the deposit of a short, in base and, as the alternative, in shares.
 * @param shares the deposit that the pool computes, in vault shares
 */
export function depositFor(shares: bigint, vaultSharePrice: bigint, vault: Vault): PaidAmount {
  // The contract rounds up on the way to base and back, and adds a wei, so that the vault mints enough shares for it.
  const base = vault.toBase(divUp(mulUp(shares, vaultSharePrice), vaultSharePrice)) + 1n;
  return { shares: divDown(base, vaultSharePrice), base };
}

/**
 * Returns the payout for shares that the pool owes, in base and, as the alternative, in shares.
 * @param shares the proceeds that the pool computes, in vault shares
 */
export function payoutFor(shares: bigint, vaultSharePrice: bigint, vault: Vault): PaidAmount {
  const paid = vault.toShares(mulDown(shares, vaultSharePrice));
  return { shares: paid, base: vault.toBase(paid) };
}
