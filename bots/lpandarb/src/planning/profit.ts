import { mulDivDown, mulDivUp, mulUp, one, type TradeConfig } from '@service-bots/core/hyperdrive';
import { interestFor, partOf } from './targets.ts';

/** The assumptions behind the expected profit of a trade. */
export interface Outlook {
  config: TradeConfig;
  /** The vault's yearly rate, 18 decimals. It is assumed to stay constant until the horizon. */
  variableRate: bigint;
  vaultSharePrice: bigint;
  /** Seconds until the position matures. */
  seconds: number;
  /** The worst accepted fill, as a fraction of the expected amount, 18 decimals. */
  slippage: bigint;
  /** The cost of gas, in base. */
  gas: bigint;
}

// Each profit is base at the horizon, compared with the same base in the vault. It is rounded against the
// trade.

/** Returns the profit of a long that is held until it matures, in base. */
export function longProfit(outlook: Outlook, paid: bigint, bonds: bigint): bigint {
  const { config, slippage, gas } = outlook;
  const worst = partOf(bonds, one - slippage);
  return partOf(worst, one - config.fees.flat) - grown(outlook, paid) - gas;
}

/**
 * Returns the profit of a short that is held until it matures, in base.
 * @param openPrice the vault share price at which the short was opened
 */
export function shortProfit(
  outlook: Outlook,
  { deposit, bonds, openPrice }: { deposit: bigint; bonds: bigint; openPrice: bigint },
): bigint {
  const worst = partOf(deposit, one + outlook.slippage, true);
  return shortPayoff(outlook, bonds, openPrice) - grown(outlook, worst) - outlook.gas;
}

/** Returns the gain in base of closing a long now over holding it. */
export function closeLongProfit(outlook: Outlook, proceeds: bigint, bonds: bigint): bigint {
  const { config, gas } = outlook;
  return received(outlook, proceeds) - mulUp(bonds, one - config.fees.flat) - gas;
}

/** Returns the gain in base of closing a short now over holding it. */
export function closeShortProfit(
  outlook: Outlook,
  { proceeds, bonds, openPrice }: { proceeds: bigint; bonds: bigint; openPrice: bigint },
): bigint {
  return received(outlook, proceeds) - shortPayoff(outlook, bonds, openPrice) - outlook.gas;
}

/**
 * Returns the payment of a short at maturity, in base. The flat fee was part of the deposit and is not paid
 * again.
 */
function shortPayoff(
  { variableRate, vaultSharePrice, seconds }: Outlook,
  bonds: bigint,
  openPrice: bigint,
): bigint {
  const price =
    vaultSharePrice + mulDivDown(vaultSharePrice, positive(interestFor(variableRate, seconds)), one);
  const later = variableRate < 0n ? vaultSharePrice : price;
  return later <= openPrice ? 0n : mulDivDown(bonds, later - openPrice, openPrice);
}

/** Returns the base with the interest that the vault would have paid on it. */
function grown({ variableRate, seconds }: Outlook, base: bigint): bigint {
  return base + mulDivUp(base, positive(interestFor(variableRate, seconds)), one);
}

function received(outlook: Outlook, proceeds: bigint): bigint {
  const worst = partOf(proceeds, one - outlook.slippage);
  return worst + mulDivDown(worst, positive(interestFor(outlook.variableRate, outlook.seconds)), one);
}

function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}
