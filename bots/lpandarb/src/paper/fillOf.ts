import {
  addLiquidity,
  closePosition,
  depositFor,
  divDown,
  mulDown,
  openLong,
  openShort,
  payoutFor,
  redeemWithdrawalShares,
  removeLiquidity,
  vaultAtPrice,
} from '@service-bots/core/hyperdrive';
import type { TradeResult } from '../executing/tradeCall.ts';
import type { Booked } from '../ledger/bookedTrade.ts';
import type { TradeRow } from '../ledger/Ledger.ts';
import { unlessRefused } from '../planning/sizes.ts';
import { partOf } from '../planning/targets.ts';
import type { PoolView, Step } from '../planning/view.ts';
import type { ReadPool } from '../reading/readPool.ts';
import { baseOfUnits } from '../settlement.ts';

const one = 10n ** 18n;

/** The holdings of a paper wallet in one pool, by its booked fills. */
export interface PaperHoldings {
  held: ReadPool['held'];
  /** Base received less base paid. */
  net: bigint;
}

/** Returns the sum of a pool's fills. */
export function holdingsOf(trades: readonly TradeRow[]): PaperHoldings {
  const bonds = new Map<string, ReadPool['held']['bonds'][number]>();
  const held: ReadPool['held'] = { lpShares: 0n, withdrawalShares: 0n, bonds: [], allowance: 0n };
  let net = 0n;
  for (const { kind, side, maturity, amount, withdrawal, paid, received } of trades) {
    net += BigInt(received) - BigInt(paid);
    const change = BigInt(amount);
    if (kind === 'add-liquidity') {
      held.lpShares += change;
      // Only the booking of first positions has them.
      held.withdrawalShares += BigInt(withdrawal);
    } else if (kind === 'remove-liquidity') {
      held.lpShares -= change;
      held.withdrawalShares += BigInt(withdrawal);
    } else if (kind === 'redeem') held.withdrawalShares -= change;
    else if ((side === 'long' || side === 'short') && maturity !== null) {
      const position = bonds.get(`${side}${maturity}`) ?? { side, maturity, bonds: 0n };
      position.bonds += kind.startsWith('open') ? change : -change;
      bonds.set(`${side}${maturity}`, position);
    }
  }
  held.bonds = [...bonds.values()].filter(position => position.bonds > 0n);
  return { held, net };
}

/** A paper trade before it is booked at a block. */
export type Fill = Omit<Booked, 'hash' | 'block' | 'log' | 'time'>;

/**
 * Returns the fill of a step at a later block than its decision, by the exact maths.
 * @returns undefined when the pool, or the bounds of the transaction, would refuse it
 */
export function fillOf(step: Step, view: PoolView, slippage: bigint): Fill | undefined {
  const { config, state, chainTime, vaultSharePrice } = view;
  const moment = { chainTime, vaultSharePrice };
  const vault = vaultAtPrice(vaultSharePrice);
  const { pool, kind, amount, fees } = step;
  const nothing = {
    pool,
    side: step.side,
    maturity: step.maturity,
    withdrawal: 0n,
    paid: 0n,
    received: 0n,
    fees,
  };
  const fill = unlessRefused((): Fill => {
    switch (kind) {
      case 'open-long': {
        const { long } = openLong(config, state, { shares: divDown(amount, vaultSharePrice), moment });
        return { ...nothing, kind, maturity: long.maturity, amount: long.bonds, paid: amount };
      }
      case 'open-short': {
        const { short } = openShort(config, state, { bonds: amount, moment });
        const paid = depositFor(short.depositShares, vaultSharePrice, vault).base;
        return { ...nothing, kind, maturity: short.maturity, amount, paid };
      }
      case 'add-liquidity': {
        const { lpShares } = addLiquidity(config, state, {
          amount,
          shares: divDown(amount, vaultSharePrice),
          moment,
        });
        return { ...nothing, kind, amount: lpShares, paid: amount };
      }
      case 'remove-liquidity': {
        const { removed } = removeLiquidity(config, state, { lpShares: amount, moment });
        const received = payoutFor(removed.proceeds, vaultSharePrice, vault).base;
        return { ...nothing, kind, amount, withdrawal: removed.withdrawalShares, received };
      }
      case 'redeem': {
        const { redeemed } = redeemWithdrawalShares(config, state, { withdrawalShares: amount, moment });
        return {
          ...nothing,
          kind,
          amount: redeemed.withdrawalShares,
          received: mulDown(redeemed.proceeds, vaultSharePrice),
        };
      }
      default: {
        const { side = 'long', maturity = 0 } = step;
        const { closed } = closePosition(config, state, {
          position: { side, maturity, bonds: amount },
          moment,
        });
        const received = payoutFor(closed.proceeds, vaultSharePrice, vault).base;
        return { ...nothing, kind: `close-${side}`, amount, received };
      }
    }
  });
  return fill && isWithinBounds(step, fill, slippage) ? fill : undefined;
}

/** Returns the fill with the result that the pool itself returned. */
export function withTradeResult(
  fill: Fill,
  { amount, shares }: TradeResult,
  { settlement, vaultSharePrice }: Pick<PoolView, 'settlement' | 'vaultSharePrice'>,
): Fill {
  const base = baseOfUnits(settlement, amount, vaultSharePrice);
  switch (fill.kind) {
    case 'open-long':
    case 'add-liquidity':
      return { ...fill, amount };
    case 'open-short':
      return { ...fill, paid: base };
    case 'remove-liquidity':
      return { ...fill, received: base, withdrawal: shares };
    case 'redeem':
      return { ...fill, received: base, amount: shares };
    default:
      return { ...fill, received: base };
  }
}

/** Returns whether the bounds of the transaction accept a fill. */
export function isWithinBounds({ kind, receives, pays }: Step, fill: Fill, slippage: bigint): boolean {
  const least = partOf(receives, one - slippage);
  switch (kind) {
    case 'remove-liquidity':
    case 'redeem':
      return true;
    case 'open-short':
      return fill.paid <= pays;
    case 'open-long':
    case 'add-liquidity':
      return fill.amount >= least;
    default:
      return fill.received >= least;
  }
}
