import { mulDivDown, one } from '../../src/hyperdrive/fixedPoint.ts';
import { depositFor, payoutFor, type Vault } from '../../src/hyperdrive/trades/vault.ts';

/**
 * Thrown where the contract reverted in the vault: it neither pays out nor accepts an amount that rounds to
 * 0.
 */
export class VaultRefused extends Error {}

/** An ERC-4626 vault like the devnet's, during one block. */
export class DevnetVault {
  base: bigint;
  shares: bigint;

  constructor(base: bigint, shares: bigint) {
    this.base = base;
    this.shares = shares;
  }

  /** Base for a share, 18 decimals. */
  get price(): bigint {
    return this.#vault.toBase(one);
  }

  /** Takes base, and returns the shares for it. */
  deposit(base: bigint): bigint {
    const shares = mulDivDown(base, this.shares, this.base);
    if (shares === 0n) throw new VaultRefused();
    this.base += base;
    this.shares += shares;
    return shares;
  }

  /** Returns the deposit of a short, in base or in shares, and takes it. */
  depositFor(neededShares: bigint, asBase: boolean): bigint {
    const { shares, base } = depositFor(neededShares, this.price, this.#vault);
    if (asBase) this.deposit(base);
    return asBase ? base : shares;
  }

  /** Returns the payout for shares that a pool owes, in base or in shares, and makes it. */
  payout(owedShares: bigint, asBase: boolean): bigint {
    const { shares, base } = payoutFor(owedShares, this.price, this.#vault);
    if (shares === 0n || !asBase) return shares;
    if (base === 0n) throw new VaultRefused();
    this.base -= base;
    this.shares -= shares;
    return base;
  }

  /** The vault divides its assets by its shares, as ERC-4626 vaults do. */
  get #vault(): Vault {
    return {
      toBase: shares => mulDivDown(shares, this.base, this.shares),
      toShares: base => mulDivDown(base, this.shares, this.base),
    };
  }
}
