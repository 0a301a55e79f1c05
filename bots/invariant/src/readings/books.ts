import { divDown, mulDown } from '@service-bots/core/hyperdrive';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import type { Snapshot } from './index.ts';

/** The shares that a pool's books assign. */
export interface Books {
  /** To shorts: ⌊(s + ⌊s·flatFee⌋)/c⌋. */
  behindShorts: bigint;
  /** To all others: LPs, governance, the withdrawal pool and matured positions. */
  others: bigint;
}

/** The values that the books are made of. */
export interface BookedValues {
  shareReserves: bigint;
  zombieShareReserves: bigint;
  shortsOutstanding: bigint;
  governanceFees: bigint;
  withdrawalSharesProceeds: bigint;
  /** The vault share price (c), 18 decimals, above 0. */
  vaultSharePrice: bigint;
}

/** Returns the shares that a pool's books assign. @param flatFee 18 decimals */
export function booksOf(values: BookedValues, flatFee: bigint): Books {
  const { shareReserves, zombieShareReserves, governanceFees, withdrawalSharesProceeds } = values;
  return {
    behindShorts: sharesForBonds(values.shortsOutstanding, flatFee, values.vaultSharePrice),
    others: shareReserves + governanceFees + withdrawalSharesProceeds + zombieShareReserves,
  };
}

/** Returns the shares that the books require behind bonds at a price of a vault share. */
export function sharesForBonds(bonds: bigint, flatFee: bigint, price: bigint): bigint {
  return divDown(bonds + mulDown(bonds, flatFee), price);
}

/** Returns whether the vault holds the shares that the books require; false where that could not be read. */
export function holdsByBooks({ config, settings }: InvariantPool, now: Snapshot): boolean {
  const { actualShares, market, vaultSharePrice, governanceFees, withdrawalSharesProceeds } = now;
  if (!actualShares?.ok || !market.ok || !vaultSharePrice.ok) return false;
  if (!governanceFees.ok || !withdrawalSharesProceeds.ok || vaultSharePrice.value <= 0n) return false;
  const values = {
    ...market.value,
    governanceFees: governanceFees.value,
    withdrawalSharesProceeds: withdrawalSharesProceeds.value,
    vaultSharePrice: vaultSharePrice.value,
  };
  const { behindShorts, others } = booksOf(values, config.fees.flat);
  return actualShares.value - others - behindShorts >= -settings.totalSharesTolerance;
}
