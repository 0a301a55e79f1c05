import {
  closePosition,
  mulDown,
  one,
  payoutFor,
  redeemWithdrawalShares,
} from '@service-bots/core/hyperdrive';
import { gasCost, gasOf } from './account.ts';
import { type Draft, withBonds } from './Draft.ts';
import { unlessRefused } from './sizes.ts';
import { partOf } from './targets.ts';
import { amountText, isoMinute } from './texts.ts';
import type { BondPosition } from './view.ts';

/**
 * Closes matured positions, since they earn nothing any more. A position that pays less than its gas is left.
 */
export function closeMatured(draft: Draft): undefined {
  const { chainTime, decimals, config } = draft.view;
  const matured = draft.positions.bonds.filter(({ maturity }) => maturity <= chainTime);
  for (const position of matured.toSorted((a, b) => a.maturity - b.maturity)) {
    if (!draft.hasTransactions) return draft.note('TRADES_PER_HOUR leaves no trade for matured positions');
    const { side, maturity, bonds } = position;
    const what = `the ${side} of ${amountText(bonds, decimals)} bonds that matured at ${isoMinute(maturity)}`;
    if (bonds < config.minimumTransactionAmount) {
      draft.note(`${what} is smaller than the pool's smallest trade`);
      continue;
    }
    const done = unlessRefused(() =>
      closePosition(config, draft.view.state, { position, moment: draft.moment }),
    );
    if (!done) {
      draft.note(`${what} cannot be closed now: the pool refuses`);
      continue;
    }
    const { base } = payoutFor(done.closed.proceeds, draft.view.vaultSharePrice, draft.vault);
    const gas = gasCost(draft.limits, gasOf.close);
    const profit = partOf(base, one - draft.limits.slippage) - gas;
    if (profit < 0n) {
      draft.note(
        `${what} pays ${amountText(base, decimals)} base, and gas costs ${amountText(gas, decimals)}`,
      );
      continue;
    }
    const step = {
      pool: draft.view.address,
      kind: 'close-matured' as const,
      side,
      maturity,
      amount: bonds,
      pays: 0n,
      receives: base,
      expectedProfit: profit,
      horizonSeconds: 0,
      fees: mulDown(done.closed.curveFee + done.closed.flatFee, draft.view.vaultSharePrice),
      gasCost: gas,
      reason: `${what} earns nothing any more: closing it pays ${amountText(base, decimals)} base`,
    };
    draft.takeIn(step, { base, state: done.state, positions: withBonds(draft.positions, none(position)) });
  }
}

/** Redeems as many withdrawal shares as the pool can pay now. */
export function redeemReady(draft: Draft): undefined {
  const { withdrawalShares } = draft.positions;
  const { config, decimals, vaultSharePrice, state } = draft.view;
  if (withdrawalShares === 0n) return;
  const done = unlessRefused(() =>
    redeemWithdrawalShares(config, state, { withdrawalShares, moment: draft.moment }),
  );
  const redeemed = done?.redeemed.withdrawalShares ?? 0n;
  if (!done || redeemed === 0n) {
    draft.note(
      `${amountText(withdrawalShares, decimals)} withdrawal shares wait until the pool can pay them`,
    );
    return;
  }
  const { base } = payoutFor(done.redeemed.proceeds, vaultSharePrice, draft.vault);
  const gas = gasCost(draft.limits, gasOf.redeem);
  const profit = partOf(base, one - draft.limits.slippage) - gas;
  if (profit < 0n || base === 0n) {
    draft.note(
      `${amountText(redeemed, decimals)} withdrawal shares can be redeemed, and gas costs more than they pay`,
    );
    return;
  }
  if (!draft.hasTransactions) return draft.note('TRADES_PER_HOUR leaves no trade for withdrawal shares');
  const step = {
    pool: draft.view.address,
    kind: 'redeem' as const,
    amount: redeemed,
    pays: 0n,
    receives: base,
    expectedProfit: profit,
    horizonSeconds: 0,
    fees: 0n,
    gasCost: gas,
    reason: `the pool pays ${amountText(base, decimals)} base for ${amountText(redeemed, decimals)} of ${amountText(withdrawalShares, decimals)} withdrawal shares`,
  };
  const left = { ...draft.positions, withdrawalShares: withdrawalShares - redeemed };
  draft.takeIn(step, { base, state: done.state, positions: left });
}

function none(position: BondPosition): BondPosition {
  return { ...position, bonds: 0n, value: 0n };
}

/** Returns a position with fewer bonds and its value in proportion. */
export function lessBonds(position: BondPosition, taken: bigint): BondPosition {
  const bonds = position.bonds - taken;
  const value = position.bonds === 0n ? 0n : (position.value * bonds) / position.bonds;
  return { ...position, bonds, value };
}
