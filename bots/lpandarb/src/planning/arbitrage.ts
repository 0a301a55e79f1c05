import {
  closePosition,
  depositFor,
  divDown,
  latestCheckpoint,
  maximumLong,
  maximumShort,
  mulDown,
  one,
  openLong,
  openShort,
  payoutFor,
  spotPriceOf,
  spotRateOf,
} from '@service-bots/core/hyperdrive';
import { atLeastZero, gasCost, gasOf, least, liquidityOf, lpValue, openBonds } from './account.ts';
import { type Draft, withBonds } from './Draft.ts';
import { lessBonds } from './exits.ts';
import { closeLongProfit, closeShortProfit, longProfit, type Outlook, shortProfit } from './profit.ts';
import { bondsToRate, closeToRate, type Market, marketOf, sharesToRate, unlessRefused } from './sizes.ts';
import { partOf, type Targets } from './targets.ts';
import { amountText, isoMinute, percent } from './texts.ts';
import type { BondPosition } from './view.ts';

/** The search for the largest accepted trade stops at 1 / `closeEnough` of the wanted trade. */
const closeEnough = 100_000n;

/** The direction in which the fixed rate is to move, and its target. */
interface Move {
  side: 'long' | 'short';
  target: bigint;
  because: string;
}

/** Returns the direction in which the rate should move, or undefined when it lies between the targets. */
export function moveFor(rate: bigint, targets: Targets, variableRate: bigint): Move | undefined {
  const variable = `variable ${percent(variableRate)}`;
  if (rate > targets.high) {
    const because = `fixed ${percent(rate)} is above ${percent(targets.high)} (${variable})`;
    return { side: 'long', target: targets.longTarget, because };
  }
  if (targets.low !== undefined && targets.shortTarget !== undefined && rate < targets.low) {
    const because = `fixed ${percent(rate)} is below ${percent(targets.low)} (${variable})`;
    return { side: 'short', target: targets.shortTarget, because };
  }
  return undefined;
}

/** Closes the bot's positions of the opposite side, those with the latest maturity first. */
export function reduceOpposite(
  draft: Draft,
  { side, target, because }: Move,
  variableRate: bigint,
): undefined {
  const opposite = side === 'long' ? 'short' : 'long';
  const { chainTime, config } = draft.view;
  const against = draft.positions.bonds
    .filter(position => position.side === opposite && position.maturity > chainTime)
    .filter(({ bonds }) => bonds >= config.minimumTransactionAmount)
    .toSorted((a, b) => b.maturity - a.maturity);
  for (const position of against) {
    const market = currentMarket(draft);
    if (!market || reached(market.rate, side, target)) return;
    if (!draft.hasTransactions) return draft.note(`TRADES_PER_HOUR leaves no trade to reduce ${opposite}s`);
    reduce(draft, { market, position, target, because, variableRate });
  }
}

function reduce(
  draft: Draft,
  {
    market,
    position,
    target,
    because,
    variableRate,
  }: { market: Market; position: BondPosition; target: bigint; because: string; variableRate: bigint },
): undefined {
  const { view, limits } = draft;
  const { config, decimals } = view;
  const { side, maturity } = position;
  const what = `the ${side} that matures at ${isoMinute(maturity)}`;
  const sized = closeToRate(market, { position, target, most: least(position.bonds, limits.trade) }).amount;
  const left = position.bonds - sized;
  // A remainder that is too small for a later close is closed with it.
  const amount = left > 0n && left < config.minimumTransactionAmount ? position.bonds : sized;
  if (amount < config.minimumTransactionAmount)
    return draft.note(`${because}: the part of ${what} to close is smaller than the pool's smallest trade`);
  const closing = { side, maturity, bonds: amount };
  const done = unlessRefused(() =>
    closePosition(config, view.state, { position: closing, moment: draft.moment }),
  );
  if (!done) return draft.note(`${because}: the pool refuses to close ${what} now`);
  const { base } = payoutFor(done.closed.proceeds, view.vaultSharePrice, draft.vault);
  const outlook = outlookOf(draft, { variableRate, seconds: maturity - view.chainTime, gas: gasOf.close });
  const openPrice = openPriceOf(draft, maturity);
  const profit =
    side === 'long'
      ? closeLongProfit(outlook, base, amount)
      : closeShortProfit(outlook, {
          proceeds: base,
          bonds: amount,
          openPrice: openPrice ?? view.vaultSharePrice,
        });
  if ((side === 'short' && openPrice === undefined) || !pays(draft, profit, amount))
    return draft.note(`${because}: closing ${what} would not pay: ${amountText(profit, decimals)} base`);
  const rateAfter = spotRateOf(config, done.state);
  const step = {
    pool: view.address,
    kind: side === 'long' ? ('reduce-long' as const) : ('reduce-short' as const),
    side,
    maturity,
    amount,
    pays: 0n,
    receives: base,
    expectedProfit: profit,
    horizonSeconds: maturity - view.chainTime,
    fees: mulDown(done.closed.curveFee + done.closed.flatFee, view.vaultSharePrice),
    gasCost: outlook.gas,
    rateBefore: market.rate,
    rateAfter,
    reason: `${because}: closes ${amountText(amount, decimals)} bonds of ${what} for ${amountText(base, decimals)} base, which moves the fixed rate to ${percent(rateAfter)}`,
  };
  draft.takeIn(step, {
    base,
    state: done.state,
    positions: withBonds(draft.positions, lessBonds(position, amount)),
  });
}

/** Opens a long or a short for the remaining distance to the target. */
export function open(draft: Draft, move: Move, variableRate: bigint): undefined {
  const market = currentMarket(draft);
  if (!market || reached(market.rate, move.side, move.target)) return;
  if (!draft.hasTransactions) return draft.note(`TRADES_PER_HOUR leaves no trade to open a ${move.side}`);
  if (move.side === 'long') openALong(draft, { market, ...move, variableRate });
  else openAShort(draft, { market, ...move, variableRate });
}

function openALong(
  draft: Draft,
  { market, target, because, variableRate }: { market: Market; variableRate: bigint } & Move,
): undefined {
  const { view, limits } = draft;
  const { config, decimals, vaultSharePrice } = view;
  // A long costs at least the spot price, so this much base never buys more bonds than the limits allow.
  const most = mulDown(
    least(arbitrageRoom(draft), bondRoom(draft, 'long')),
    spotPriceOf(config, market.state),
  );
  const mostBase = least(most, limits.trade);
  if (mostBase < config.minimumTransactionAmount)
    return draft.note(`${because}: the limits leave ${amountText(mostBase, decimals)} base for a long`);
  const sized = sharesToRate(market, target, divDown(mostBase, vaultSharePrice)).amount;
  const quote = (base: bigint) =>
    unlessRefused(() =>
      openLong(config, view.state, { shares: divDown(base, vaultSharePrice), moment: draft.moment }),
    );
  let paid = mulDown(sized, vaultSharePrice);
  if (paid < config.minimumTransactionAmount)
    return draft.note(`${because}: the trade would be smaller than the pool's smallest trade`);
  let done = quote(paid);
  if (!done) {
    const accepted = maximumLong(config, view.state, {
      moment: draft.moment,
      tolerance: sized / closeEnough + 1n,
    });
    paid = mulDown(least(accepted, sized), vaultSharePrice);
    done = paid < config.minimumTransactionAmount ? undefined : quote(paid);
  }
  if (!done) return draft.note(`${because}: the pool refuses a long of ${amountText(paid, decimals)} base`);
  const { bonds, maturity } = done.long;
  const outlook = outlookOf(draft, { variableRate, seconds: maturity - view.chainTime, gas: gasOf.open });
  const profit = longProfit(outlook, paid, bonds);
  if (!pays(draft, profit, bonds))
    return draft.note(unprofitable(draft, { because, side: 'long', amount: paid, profit }));
  const rateAfter = spotRateOf(config, done.state);
  const step = {
    pool: view.address,
    kind: 'open-long' as const,
    side: 'long' as const,
    maturity,
    amount: paid,
    pays: paid,
    receives: bonds,
    expectedProfit: profit,
    horizonSeconds: maturity - view.chainTime,
    fees: mulDown(done.long.curveFee, done.long.spotPrice),
    gasCost: outlook.gas,
    rateBefore: market.rate,
    rateAfter,
    reason: `${because}: a long of ${amountText(paid, decimals)} base moves the fixed rate to ${percent(rateAfter)}`,
  };
  draft.take(step, done.state, withMore(draft, { side: 'long', maturity, bonds, value: paid }));
}

function openAShort(
  draft: Draft,
  { market, target, because, variableRate }: { market: Market; variableRate: bigint } & Move,
): undefined {
  const { view, limits } = draft;
  const { config, decimals, vaultSharePrice } = view;
  const room = arbitrageRoom(draft);
  const most = least(limits.trade, bondRoom(draft, 'short'));
  if (most < config.minimumTransactionAmount || room <= 0n)
    return draft.note(
      `${because}: the limits leave ${amountText(most, decimals)} bonds and ${amountText(room, decimals)} base for a short`,
    );
  const quote = (bonds: bigint) => {
    const done = unlessRefused(() => openShort(config, view.state, { bonds, moment: draft.moment }));
    if (!done) return undefined;
    const deposit = depositFor(done.short.depositShares, vaultSharePrice, draft.vault).base;
    return { ...done, deposit, worst: partOf(deposit, one + limits.slippage, true) };
  };
  let { amount: bonds } = bondsToRate(market, target, most);
  let done = bonds < config.minimumTransactionAmount ? undefined : quote(bonds);
  if (!done && bonds >= config.minimumTransactionAmount) {
    bonds = least(
      bonds,
      maximumShort(config, view.state, { moment: draft.moment, tolerance: bonds / closeEnough + 1n }),
    );
    done = bonds < config.minimumTransactionAmount ? undefined : quote(bonds);
  }
  // The deposit is not quite in proportion to the bonds. A smaller short is therefore quoted until the wallet
  // can pay it.
  for (let tries = 0; done && done.worst > room && tries < 3; tries += 1) {
    bonds = (((bonds * room) / done.worst) * 999n) / 1_000n;
    done = bonds < config.minimumTransactionAmount ? undefined : quote(bonds);
  }
  if (!done || done.worst > room)
    return draft.note(`${because}: no short is both large enough and accepted by the pool and the limits`);
  const { maturity } = done.short;
  const openPrice = openPriceOf(draft, maturity) ?? vaultSharePrice;
  const outlook = outlookOf(draft, { variableRate, seconds: maturity - view.chainTime, gas: gasOf.open });
  const profit = shortProfit(outlook, { deposit: done.deposit, bonds, openPrice });
  if (!pays(draft, profit, bonds))
    return draft.note(unprofitable(draft, { because, side: 'short', amount: bonds, profit }));
  const rateAfter = spotRateOf(config, done.state);
  const step = {
    pool: view.address,
    kind: 'open-short' as const,
    side: 'short' as const,
    maturity,
    amount: bonds,
    pays: done.worst,
    receives: bonds,
    expectedProfit: profit,
    horizonSeconds: maturity - view.chainTime,
    fees: mulDown(done.short.curveFee, vaultSharePrice),
    gasCost: outlook.gas,
    rateBefore: market.rate,
    rateAfter,
    reason: `${because}: a short of ${amountText(bonds, decimals)} bonds for ${amountText(done.deposit, decimals)} base moves the fixed rate to ${percent(rateAfter)}`,
  };
  draft.take(step, done.state, withMore(draft, { side: 'short', maturity, bonds, value: done.worst }));
}

function currentMarket({ view, moment }: Draft): Market | undefined {
  return unlessRefused(() => marketOf(view.config, view.state, moment));
}

function reached(rate: bigint, side: 'long' | 'short', target: bigint): boolean {
  return side === 'long' ? rate <= target : rate >= target;
}

/** Returns the base that liquidity leaves for further arbitrage. A long counts at its face value. */
function arbitrageRoom(draft: Draft): bigint {
  const { limits, view, positions, inUse, base } = draft;
  const capital = least(limits.capital, inUse + base);
  const share = capital - partOf(capital, limits.lpPortion);
  return least(atLeastZero(share - (inUse - lpValue(view, positions))), draft.room);
}

/** Returns the bonds of one side that may still be opened. */
function bondRoom(draft: Draft, side: 'long' | 'short'): bigint {
  const { limits, view, positions } = draft;
  const most = least(limits.position, partOf(liquidityOf(view), limits.liquidityShare));
  return atLeastZero(most - openBonds(positions, side, view.chainTime));
}

function outlookOf(
  draft: Draft,
  { variableRate, seconds, gas }: { variableRate: bigint; seconds: number; gas: bigint },
): Outlook {
  const { view, limits } = draft;
  const { config, vaultSharePrice } = view;
  const { slippage } = limits;
  return { config, variableRate, vaultSharePrice, seconds, slippage, gas: gasCost(limits, gas) };
}

/** Returns the vault share price at a position's opening; undefined where its checkpoint is not minted. */
function openPriceOf({ view }: Draft, maturity: number): bigint | undefined {
  const { config, state, chainTime } = view;
  const opened = maturity - config.positionDuration;
  const price = state.checkpoints.get(opened)?.vaultSharePrice;
  if (price) return price;
  return opened === latestCheckpoint(config, chainTime) ? view.vaultSharePrice : undefined;
}

function pays({ limits }: Draft, profit: bigint, bonds: bigint): boolean {
  return profit >= 0n && profit >= partOf(bonds, limits.minProfit);
}

function unprofitable(
  { view }: Draft,
  { because, side, amount, profit }: { because: string; side: string; amount: bigint; profit: bigint },
): string {
  const { decimals } = view;
  return `${because}: a ${side} of ${amountText(amount, decimals)} would bring ${amountText(profit, decimals)} base, less than MIN_PROFIT_BPS demands`;
}

function withMore({ positions }: Draft, added: BondPosition) {
  const held = positions.bonds.find(
    ({ side, maturity }) => side === added.side && maturity === added.maturity,
  );
  const sum = held ? { ...added, bonds: held.bonds + added.bonds, value: held.value + added.value } : added;
  return withBonds(positions, sum);
}
