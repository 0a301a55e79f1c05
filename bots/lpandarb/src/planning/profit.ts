import { mulDivDown, mulDivUp, mulUp, one, type TradeConfig } from '@service-bots/core/hyperdrive';
import { interestFor, partOf } from './targets.ts';

/** What the expectation of a trade rests on. */
export interface Outlook {
  config: TradeConfig;
  /** The vault's rate, which is taken to stay as it is until the horizon. */
  variableRate: bigint;
  vaultSharePrice: bigint;
  /** From now until the position matures. */
  seconds: number;
  /** The worst fill that is accepted, as a part of the expected amount. */
  slippage: bigint;
  /** Base. */
  gas: bigint;
}

// Each profit is base at the horizon, compared with the same base in the vault, and is rounded against the trade.

/** Returns the profit of a long that is held until it matures. */
export function longProfit(outlook: Outlook, paid: bigint, bonds: bigint): bigint {
  const { config, slippage, gas } = outlook;
  const worst = partOf(bonds, one - slippage);
  return partOf(worst, one - config.fees.flat) - grown(outlook, paid) - gas;
}

/** Returns the profit of a short that is held until it matures. @param openPrice the vault share price it counts from */
export function shortProfit(outlook: Outlook, deposit: bigint, bonds: bigint, openPrice: bigint): bigint {
  const worst = partOf(deposit, one + outlook.slippage, true);
  return shortPayoff(outlook, bonds, openPrice) - grown(outlook, worst) - outlook.gas;
}

/** Returns what closing a long now gains over holding it. */
export function closeLongProfit(outlook: Outlook, proceeds: bigint, bonds: bigint): bigint {
  const { config, gas } = outlook;
  return received(outlook, proceeds) - mulUp(bonds, one - config.fees.flat) - gas;
}

/** Returns what closing a short now gains over holding it. */
export function closeShortProfit(
  outlook: Outlook,
  proceeds: bigint,
  bonds: bigint,
  openPrice: bigint,
): bigint {
  return received(outlook, proceeds) - shortPayoff(outlook, bonds, openPrice) - outlook.gas;
}

/** The flat fee was paid with the deposit, and is not paid again. */
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

/** Base with the interest that it would have earned in the vault. */
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
