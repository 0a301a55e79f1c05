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
 * Returns what to do in each pool, in order: what pays into the wallet first, then what reduces risk, then liquidity,
 * then new positions. Pure: the same block, positions and limits give the same plan.
 *
 * Every step is worth its fees, gas and worst slippage by itself, and no limit is exceeded when all are done. Only the
 * first should be sent: the chain has moved on when it is mined, and the rest is planned anew.
 * @param positions by the pool's address; none are held in a pool that is not there
 */
export function plan(
  { pools, base }: Snapshot,
  positions: ReadonlyMap<string, Positions>,
  limits: Limits,
): PoolPlan[] {
  const wallets = walletsOf(pools, base, positions, limits);
  const sharedTransactions = { left: limits.transactions };
  return pools.map(view => {
    const wallet = wallets.get(view.baseToken) as Wallet;
    wallet.transactions = sharedTransactions.left;
    const planned = planPool(view, positions.get(view.address) ?? nothing, limits, wallet);
    sharedTransactions.left = wallet.transactions;
    return planned;
  });
}

function planPool(view: PoolView, positions: Positions, limits: Limits, wallet: Wallet): PoolPlan {
  const { address: pool, name, variableRate, config } = view;
  const draft = new Draft(view, positions, limits.of(pool), wallet);
  const rate = unlessRefused(() => spotRateOf(config, view.state));
  const targets =
    variableRate === undefined ? undefined : targetsOf(config, variableRate, draft.limits.thresholds);
  const band = targets && { low: targets.low ?? 0n, high: targets.high };
  const planned = (): PoolPlan => {
    const { steps, notes } = draft;
    return { pool, name, fixedRate: rate, variableRate, band, steps, notes };
  };

  // 1. A pool that something is wrong with is left to people.
  const leftAlone = view.leftAlone ?? (rate === undefined ? 'its fixed rate cannot be computed' : undefined);
  const trouble = leftAlone ?? breakerTrouble(view, rate as bigint);
  if (trouble !== undefined) {
    draft.note(`left alone: ${trouble}`);
    return planned();
  }
  // 2. What pays into the wallet.
  closeMatured(draft);
  redeemReady(draft);
  // 3. What puts capital at risk, or is a judgement of the rates.
  if (variableRate === undefined || targets === undefined) {
    draft.note('its variable rate is not known: no liquidity is added and no arbitrage is done');
    return planned();
  }
  const move = moveFor(rate as bigint, targets, variableRate);
  if (move) reduceOpposite(draft, move, variableRate);
  if (limits.noNewRisk !== undefined) {
    draft.note(`nothing new is begun: ${limits.noNewRisk}`);
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

/** The contract's own measure: the rate now against the weighted one of the checkpoint before the latest. */
function breakerTrouble({ config, state, chainTime }: PoolView, rate: bigint): string | undefined {
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
  base: ReadonlyMap<string, bigint>,
  positions: ReadonlyMap<string, Positions>,
  limits: Limits,
): Map<string, Wallet> {
  const wallets = new Map<string, Wallet>();
  for (const view of pools) {
    const { baseToken, address } = view;
    const wallet = wallets.get(baseToken) ?? {
      base: base.get(baseToken) ?? 0n,
      capital: limits.capitalInAll(baseToken),
      inUse: 0n,
      transactions: 0,
    };
    wallet.inUse += capitalInUse(view, positions.get(address) ?? nothing);
    wallets.set(baseToken, wallet);
  }
  return wallets;
}
