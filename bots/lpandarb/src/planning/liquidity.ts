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

/** Liquidity is topped up when this part of what is wanted is missing: each addition costs gas. */
const worthwhilePart = 10n;

/** Adds liquidity until the wanted part of the capital is there, where its interest pays for the gas. */
export function addWantedLiquidity(draft: Draft, variableRate: bigint): undefined {
  const { limits, view, positions } = draft;
  const { config, decimals } = view;
  // 1. How much is missing, and how much of it may be added.
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
  if (!draft.hasTransactions) return draft.note('no transaction is left to add liquidity');

  // 2. What it is worth afterwards, and what the vault earns on it.
  const shares = divDown(amount, view.vaultSharePrice);
  const done = unlessRefused(() => addLiquidity(config, view.state, { amount, shares }, draft.moment));
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

/** The most that may be added so that the bot's part of all liquidity stays within its limit. */
function mostLiquidity(draft: Draft, held: bigint): bigint {
  const { liquidityShare } = draft.limits;
  const all = liquidityOf(draft.view);
  if (liquidityShare >= one) return draft.base;
  // held + x ≤ share · (all + x)
  const room = partOf(all, liquidityShare) - held;
  return room <= 0n ? 0n : divDown(room, one - liquidityShare);
}

/** The base that an LP token is worth by a state. */
function priceAfter(draft: Draft, state: PoolState): bigint {
  const { config, chainTime, vaultSharePrice } = draft.view;
  const value = presentValue(config, state, vaultSharePrice, chainTime) ?? 0n;
  const supply = state.lpSupply + state.withdrawalShareSupply - state.readyToWithdraw;
  return supply === 0n ? 0n : (value * vaultSharePrice) / supply;
}
