import {
  addLiquidity,
  type CheckpointState,
  closePosition,
  divDown,
  isRefusal,
  latestCheckpoint,
  mulDown,
  one,
  openLong,
  openShort,
  type PoolState,
  presentValue,
  type TradeConfig,
} from '@service-bots/core/hyperdrive';
import { type PoolSpec, poolSpec, timeStretch, weeklyPool } from '@service-bots/devnet';
import type { Limits, PoolLimits, PoolView, Positions } from '../../src/planning/view.ts';

export const day = 86_400;
export const percentRate = (percent: number) => BigInt(Math.round(percent * 1e6)) * 10n ** 10n;

/** A pool without a chain, moved by the exact maths. */
export interface World {
  spec: PoolSpec;
  view: PoolView;
  positions: Positions;
}

/** Returns a fresh pool at a fixed rate. Amounts are in units of the base token. */
export function freshPool(options: Partial<PoolSpec> = {}, variablePercent = 4): World {
  const spec = poolSpec({ ...weeklyPool('Pool'), ...options });
  const { positionDuration, checkpointDuration, initialVaultSharePrice: price } = spec;
  const config: TradeConfig = {
    initialVaultSharePrice: price,
    minimumShareReserves: spec.minimumShareReserves,
    minimumTransactionAmount: spec.minimumTransactionAmount,
    circuitBreakerDelta: spec.circuitBreakerDelta,
    timeStretch: timeStretch(spec.targetRate, positionDuration),
    fees: spec.fees,
    positionDuration,
    checkpointDuration,
  };
  const chainTime = 1_800_000_000 - (1_800_000_000 % checkpointDuration) + 60;
  const shares = divDown(spec.liquidity, price);
  const years = positionDuration / (365 * day);
  const bondPrice = 1 / (1 + (Number(spec.fixedRate) / 1e18) * years);
  const ratio = bondPrice ** (-1 / (Number(config.timeStretch) / 1e18));
  const bondReserves = mulDown(mulDown(shares, price), BigInt(Math.round(ratio * 1e15)) * 1_000n);
  const latest = latestCheckpoint(config, chainTime);
  const weightedSpotPrice = BigInt(Math.round(bondPrice * 1e15)) * 1_000n;
  const checkpoints = emptyCheckpoints(config, chainTime);
  for (const time of [latest - checkpointDuration, latest])
    checkpoints.set(time, {
      ...unminted,
      vaultSharePrice: price,
      weightedSpotPrice,
      lastWeightedSpotPriceUpdateTime: time === latest ? chainTime : latest,
    });
  const state: PoolState = {
    isPaused: false,
    shareReserves: shares,
    shareAdjustment: 0n,
    bondReserves,
    longsOutstanding: 0n,
    longAverageMaturityTime: 0n,
    shortsOutstanding: 0n,
    shortAverageMaturityTime: 0n,
    longExposure: 0n,
    zombieBaseProceeds: 0n,
    zombieShareReserves: 0n,
    lpSupply: shares,
    withdrawalShareSupply: 0n,
    readyToWithdraw: 0n,
    withdrawalProceeds: 0n,
    governanceFees: 0n,
    checkpoints,
  };
  const token = `0x${'bb'.repeat(20)}`;
  const view: PoolView = {
    address: `0x${'aa'.repeat(20)}`,
    name: spec.name,
    decimals: spec.decimals,
    settlement: { token, asBase: true, isRebasing: false, account: token },
    config,
    state,
    chainTime,
    vaultSharePrice: price,
    lpSharePrice: 0n,
    variableRate: percentRate(variablePercent),
    leftAlone: undefined,
  };
  const world: World = { spec, view, positions: { lpShares: 0n, withdrawalShares: 0n, bonds: [] } };
  settle(world, state);
  return world;
}

const unminted: CheckpointState = {
  vaultSharePrice: 0n,
  weightedSpotPrice: 0n,
  lastWeightedSpotPriceUpdateTime: 0,
  longs: 0n,
  shorts: 0n,
};

function emptyCheckpoints(config: TradeConfig, chainTime: number): Map<number, CheckpointState> {
  const { checkpointDuration: step, positionDuration } = config;
  const latest = latestCheckpoint(config, chainTime);
  const map = new Map<number, CheckpointState>();
  for (
    let time = latest - 3 * positionDuration;
    time <= latest + 3 * positionDuration + 60 * day;
    time += step
  )
    map.set(time, unminted);
  return map;
}

/** An action of another trader, or of the bot, in the pool. */
export type Act =
  | { kind: 'long' | 'short'; part: number }
  | { kind: 'wait'; part: number }
  | { kind: 'liquidity'; part: number };

/**
 * Performs an action whose size is a part of the liquidity. A refused action changes nothing.
 * @param own whether the position becomes the bot's
 */
export function act(world: World, { kind, part }: Act, own = false): void {
  const { spec, view } = world;
  const { config, state } = view;
  const moment = { chainTime: view.chainTime, vaultSharePrice: view.vaultSharePrice };
  const amount = (spec.liquidity * BigInt(Math.round(part * 1e6))) / 1_000_000n;
  if (kind === 'wait') {
    wait(world, Math.round(part * config.positionDuration));
    return;
  }
  try {
    if (kind === 'liquidity') {
      const shares = divDown(amount, view.vaultSharePrice);
      const done = addLiquidity(config, state, { amount, shares, moment });
      if (own) world.positions = { ...world.positions, lpShares: world.positions.lpShares + done.lpShares };
      settle(world, done.state);
    } else if (kind === 'long') {
      const { long, state: after } = openLong(config, state, {
        shares: divDown(amount, view.vaultSharePrice),
        moment,
      });
      settle(world, after);
      if (own) hold(world, 'long', long.maturity, long.bonds);
    } else {
      const { short, state: after } = openShort(config, state, { bonds: amount, moment });
      settle(world, after);
      if (own) hold(world, 'short', short.maturity, amount);
    }
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

function hold(world: World, side: 'long' | 'short', maturity: number, bonds: bigint): void {
  const others = world.positions.bonds.filter(each => each.side !== side || each.maturity !== maturity);
  const held = world.positions.bonds.find(each => each.side === side && each.maturity === maturity);
  const all = (held?.bonds ?? 0n) + bonds;
  const value = closeValue(world, side, maturity, all);
  world.positions = { ...world.positions, bonds: [...others, { side, maturity, bonds: all, value }] };
}

/** Returns the base that closing pays now; 0 where the pool refuses. */
export function closeValue({ view }: World, side: 'long' | 'short', maturity: number, bonds: bigint): bigint {
  const moment = { chainTime: view.chainTime, vaultSharePrice: view.vaultSharePrice };
  try {
    const { closed } = closePosition(view.config, view.state, {
      position: { side, maturity, bonds },
      moment,
    });
    return mulDown(closed.proceeds, view.vaultSharePrice);
  } catch (error) {
    if (isRefusal(error)) return 0n;
    throw error;
  }
}

function wait(world: World, seconds: number): void {
  const { view } = world;
  const rate = view.variableRate ?? 0n;
  const grown = (rate * BigInt(seconds)) / 31_536_000n;
  world.view = {
    ...view,
    chainTime: view.chainTime + seconds,
    vaultSharePrice: mulDown(view.vaultSharePrice, one + grown),
  };
  settle(world, view.state);
}

function settle(world: World, state: PoolState): void {
  const { config, chainTime, vaultSharePrice } = world.view;
  const value = presentValue(config, state, { vaultSharePrice, chainTime }) ?? 0n;
  const supply = state.lpSupply + state.withdrawalShareSupply - state.readyToWithdraw;
  world.view = { ...world.view, state, lpSharePrice: (value * vaultSharePrice) / supply };
}

/** Returns limits so generous that only the fees decide. */
export function limitsOf(spec: PoolSpec, changes: Partial<PoolLimits> = {}): PoolLimits {
  const plenty = spec.liquidity * 1_000n;
  return {
    lpPortion: 0n,
    capital: plenty,
    trade: plenty,
    position: plenty,
    liquidityShare: one,
    minProfit: 0n,
    slippage: 0n,
    thresholds: { kind: 'fees' },
    gasPriceE18: 0n,
    firstLayerFee: 0n,
    ...changes,
  };
}

export function allLimits(pool: PoolLimits, changes: Partial<Limits> = {}): Limits {
  return {
    of: () => pool,
    capitalInAll: () => pool.capital,
    noNewRisk: undefined,
    transactions: 100,
    ...changes,
  };
}
