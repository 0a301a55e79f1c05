import { reasonOf } from '@service-bots/core/errors';
import { aprFromPrice, latestCheckpoint, spotRateOf } from '@service-bots/core/hyperdrive';
import { capitalInUse } from './account.ts';
import { moveFor, open, reduceOpposite } from './arbitrage.ts';
import { Draft, type Wallet } from './Draft.ts';
import { closeMatured, redeemReady } from './exits.ts';
import { addWantedLiquidity } from './liquidity.ts';
import { unlessRefused } from './sizes.ts';
import { targetsOf } from './targets.ts';
import { percent } from './texts.ts';
import type { Limits, PoolPlan, PoolView, Positions, Snapshot } from './view.ts';

const nothing: Positions = { lpShares: 0n, withdrawalShares: 0n, bonds: [] };

/**
 * Returns the steps for each pool, in order: steps that pay into the wallet, steps that reduce risk,
 * liquidity, new positions. The function is pure: the same block, positions and limits give the same plan.
 *
 * Every step is worth its fees, gas and worst slippage by itself, and all steps together exceed no limit.
 * Only the first step should be sent. The chain has moved on when it is mined, and the rest is planned again.
 * @param positions by the pool's address; a pool without an entry holds none
 */
export function plan(
  { pools, base }: Snapshot,
  positions: ReadonlyMap<string, Positions>,
  limits: Limits,
): PoolPlan[] {
  const wallets = walletsOf(pools, { base, positions, limits });
  const sharedTransactions = { left: limits.transactions };
  return pools.map(view => {
    const wallet = wallets.get(view.settlement.account) as Wallet;
    wallet.transactions = sharedTransactions.left;
    const before = { ...wallet };
    const planned = unlessBroken(view, () =>
      planPool(view, { positions: positions.get(view.address) ?? nothing, limits, wallet }),
    );
    // A plan that broke off may have counted base that it will not bring.
    if (planned.steps.length === 0) Object.assign(wallet, before);
    sharedTransactions.left = wallet.transactions;
    return planned;
  });
}

/**
 * Returns the plan of a pool, or an empty plan that leaves the pool alone when its figures break the planner.
 * One pool with impossible figures must not stop the exits of all others.
 */
export function unlessBroken(view: PoolView, planned: () => PoolPlan): PoolPlan {
  try {
    return planned();
  } catch (error) {
    const { address: pool, name, variableRate } = view;
    const notes = [`left alone: no plan can be computed for it: ${reasonOf(error)}`];
    return { pool, name, fixedRate: undefined, variableRate, band: undefined, steps: [], notes };
  }
}

/** A rate that jumps once is used at the next look. One that never holds is as good as unknown. */
const jumpsUntilUnknown = 3;

function noVariableRate({ rateJumps = 0 }: PoolView): string {
  const jump = 'moved by more than 2 % a year';
  if (rateJumps > 0 && rateJumps < jumpsUntilUnknown)
    return `its variable rate has just ${jump}: it is used when it holds until the next look`;
  const why = rateJumps > 0 ? `, since it ${jump} at each of the last ${rateJumps} looks` : '';
  return `its variable rate is not known${why}: no liquidity is added and no arbitrage is done`;
}

function planPool(
  view: PoolView,
  { positions, limits, wallet }: { positions: Positions; limits: Limits; wallet: Wallet },
): PoolPlan {
  const { address: pool, name, variableRate, config } = view;
  const draft = new Draft(view, { positions, limits: limits.of(pool), wallet });
  const rate = unlessRefused(() => spotRateOf(config, view.state));
  const targets =
    variableRate === undefined ? undefined : targetsOf(config, variableRate, draft.limits.thresholds);
  const band = targets && { low: targets.low ?? 0n, high: targets.high };
  const planned = (): PoolPlan => {
    const { steps, notes } = draft;
    return { pool, name, fixedRate: rate, variableRate, band, steps, notes };
  };

  // 1. Leave a pool with a fault to the operator.
  const leftAlone = view.leftAlone ?? worthlessReason(view) ?? (rate === undefined ? noRate : undefined);
  const trouble = leftAlone ?? breakerRefusal(view, rate as bigint);
  if (trouble !== undefined) {
    draft.note(`left alone: ${trouble}`);
    return planned();
  }
  // 2. Plan the steps that pay into the wallet.
  closeMatured(draft);
  redeemReady(draft);
  // 3. Plan the steps that put capital at risk or depend on the rates.
  if (variableRate === undefined || targets === undefined) {
    draft.note(noVariableRate(view));
    return planned();
  }
  const move = moveFor(rate as bigint, targets, variableRate);
  if (move) reduceOpposite(draft, move, variableRate);
  if (limits.noNewRisk !== undefined) {
    draft.note(`no new position: ${limits.noNewRisk}`);
    return planned();
  }
  addWantedLiquidity(draft, variableRate);
  if (move) open(draft, move, variableRate);
  else
    draft.note(
      `fixed ${percent(rate)} is between ${percent(band?.low)} and ${percent(band?.high)}, where no trade pays`,
    );
  return planned();
}

const noRate = 'its fixed rate cannot be computed';

/**
 * Returns why the worth of liquidity is unknown, or undefined when it is known. The contract reports an LP share
 * price of 0 where its own computation fails, and near its least reserves. The bot's liquidity then counts as
 * nothing, and the limits of capital would allow the same again.
 */
function worthlessReason({ state, lpSharePrice }: PoolView): string | undefined {
  const active = state.lpSupply + state.withdrawalShareSupply - state.readyToWithdraw;
  return lpSharePrice === 0n && active > 0n ? 'it reports a price of 0 for its LP tokens' : undefined;
}

/**
 * Returns why the circuit breaker forbids a trade, or undefined when it does not. The measure is the
 * contract's own: the current rate against the weighted rate of the checkpoint before the latest.
 */
function breakerRefusal({ config, state, chainTime }: PoolView, rate: bigint): string | undefined {
  const before = state.checkpoints.get(latestCheckpoint(config, chainTime) - config.checkpointDuration);
  const price = before?.weightedSpotPrice ?? 0n;
  if (price === 0n) return undefined;
  const usual = unlessRefused(() => aprFromPrice(price, config.positionDuration));
  if (usual === undefined) return 'the price of its last checkpoint is above 1';
  const moved = rate > usual ? rate - usual : usual - rate;
  if (moved <= config.circuitBreakerDelta) return undefined;
  return `its fixed rate ${percent(rate)} is further from the last checkpoint's ${percent(usual)} than its circuit breaker allows`;
}

function walletsOf(
  pools: readonly PoolView[],
  {
    base,
    positions,
    limits,
  }: { base: ReadonlyMap<string, bigint>; positions: ReadonlyMap<string, Positions>; limits: Limits },
): Map<string, Wallet> {
  const wallets = new Map<string, Wallet>();
  for (const view of pools) {
    const { address, settlement } = view;
    const { account } = settlement;
    const wallet = wallets.get(account) ?? {
      base: base.get(account) ?? 0n,
      capital: limits.capitalInAll(account),
      inUse: 0n,
      transactions: 0,
    };
    wallet.inUse += capitalInUse(view, positions.get(address) ?? nothing);
    wallets.set(account, wallet);
  }
  return wallets;
}
