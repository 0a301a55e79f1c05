import { SetupError } from '@service-bots/core/errors';
import { formatUnits, parseUnits } from 'ethers';
import type { z } from 'zod';
import type { tradingVariables } from '../config.ts';
import { valueFor } from '../perPool.ts';
import type { PoolLimits } from '../planning/view.ts';
import type { LpandarbPool } from '../reading/LpandarbPool.ts';

export type TradingConfig = z.output<z.ZodObject<typeof tradingVariables>>;

/** The current price of gas. */
export interface GasPrice {
  /** Wei for a unit of gas, tip included. */
  priceWei: bigint;
  /** Wei that a rollup charges for a transaction beside its gas. */
  firstLayerWei: bigint;
}

/** The fields of a pool on which its limits depend. */
interface LimitedPool {
  address: string;
  name: string;
  decimals: number;
}

/**
 * Returns the operator's limits for a pool, in the pool's own decimals.
 * @throws SetupError when a figure is missing
 */
export function poolLimits(config: TradingConfig, pool: LimitedPool, gas: GasPrice): PoolLimits {
  const { address, decimals } = pool;
  const capital = amountFor(config, 'CAPITAL_PER_POOL', pool);
  const nativeInBase = amountFor(config, 'NATIVE_IN_BASE', pool);
  if (nativeInBase === 0n)
    throw new SetupError(
      `NATIVE_IN_BASE for ${pool.name}, ${address}, is less than the smallest unit of its base, which has ${decimals} decimals: gas would count as free; give a figure of at least ${formatUnits(1n, decimals)}`,
    );
  const { HIGH_FIXED_RATE_THRESH: high, LOW_FIXED_RATE_THRESH: low } = config;
  const given = (value: typeof config.MAX_TRADE) => {
    const text = value && valueFor(value, address);
    return text === undefined ? capital : parseUnits(fitting(text, decimals), decimals);
  };
  return {
    lpPortion: config.LP_PORTION,
    capital,
    trade: given(config.MAX_TRADE),
    position: given(config.MAX_POSITION),
    liquidityShare: config.MAX_LIQUIDITY_SHARE,
    minProfit: config.MIN_PROFIT_BPS,
    slippage: config.SLIPPAGE_BPS,
    thresholds: high !== undefined && low !== undefined ? { kind: 'fixed', high, low } : { kind: 'fees' },
    gasPriceE18: gas.priceWei * nativeInBase,
    firstLayerFee: inBase(gas.firstLayerWei, nativeInBase),
  };
}

/** Returns the cost in base of an amount of wei, rounded up. */
export function inBase(wei: bigint, nativeInBase: bigint): bigint {
  const unit = 10n ** 18n;
  return (wei * nativeInBase + unit - 1n) / unit;
}

/** Returns a figure of a pool in its own decimals. @throws SetupError when the pool has no figure */
export function amountFor(
  config: Pick<TradingConfig, 'CAPITAL_PER_POOL' | 'NATIVE_IN_BASE'>,
  variable: 'CAPITAL_PER_POOL' | 'NATIVE_IN_BASE',
  { address, name, decimals }: LimitedPool,
): bigint {
  const text = valueFor(config[variable], address);
  if (text === undefined)
    throw new SetupError(
      `${variable} has no figure for ${name}, ${address}: give one figure for all pools, or add ${address}:1000`,
    );
  return parseUnits(fitting(text, decimals), decimals);
}

/** Returns the most base that all pools of one account may hold. */
export function capitalInAll(
  config: TradingConfig,
  pools: readonly (LimitedPool & Pick<LpandarbPool, 'settlement'>)[],
  account: string,
): bigint {
  const own = pools.filter(({ settlement }) => settlement?.account === account);
  const [first] = own;
  if (!first) return 0n;
  const { CAPITAL_IN_ALL: text } = config;
  if (text !== undefined) return parseUnits(fitting(text, first.decimals), first.decimals);
  return own.reduce((sum, pool) => sum + amountFor(config, 'CAPITAL_PER_POOL', pool), 0n);
}

/**
 * Returns the most base that the pools of an account that were read may hold. A listed pool that could not be
 * read counts with the most that it may hold, since its holding is unknown.
 * @param unread addresses of `LPANDARB_POOLS` that could not be read
 */
export function capitalInRead(
  config: TradingConfig,
  pools: readonly (LimitedPool & Pick<LpandarbPool, 'settlement'>)[],
  { account, unread }: { account: string; unread: readonly string[] },
): bigint {
  if (config.CAPITAL_IN_ALL === undefined) return capitalInAll(config, pools, account);
  const decimals = pools.find(({ settlement }) => settlement?.account === account)?.decimals ?? 18;
  const held = unread.map(address => {
    const known = pools.find(pool => pool.address === address);
    if (known && known.settlement?.account !== account) return 0n;
    return amountFor(config, 'CAPITAL_PER_POOL', known ?? { address, name: 'a pool', decimals });
  });
  const left = capitalInAll(config, pools, account) - held.reduce((sum, amount) => sum + amount, 0n);
  return left > 0n ? left : 0n;
}

/** Returns a decimal text without the digits beyond the token's decimals. */
function fitting(text: string, decimals: number): string {
  const [whole = '0', fraction = ''] = text.split('.');
  return `${whole}.${fraction.slice(0, decimals) || '0'}`;
}
