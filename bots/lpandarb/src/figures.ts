import type { GaugeReading } from '@service-bots/core/runtime';
import { formatUnits } from 'ethers';
import type { SeenPool } from './act.ts';
import type { Earnings, Result } from './ledger/result.ts';
import { outcomeText } from './planning/outcomeText.ts';
import { isoMinute, percent } from './planning/texts.ts';
import type { PoolPlan } from './planning/view.ts';

/** The figures of one pool at the end of a round. */
export interface PoolFigures {
  look: SeenPool;
  plan: PoolPlan;
  result: Result;
  capital: bigint;
}

/** Returns the details of a pool for `/status`. Amounts are decimal texts in base. */
export function detailsOf({ look, plan, result, capital }: PoolFigures): Record<string, unknown> {
  const { decimals } = look.pool;
  const amount = (value: bigint) => formatUnits(value, decimals);
  const { positions, liquidity, bonds, unpriced } = look.marked;
  const { steps, notes, fixedRate, variableRate, band } = plan;
  return {
    fixedRate: percent(fixedRate),
    variableRate: percent(variableRate),
    band: band && `${percent(band.low)} to ${percent(band.high)}`,
    capital: amount(capital),
    lpTokens: amount(positions.lpShares),
    withdrawalShares: amount(positions.withdrawalShares),
    positions: positions.bonds.map(({ side, maturity, bonds: held, value }) => ({
      side,
      matures: isoMinute(maturity),
      bonds: amount(held),
      value: amount(value),
    })),
    worth: { liquidity: amount(liquidity), bonds: amount(bonds), unpriced },
    profit: {
      all: amount(result.profit),
      liquidity: amount(result.liquidity),
      arbitrage: amount(result.arbitrage),
      fees: amount(result.fees),
      gas: amount(result.gas),
      yearly: result.yearly && percent(result.yearly.profit),
    },
    profitPerYear: result.yearly && yearlyTexts(result.yearly),
    approved: amount(look.allowance),
    plan: [...steps.map(step => `${step.kind}: ${step.reason}; ${outcomeText(step, decimals)}`), ...notes],
  };
}

/** Returns the yearly earnings as texts, in percent of the capital. */
export function yearlyTexts({
  profit,
  liquidity,
  arbitrage,
  fees,
  gas,
}: Earnings): Record<keyof Earnings, string> {
  return {
    profit: percent(profit),
    liquidity: percent(liquidity),
    arbitrage: percent(arbitrage),
    fees: percent(fees),
    gas: percent(gas),
  };
}

export function gaugesOf({ look, plan, result }: PoolFigures): GaugeReading[] {
  const { decimals, address, name } = look.pool;
  const labels = { pool: address, name };
  const amount = (value: bigint) => Number(formatUnits(value, decimals));
  const rate = (value: bigint | undefined) => (value === undefined ? Number.NaN : Number(value) / 1e18);
  const gauge = (suffix: string, help: string, value: number): GaugeReading => ({
    name: `lpandarb_${suffix}`,
    help,
    labels,
    value,
  });
  return [
    gauge(
      'profit_base',
      'The profit in the pool, less gas, with positions at the payment for closing them.',
      amount(result.profit),
    ),
    gauge('profit_liquidity_base', 'The profit of liquidity.', amount(result.liquidity)),
    gauge('profit_arbitrage_base', 'The profit of longs and shorts.', amount(result.arbitrage)),
    gauge('fees_base', 'Fees that the pool took.', amount(result.fees)),
    gauge('gas_base', 'The cost of gas.', amount(result.gas)),
    gauge('profit_yearly', 'The profit as a fraction of the capital a year.', rate(result.yearly?.profit)),
    gauge(
      'profit_liquidity_yearly',
      'The profit of liquidity, as a fraction of the capital a year.',
      rate(result.yearly?.liquidity),
    ),
    gauge(
      'profit_arbitrage_yearly',
      'The profit of longs and shorts, as a fraction of the capital a year.',
      rate(result.yearly?.arbitrage),
    ),
    gauge(
      'fees_yearly',
      'Fees that the pool took, as a fraction of the capital a year.',
      rate(result.yearly?.fees),
    ),
    gauge('gas_yearly', 'The cost of gas, as a fraction of the capital a year.', rate(result.yearly?.gas)),
    gauge('worth_liquidity_base', 'The payment for removing all liquidity.', amount(look.marked.liquidity)),
    gauge('worth_bonds_base', 'The payment for closing all longs and shorts.', amount(look.marked.bonds)),
    gauge('fixed_rate', 'The fixed rate a year.', rate(plan.fixedRate)),
    gauge('variable_rate', 'The variable rate a year.', rate(plan.variableRate)),
  ].filter(({ value }) => !Number.isNaN(value));
}
