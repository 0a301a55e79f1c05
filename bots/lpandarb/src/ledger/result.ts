import { one } from '@service-bots/core/hyperdrive';
import type { Flows } from './Ledger.ts';

/** What a pool has earned so far. Base; it was paid out, or closing everything now would pay it. */
export interface Result {
  liquidity: bigint;
  arbitrage: bigint;
  /** Fees of the pool, which the two figures above have paid already. */
  fees: bigint;
  gas: bigint;
  /** Liquidity and arbitrage less gas. */
  profit: bigint;
  /** The same as a part of the capital and a year, 18 decimals; undefined in the first hour. */
  yearly: bigint | undefined;
}

const secondsInYear = 31_536_000n;

/** Returns the result of a pool: base received and what closing would pay, less base paid. */
export function resultOf(
  flows: Flows,
  marked: { liquidity: bigint; bonds: bigint },
  capital: bigint,
  now: number,
): Result {
  const liquidity = flows.liquidityReceived + marked.liquidity - flows.liquidityPaid;
  const arbitrage = flows.bondsReceived + marked.bonds - flows.bondsPaid;
  const profit = liquidity + arbitrage - flows.gas;
  const seconds = flows.since === undefined ? 0 : now - flows.since;
  const yearly =
    seconds < 3_600 || capital === 0n
      ? undefined
      : (profit * one * secondsInYear) / (capital * BigInt(seconds));
  return { liquidity, arbitrage, fees: flows.fees, gas: flows.gas, profit, yearly };
}
