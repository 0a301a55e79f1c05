import { BotError } from '@service-bots/core/errors';
import { mulDivDown, mulDivUp, one, smaller, tradingAbi } from '@service-bots/core/hyperdrive';
import type { PoolView, Step } from '../planning/view.ts';
import { type Settlement, unitsFor } from '../settlement.ts';

/** The decoded result of a simulated call. Payments are in the unit of the call: base or vault shares. */
export interface TradeResult {
  /** The bonds, payment or LP tokens that the step brings; for a short, the deposit that it takes. */
  amount: bigint;
  /**
   * The withdrawal shares that were redeemed. When liquidity is removed: the withdrawal shares that remain.
   */
  shares: bigint;
}

/** The values that bound a transaction, beside its simulation. */
export interface Market {
  settlement: Settlement;
  vaultSharePrice: bigint;
  lpSharePrice: bigint;
  /** The current fixed rate, 18 decimals; undefined where no bound depends on it. */
  fixedRate: bigint | undefined;
  /** The slippage as a fraction, 18 decimals. */
  slippage: bigint;
  /** The largest deposit that a short may take, in base. */
  allowance: bigint;
}

const most = (1n << 256n) - 1n;

/** Returns the exact call of a step with its limits open. The simulation of this call gives the limits. */
export function openCall(
  step: Step,
  wallet: string,
  pool: Pick<PoolView, 'settlement' | 'vaultSharePrice'>,
): string {
  return encode(step, { wallet, market: pool, bounds: { least: 0n, price: 0n, low: 0n, high: most } });
}

/** Returns the call of a step, bounded by its simulation and the slippage. */
export function boundedCall(
  step: Step,
  { wallet, result: { amount, shares }, market }: { wallet: string; result: TradeResult; market: Market },
): string {
  const { settlement, slippage, vaultSharePrice, lpSharePrice, fixedRate = 0n, allowance } = market;
  const units = (base: bigint) => unitsFor(settlement, base, vaultSharePrice);
  const less = (value: bigint) => mulDivDown(value, one - slippage, one);
  switch (step.kind) {
    case 'open-short': {
      const worst = mulDivUp(amount, one + slippage, one);
      return encode(step, {
        wallet,
        market,
        bounds: {
          least: 0n,
          price: less(vaultSharePrice),
          low: 0n,
          high: smaller(worst, units(allowance)),
        },
      });
    }
    case 'add-liquidity': {
      const low = fixedRate > slippage ? fixedRate - slippage : 0n;
      const price = less(units(lpSharePrice));
      return encode(step, { wallet, market, bounds: { least: 0n, price, low, high: fixedRate + slippage } });
    }
    case 'remove-liquidity': {
      const paidFor = step.amount - shares;
      return encode(step, {
        wallet,
        market,
        bounds: atLeast(paidFor > 0n ? less((amount * one) / paidFor) : 0n),
      });
    }
    case 'redeem':
      return encode(step, {
        wallet,
        market,
        bounds: atLeast(shares > 0n ? less((amount * one) / shares) : 0n),
      });
    default:
      return encode(step, {
        wallet,
        market,
        bounds: {
          least: less(amount),
          price: less(vaultSharePrice),
          low: 0n,
          high: 0n,
        },
      });
  }
}

interface Bounds {
  least: bigint;
  price: bigint;
  low: bigint;
  high: bigint;
}

/** The bounds of a call that takes nothing and whose result has a least value. */
const atLeast = (least: bigint): Bounds => ({ least, price: 0n, low: 0n, high: 0n });

function encode(
  { kind, amount, maturity, side }: Step,
  {
    wallet,
    market: { settlement, vaultSharePrice },
    bounds: { least, price, low, high },
  }: { wallet: string; market: Pick<PoolView, 'settlement' | 'vaultSharePrice'>; bounds: Bounds },
): string {
  const options = { destination: wallet, asBase: settlement.asBase, extraData: '0x' };
  const paid = () => unitsFor(settlement, amount, vaultSharePrice);
  const call = (method: string, args: unknown[]) => tradingAbi.encodeFunctionData(method, [...args, options]);
  switch (kind) {
    case 'open-long':
      return call('openLong', [paid(), least, price]);
    case 'open-short':
      return call('openShort', [amount, high, price]);
    case 'add-liquidity':
      return call('addLiquidity', [paid(), price, low, high]);
    case 'remove-liquidity':
      return call('removeLiquidity', [amount, least]);
    case 'redeem':
      return call('redeemWithdrawalShares', [amount, least]);
    default:
      return call(side === 'short' ? 'closeShort' : 'closeLong', [maturity, amount, least]);
  }
}

/**
 * Returns the decoded result of a simulated call.
 * @throws BotError when the result has another form than the pool's interface
 */
export function tradeResultIn({ kind, side }: Step, returned: string): TradeResult {
  const method =
    kind === 'open-long'
      ? 'openLong'
      : kind === 'open-short'
        ? 'openShort'
        : kind === 'add-liquidity'
          ? 'addLiquidity'
          : kind === 'remove-liquidity'
            ? 'removeLiquidity'
            : kind === 'redeem'
              ? 'redeemWithdrawalShares'
              : side === 'short'
                ? 'closeShort'
                : 'closeLong';
  let values: bigint[];
  try {
    values = [...tradingAbi.decodeFunctionResult(method, returned)] as bigint[];
  } catch (cause) {
    throw new BotError(`${method} returned a result of another form than the pool's interface`, { cause });
  }
  const [first = 0n, second = 0n] = values;
  // The functions that open a position return the maturity first.
  return kind === 'open-long' || kind === 'open-short'
    ? { amount: second, shares: 0n }
    : { amount: first, shares: second };
}
