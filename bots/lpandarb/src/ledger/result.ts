import { one } from '@service-bots/core/hyperdrive';
import type { Flows } from './Ledger.ts';

/** The earnings of a pool and their parts. */
export interface Earnings {
  liquidity: bigint;
  arbitrage: bigint;
  /** The fees of the pool. The two figures above are net of them. */
  fees: bigint;
  gas: bigint;
  /** Liquidity plus arbitrage, less gas. */
  profit: bigint;
}

/** The earnings of a pool so far, in base. They were paid out, or closing everything now would pay them. */
export interface Result extends Earnings {
  /** The same as fractions of the capital per year, 18 decimals; undefined in the first hour. */
  yearly: Earnings | undefined;
}

const secondsInYear = 31_536_000n;

/**
 * Returns the result of a pool: base received plus the closing value of all positions, less base paid.
 * @param now the chain's time, seconds since 1970
 */
export function resultOf(
  flows: Flows,
  { marked, capital, now }: { marked: { liquidity: bigint; bonds: bigint }; capital: bigint; now: number },
): Result {
  const liquidity = flows.liquidityReceived + marked.liquidity - flows.liquidityPaid;
  const arbitrage = flows.bondsReceived + marked.bonds - flows.bondsPaid;
  const { fees, gas } = flows;
  const earned: Earnings = { liquidity, arbitrage, fees, gas, profit: liquidity + arbitrage - gas };
  const seconds = flows.since === undefined ? 0 : now - flows.since;
  return { ...earned, yearly: yearlyOf(earned, capital, seconds) };
}

/** Returns earnings over a time as fractions of the capital per year; undefined in the first hour. */
function yearlyOf(earned: Earnings, capital: bigint, seconds: number): Earnings | undefined {
  if (seconds < 3_600 || capital === 0n) return undefined;
  const yearly = (amount: bigint) => (amount * one * secondsInYear) / (capital * BigInt(seconds));
  const [liquidity, arbitrage, gas] = [
    yearly(earned.liquidity),
    yearly(earned.arbitrage),
    yearly(earned.gas),
  ];
  // The profit is the sum of the rounded parts, so that the printed parts add up.
  return { liquidity, arbitrage, fees: yearly(earned.fees), gas, profit: liquidity + arbitrage - gas };
}
