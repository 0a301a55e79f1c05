import { BotError } from '@service-bots/core/errors';
import { mulDivDown, mulDivUp, one, smaller, tradingAbi } from '@service-bots/core/hyperdrive';
import type { Step } from '../planning/view.ts';

/** What a simulated call returned. */
export interface Outcome {
  /** Bonds, base, LP tokens: what the step brings; for a short the deposit that it takes. */
  amount: bigint;
  /** Withdrawal shares that were redeemed or, when liquidity is removed, that are left. */
  shares: bigint;
}

/** What bounds a transaction beside its simulation. */
export interface Market {
  vaultSharePrice: bigint;
  lpSharePrice: bigint;
  /** The fixed rate now; undefined where it does not matter. */
  fixedRate: bigint | undefined;
  /** A part of a whole, 18 decimals. */
  slippage: bigint;
  /** The most that a short may take. */
  allowance: bigint;
}

const most = (1n << 256n) - 1n;

/** Returns the very call of a step, its limits open: for the simulation that the limits come from. */
export function openCall(step: Step, wallet: string): string {
  return encode(step, wallet, { least: 0n, price: 0n, low: 0n, high: most });
}

/** Returns the call of a step, bounded by its simulation and the slippage. */
export function boundedCall(step: Step, wallet: string, { amount, shares }: Outcome, market: Market): string {
  const { slippage, vaultSharePrice, lpSharePrice, fixedRate = 0n, allowance } = market;
  const less = (value: bigint) => mulDivDown(value, one - slippage, one);
  switch (step.kind) {
    case 'open-short': {
      const worst = mulDivUp(amount, one + slippage, one);
      return encode(step, wallet, {
        least: 0n,
        price: less(vaultSharePrice),
        low: 0n,
        high: smaller(worst, allowance),
      });
    }
    case 'add-liquidity': {
      const low = fixedRate > slippage ? fixedRate - slippage : 0n;
      return encode(step, wallet, { least: 0n, price: less(lpSharePrice), low, high: fixedRate + slippage });
    }
    case 'remove-liquidity': {
      const paidFor = step.amount - shares;
      return encode(step, wallet, {
        least: paidFor > 0n ? less((amount * one) / paidFor) : 0n,
        price: 0n,
        low: 0n,
        high: 0n,
      });
    }
    case 'redeem':
      return encode(step, wallet, {
        least: shares > 0n ? less((amount * one) / shares) : 0n,
        price: 0n,
        low: 0n,
        high: 0n,
      });
    default:
      return encode(step, wallet, { least: less(amount), price: less(vaultSharePrice), low: 0n, high: 0n });
  }
}

interface Bounds {
  least: bigint;
  price: bigint;
  low: bigint;
  high: bigint;
}

function encode(
  { kind, amount, maturity, side }: Step,
  wallet: string,
  { least, price, low, high }: Bounds,
): string {
  const options = { destination: wallet, asBase: true, extraData: '0x' };
  const call = (method: string, args: unknown[]) => tradingAbi.encodeFunctionData(method, [...args, options]);
  switch (kind) {
    case 'open-long':
      return call('openLong', [amount, least, price]);
    case 'open-short':
      return call('openShort', [amount, high, price]);
    case 'add-liquidity':
      return call('addLiquidity', [amount, price, low, high]);
    case 'remove-liquidity':
      return call('removeLiquidity', [amount, least]);
    case 'redeem':
      return call('redeemWithdrawalShares', [amount, least]);
    default:
      return call(side === 'short' ? 'closeShort' : 'closeLong', [maturity, amount, least]);
  }
}

/** Returns what a simulated call of a step returned. @throws BotError when that is of another form */
export function outcomeIn({ kind, side }: Step, returned: string): Outcome {
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
    throw new BotError(`${method} returned something else than the pool's interface says`, { cause });
  }
  const [first = 0n, second = 0n] = values;
  // Those that open return the maturity first.
  return kind === 'open-long' || kind === 'open-short'
    ? { amount: second, shares: 0n }
    : { amount: first, shares: second };
}
