import type { Contract } from 'ethers';
import fc from 'fast-check';
import { mulDown, mulUp } from '../../src/hyperdrive/fixedPoint.ts';
import { idleShares, presentValueSteps } from '../../src/hyperdrive/presentValue.ts';
import { distributeExcessIdle } from '../../src/hyperdrive/trades/excessIdle.ts';
import type { PoolState, TradeConfig } from '../../src/hyperdrive/trades/PoolState.ts';
import type { LibraryCall } from './compare.ts';
import { fixed, pools } from './pools.ts';

/** A pool with waiting withdrawal shares, and its value, which is passed to the contract. */
interface Distribution {
  config: TradeConfig;
  state: PoolState;
  vaultSharePrice: bigint;
  chainTime: number;
}

/**
 * Random pools with idle shares and waiting withdrawal shares; ours is compared with
 * `calculateDistributeExcessIdle`.
 */
export function distributionsOfIdle(lpMath: Contract) {
  const distributions = fc
    .record({
      pool: pools,
      exposed: fixed(0, 0.9),
      active: fixed(0.01, 2),
      waiting: fc.oneof(fixed(0.000001, 0.01), fixed(0.01, 3)),
    })
    .map(({ pool, exposed, active, waiting }): Distribution => {
      const { config, reserves, curve, chainTime } = pool;
      const fees = { curve: 0n, flat: 0n, governanceLP: 0n, governanceZombie: 0n };
      const state: PoolState = {
        ...reserves,
        isPaused: false,
        longExposure: mulDown(mulDown(reserves.shareReserves, curve.vaultSharePrice), exposed),
        zombieBaseProceeds: 0n,
        zombieShareReserves: 0n,
        lpSupply: mulDown(reserves.shareReserves, active) + 1n,
        withdrawalShareSupply: mulDown(reserves.shareReserves, waiting) + 1n,
        readyToWithdraw: 0n,
        withdrawalProceeds: 0n,
        governanceFees: 0n,
        checkpoints: new Map(),
      };
      const trading = { ...config, circuitBreakerDelta: 0n, fees };
      return { config: trading, state, vaultSharePrice: curve.vaultSharePrice, chainTime };
    })
    .filter(input => stepsOf(input) !== undefined && idleOf(input) > 0n);
  return { distributions, theirs: (input: Distribution) => callOf(lpMath, input), own };
}

function stepsOf({ config, state, vaultSharePrice, chainTime }: Distribution) {
  try {
    const steps = presentValueSteps(config, state, { vaultSharePrice, chainTime });
    return steps && steps.value > 0n ? steps : undefined;
  } catch {
    return undefined;
  }
}

function idleOf({ config, state, vaultSharePrice }: Distribution): bigint {
  return idleShares(config, {
    shareReserves: state.shareReserves,
    longExposure: state.longExposure,
    vaultSharePrice,
  });
}

function callOf(contract: Contract, input: Distribution): LibraryCall {
  const { config, state, vaultSharePrice } = input;
  const steps = stepsOf(input);
  if (!steps) throw new Error('a pool without a present value was drawn');
  const { longsLeft, shortsLeft, value } = steps;
  const presentValueParams = {
    ...config,
    ...state,
    vaultSharePrice,
    longAverageTimeRemaining: longsLeft,
    shortAverageTimeRemaining: shortsLeft,
  };
  const params = {
    presentValueParams,
    startingPresentValue: value,
    activeLpTotalSupply: state.lpSupply,
    withdrawalSharesTotalSupply: state.withdrawalShareSupply,
    idle: idleOf(input),
    netCurveTrade: mulUp(state.longsOutstanding, longsLeft) - mulDown(state.shortsOutstanding, shortsLeft),
    originalShareReserves: state.shareReserves,
    originalShareAdjustment: state.shareAdjustment,
    originalBondReserves: state.bondReserves,
  };
  return { contract, method: 'calculateDistributeExcessIdle', args: [params, 4n] };
}

/** Returns the withdrawal shares redeemed, and the vault shares paid for them. */
function own({ config, state, vaultSharePrice, chainTime }: Distribution): bigint[] {
  const after = distributeExcessIdle(config, state, { vaultSharePrice, chainTime });
  if (!after) throw new Error('the distribution of a pool with a present value failed');
  return [after.readyToWithdraw, after.withdrawalProceeds];
}
