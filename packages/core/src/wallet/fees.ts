import { formatUnits } from 'ethers';
import type { Chain } from '../chains/index.ts';
import { FeeAboveCap } from './errors.ts';

/** EIP-1559 fees per unit of gas. */
export interface Fees {
  maxFeeWei: bigint;
  tipWei: bigint;
}

/** The highest payment for a unit of gas; absent means no limit. */
export interface FeeCaps {
  maxFeeWei?: bigint | undefined;
  maxTipWei?: bigint | undefined;
  /** The operator's name for `maxFeeWei`. @default `MAX_FEE_GWEI` */
  maxFeeName?: string;
  /** Whether `maxFeeWei` is the chain's, since the operator set none. */
  isDefault?: boolean;
}

/** Returns the operator's caps; where the operator set none, the chain's. */
export function capsOn(chain: Pick<Chain, 'maxFeeWei' | 'maxTipWei'>, caps: FeeCaps): FeeCaps {
  const { maxFeeWei = chain.maxFeeWei, maxTipWei = chain.maxTipWei } = caps;
  return { ...caps, maxFeeWei, maxTipWei, isDefault: caps.maxFeeWei === undefined };
}

/** The present fees of the chain. */
export interface FeeMarket {
  baseFeeWei: bigint;
  tipWei: bigint;
}

/** The base fee rises by at most 1/8 a block; six blocks of rise fit into twice the present one. */
const headroom = 2n;
/** Nodes demand at least 10 % more on both fees of a replacement; we offer 12.5 % more. */
const bumpNumerator = 9n;
const bumpDenominator = 8n;
/** A transaction that waits at this multiple of the market's price does not wait because of its fees. */
const mostOverMarket = 10n;

const min = (a: bigint, b: bigint) => (a < b ? a : b);
const max = (a: bigint, b: bigint) => (a > b ? a : b);

/**
 * Returns the fees of a new transaction at this base fee; undefined when the cap does not even cover the base
 * fee.
 */
export function quoteFees(baseFeeWei: bigint, suggestedTipWei: bigint, caps: FeeCaps): Fees | undefined {
  const cap = caps.maxFeeWei;
  if (cap !== undefined && cap < baseFeeWei) return undefined;
  const wantedTip = min(suggestedTipWei, caps.maxTipWei ?? suggestedTipWei);
  const wantedMax = baseFeeWei * headroom + wantedTip;
  const maxFeeWei = min(wantedMax, cap ?? wantedMax);
  return { maxFeeWei, tipWei: min(wantedTip, maxFeeWei) };
}

/**
 * Returns the fees of a new transaction.
 * @throws FeeAboveCap when the cap does not even cover the base fee
 */
export function feesOrThrow(
  market: FeeMarket,
  { caps, label, chain }: { caps: FeeCaps; label: string; chain: Chain },
): Fees {
  const fees = quoteFees(market.baseFeeWei, market.tipWei, caps);
  if (fees) return fees;
  const gwei = (value: bigint) => formatUnits(value, 'gwei');
  const { maxFeeName = 'MAX_FEE_GWEI', maxFeeWei = 0n, isDefault } = caps;
  const cap = isDefault
    ? `the default cap of ${gwei(maxFeeWei)} gwei; set ${maxFeeName} to allow more`
    : `${maxFeeName} ${gwei(maxFeeWei)}`;
  throw new FeeAboveCap(
    `${label} is not sent: the base fee on ${chain.name} is ${gwei(market.baseFeeWei)} gwei, above ${cap}`,
  );
}

/**
 * Returns the fees of a replacement: both raised by at least 12.5 % (rounded up), and no less than a fresh
 * quote as far as the caps allow.
 * @returns undefined when the caps leave no room for that: then only waiting helps
 */
export function bumpFees(previous: Fees, fresh: Fees | undefined, caps: FeeCaps): Fees | undefined {
  const floor = { maxFeeWei: bump(previous.maxFeeWei), tipWei: bump(previous.tipWei) };
  if (caps.maxFeeWei !== undefined && floor.maxFeeWei > caps.maxFeeWei) return undefined;
  if (caps.maxTipWei !== undefined && floor.tipWei > caps.maxTipWei) return undefined;
  const wantedMax = max(floor.maxFeeWei, fresh?.maxFeeWei ?? 0n);
  const maxFeeWei = min(wantedMax, caps.maxFeeWei ?? wantedMax);
  const wantedTip = max(floor.tipWei, fresh?.tipWei ?? 0n);
  return { maxFeeWei, tipWei: min(min(wantedTip, caps.maxTipWei ?? wantedTip), maxFeeWei) };
}

/**
 * Returns fees to outbid a transaction of unknown fees: five bumps at once, so that a few attempts reach the
 * caps.
 * @returns undefined when the caps leave no room even for one bump
 */
export function outbidFees(previous: Fees, fresh: Fees | undefined, caps: FeeCaps): Fees | undefined {
  let highest: Fees | undefined;
  for (let bumps = 0; bumps < 5; bumps += 1) {
    const next = bumpFees(highest ?? previous, fresh, caps);
    if (!next) break;
    highest = next;
  }
  return highest;
}

function bump(wei: bigint): bigint {
  return max((wei * bumpNumerator + bumpDenominator - 1n) / bumpDenominator, wei + 1n);
}

/**
 * Returns the operator's caps, limited to ten times the market's price. A transaction may wait for another
 * reason than its price (a node does not pass it on). Without a limit it would be raised by an eighth again
 * and again, and would pay all of it in the end.
 * @param leastTipWei counts as the market's tip where nodes suggest less
 */
export function replacementCaps(market: FeeMarket, leastTipWei: bigint, caps: FeeCaps) {
  const tipWei = max(market.tipWei, leastTipWei);
  const maxFeeWei = (market.baseFeeWei * headroom + tipWei) * mostOverMarket;
  const maxTipWei = tipWei * mostOverMarket;
  return {
    maxFeeWei: min(maxFeeWei, caps.maxFeeWei ?? maxFeeWei),
    maxTipWei: min(maxTipWei, caps.maxTipWei ?? maxTipWei),
  };
}

/**
 * Returns the fees reduced to the wallet's balance, since a node demands `gasLimit × maxFee` as balance.
 * @returns undefined when not even the present base fee and tip are covered
 */
export function affordableFees(
  fees: Fees,
  { baseFeeWei, gasLimit, balanceWei }: { baseFeeWei: bigint; gasLimit: bigint; balanceWei: bigint },
): Fees | undefined {
  const maxFeeWei = min(fees.maxFeeWei, gasLimit === 0n ? fees.maxFeeWei : balanceWei / gasLimit);
  return maxFeeWei >= baseFeeWei + fees.tipWei || maxFeeWei === fees.maxFeeWei
    ? { ...fees, maxFeeWei }
    : undefined;
}
