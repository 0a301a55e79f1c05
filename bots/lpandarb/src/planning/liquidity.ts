import {
  addLiquidity,
  divDown,
  mulDown,
  one,
  type PoolState,
  presentValue,
} from '@service-bots/core/hyperdrive';
import { gasCost, gasOf, least, liquidityOf, lpValue } from './account.ts';
import type { Draft } from './Draft.ts';
import { unlessRefused } from './sizes.ts';
import { interestFor, partOf } from './targets.ts';
import { amountText, percent } from './texts.ts';

/**
 * Liquidity is topped up when at least a tenth of the wanted amount is missing, since each addition costs
 * gas.
 */
const worthwhilePart = 10n;

/** Adds liquidity up to the wanted part of the capital, where its interest pays for the gas. */
export function addWantedLiquidity(draft: Draft, variableRate: bigint): undefined {
  const { limits, view, positions } = draft;
  const { config, decimals } = view;
  // 1. Compute the missing liquidity, and how much of it the limits allow.
  const capital = least(limits.capital, draft.inUse + draft.base);
  const wanted = partOf(capital, limits.lpPortion);
  const held = lpValue(view, positions);
  const missing = wanted - held;
  if (missing <= 0n || missing < wanted / worthwhilePart) return;
  const amount = least(missing, draft.room, mostLiquidity(draft, held));
  if (amount < config.minimumTransactionAmount)
    return draft.note(
      `liquidity of ${amountText(missing, decimals)} base is missing, and the limits leave ${amountText(amount, decimals)}`,
    );
  if (!draft.hasTransactions) return draft.note('TRADES_PER_HOUR leaves no trade to add liquidity');

  // 2. Compute its value after the addition, and the vault's interest on it.
  const shares = divDown(amount, view.vaultSharePrice);
  const done = unlessRefused(() =>
    addLiquidity(config, view.state, { amount, shares, moment: draft.moment }),
  );
  if (!done)
    return draft.note(`liquidity cannot be added now: the pool refuses ${amountText(amount, decimals)} base`);
  const value = mulDown(done.lpShares, priceAfter(draft, done.state));
  const gas = gasCost(limits, gasOf.addLiquidity);
  const worst = partOf(value, one - limits.slippage);
  const interest = mulDown(
    value,
    variableRate > 0n ? interestFor(variableRate, config.positionDuration) : 0n,
  );
  const profit = worst - amount + interest - gas;
  if (profit < 0n)
    return draft.note(
      `liquidity of ${amountText(amount, decimals)} base would earn ${amountText(interest, decimals)} in a position's life, less than it costs`,
    );
  const step = {
    pool: view.address,
    kind: 'add-liquidity' as const,
    amount,
    pays: amount,
    receives: done.lpShares,
    expectedProfit: profit,
    horizonSeconds: config.positionDuration,
    fees: 0n,
    gasCost: gas,
    reason: `liquidity is ${amountText(held, decimals)} base of the ${amountText(wanted, decimals)} that are wanted; the vault earns ${percent(variableRate)} on it`,
  };
  draft.take(step, done.state, { ...positions, lpShares: positions.lpShares + done.lpShares });
}

/** Returns the most base that may be added before the bot's share of all liquidity reaches its limit. */
function mostLiquidity(draft: Draft, held: bigint): bigint {
  const { liquidityShare } = draft.limits;
  const all = liquidityOf(draft.view);
  if (liquidityShare >= one) return draft.base;
  // Solves held + x ≤ share · (all + x) for x.
  const room = partOf(all, liquidityShare) - held;
  return room <= 0n ? 0n : divDown(room, one - liquidityShare);
}

/** Returns the base value of an LP token in a given state, 18 decimals. */
function priceAfter(draft: Draft, state: PoolState): bigint {
  const { config, chainTime, vaultSharePrice } = draft.view;
  const value = presentValue(config, state, { vaultSharePrice, chainTime }) ?? 0n;
  const supply = state.lpSupply + state.withdrawalShareSupply - state.readyToWithdraw;
  return supply === 0n ? 0n : (value * vaultSharePrice) / supply;
}
