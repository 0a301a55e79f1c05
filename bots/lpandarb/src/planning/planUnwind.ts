import { mulDown, one, payoutFor, removeLiquidity, spotRateOf } from '@service-bots/core/hyperdrive';
import { acceptedClose } from './acceptedClose.ts';
import { gasCost, gasOf } from './account.ts';
import { Draft, withBonds } from './Draft.ts';
import { closeMatured, lessBonds, redeemReady } from './exits.ts';
import { unlessRefused } from './sizes.ts';
import { partOf } from './targets.ts';
import { amountText, isoMinute } from './texts.ts';
import type { BondPosition, PoolLimits, PoolPlan, PoolView, Positions } from './view.ts';

/**
 * Returns the steps that close everything in a pool, at any rate. Matured positions come first, then the
 * others by maturity, then all liquidity. Withdrawal shares are redeemed as far as the pool can pay them, in
 * later rounds as well.
 *
 * A pool that the bot leaves alone is unwound too, since a close never needs an unpaused pool.
 */
export function planUnwind(
  view: PoolView,
  { positions, limits, transactions }: { positions: Positions; limits: PoolLimits; transactions: number },
): PoolPlan {
  const wallet = { base: 0n, capital: 0n, inUse: 0n, transactions };
  const draft = new Draft(view, { positions, limits, wallet });
  closeMatured(draft);
  for (const position of positions.bonds.toSorted((a, b) => a.maturity - b.maturity))
    if (position.maturity > view.chainTime) close(draft, position);
  removeAll(draft);
  redeemReady(draft);
  const { address: pool, name, variableRate } = view;
  const { steps, notes } = draft;
  const fixedRate = unlessRefused(() => spotRateOf(view.config, view.state));
  return { pool, name, fixedRate, variableRate, band: undefined, steps, notes };
}

function close(draft: Draft, position: BondPosition): undefined {
  const { view, limits } = draft;
  const { config, decimals } = view;
  const { side, maturity, bonds } = position;
  const what = `the ${side} of ${amountText(bonds, decimals)} bonds that matures at ${isoMinute(maturity)}`;
  if (!draft.hasTransactions) return draft.note(`the limit of transactions leaves none to close ${what}`);
  if (bonds < config.minimumTransactionAmount)
    return draft.note(`${what} is smaller than the pool's smallest trade`);
  const accepted = acceptedClose(config, view.state, { position, moment: draft.moment });
  if (!accepted)
    return draft.note(`${what} cannot be closed now: the pool refuses, and the bot tries it again`);
  const { done, bonds: amount } = accepted;
  const part =
    amount === bonds ? '' : `${amountText(amount, decimals)} bonds, which the pool accepts now, of `;
  const { base } = payoutFor(done.closed.proceeds, view.vaultSharePrice, draft.vault);
  const gas = gasCost(limits, gasOf.close);
  const step = {
    pool: view.address,
    kind: side === 'long' ? ('close-long' as const) : ('close-short' as const),
    side,
    maturity,
    amount,
    pays: 0n,
    receives: base,
    expectedProfit: partOf(base, one - limits.slippage) - gas,
    horizonSeconds: 0,
    fees: mulDown(done.closed.curveFee + done.closed.flatFee, view.vaultSharePrice),
    gasCost: gas,
    reason: `unwinds ${part}${what}: closing it pays ${amountText(base, decimals)} base`,
  };
  return draft.takeIn(step, {
    base,
    state: done.state,
    positions: withBonds(draft.positions, lessBonds(position, amount)),
  });
}

function removeAll(draft: Draft): undefined {
  const { view, limits, positions } = draft;
  const { config, decimals, vaultSharePrice } = view;
  const { lpShares } = positions;
  if (lpShares === 0n) return;
  const what = `${amountText(lpShares, decimals)} LP tokens`;
  if (!draft.hasTransactions) return draft.note(`the limit of transactions leaves none to remove ${what}`);
  if (lpShares < config.minimumTransactionAmount)
    return draft.note(`${what} are fewer than the pool's smallest trade`);
  const done = unlessRefused(() => removeLiquidity(config, view.state, { lpShares, moment: draft.moment }));
  if (!done) return draft.note(`${what} cannot be removed now: the pool refuses, and the bot tries it again`);
  const { base } = payoutFor(done.removed.proceeds, vaultSharePrice, draft.vault);
  const { withdrawalShares } = done.removed;
  const gas = gasCost(limits, gasOf.removeLiquidity);
  const step = {
    pool: view.address,
    kind: 'remove-liquidity' as const,
    amount: lpShares,
    pays: 0n,
    receives: base,
    waits: withdrawalShares,
    expectedProfit: partOf(base, one - limits.slippage) - gas,
    horizonSeconds: 0,
    fees: 0n,
    gasCost: gas,
    reason: `unwinds ${what}: ${amountText(base, decimals)} base now, and ${amountText(withdrawalShares, decimals)} withdrawal shares`,
  };
  const left = {
    ...positions,
    lpShares: 0n,
    withdrawalShares: positions.withdrawalShares + withdrawalShares,
  };
  return draft.takeIn(step, { base, state: done.state, positions: left });
}
