import { one } from '@service-bots/core/hyperdrive';
import type { Flows } from './Ledger.ts';

/** The earnings of a pool so far, in base. They were paid out, or closing everything now would pay them. */
export interface Result {
  liquidity: bigint;
  arbitrage: bigint;
  /** The fees of the pool. The two figures above are net of them. */
  fees: bigint;
  gas: bigint;
  /** Liquidity plus arbitrage, less gas. */
  profit: bigint;
  /** The profit as a fraction of the capital per year, 18 decimals; undefined in the first hour. */
  yearly: bigint | undefined;
}

const secondsInYear = 31_536_000n;

/**
 * Returns the result of a pool: base received plus the closing value of all positions, less base paid.
 * @param now the chain's time, seconds since 1970
 */
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
