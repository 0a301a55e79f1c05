import { parseUnits } from 'ethers';

/** Fractions at 1e18, as the contracts define them. */
export interface PoolFees {
  readonly curve: bigint;
  readonly flat: bigint;
  readonly governanceLP: bigint;
  readonly governanceZombie: bigint;
}

/** All parameters of a pool. Rates are yearly, at 1e18. */
export interface PoolSpec {
  readonly name: string;
  readonly symbol: string;
  /** The decimals of the base token. The vault's shares, the bonds and the LP tokens have as many. */
  readonly decimals: number;
  /** Seconds; a multiple of `checkpointDuration`. */
  readonly positionDuration: number;
  /** Seconds. */
  readonly checkpointDuration: number;
  readonly fees: PoolFees;
  /** The rate for which the trading curve is made. */
  readonly targetRate: bigint;
  /** The rate at which the pool opens. */
  readonly fixedRate: bigint;
  /** The vault's yearly rate, from the pool's initialisation on. */
  readonly variableRate: bigint;
  /** The deployer's initial liquidity, in the base token's decimals. */
  readonly liquidity: bigint;
  /** Vault shares that never leave the pool, in the token's decimals. */
  readonly minimumShareReserves: bigint;
  /** In the token's decimals. */
  readonly minimumTransactionAmount: bigint;
  /** `addLiquidity` refuses when the rate differs by this much from the last checkpoint's rate; 18 decimals. */
  readonly circuitBreakerDelta: bigint;
  /** Base per vault share when the pool is deployed, at 1e18. */
  readonly initialVaultSharePrice: bigint;
  /** Name of an earlier pool of the same deployment whose base token and vault it shares; its own unless given. */
  readonly onVaultOf?: string;
}

/** The required options of a pool; the rest has a default. */
export type PoolOptions = Pick<PoolSpec, 'name' | 'positionDuration' | 'checkpointDuration'> &
  Partial<PoolSpec>;

export const hourSeconds = 3_600;
export const daySeconds = 86_400;

/** Returns the options of a pool with weekly positions and daily checkpoints. */
export function weeklyPool(name: string, more: Partial<PoolSpec> = {}): PoolOptions {
  return { name, positionDuration: 7 * daySeconds, checkpointDuration: daySeconds, ...more };
}

const percent = (value: string): bigint => parseUnits(value, 16);

/** Adds the defaults to `options`. @throws RangeError when the durations do not fit. */
export function poolSpec(options: PoolOptions): PoolSpec {
  const { positionDuration, checkpointDuration } = options;
  if (positionDuration <= 0 || checkpointDuration <= 0 || positionDuration % checkpointDuration !== 0) {
    throw new RangeError(
      `${options.name}: a position of ${positionDuration} s is not a whole number of checkpoints of ` +
        `${checkpointDuration} s`,
    );
  }
  const decimals = options.decimals ?? 18;
  return {
    symbol: decimals === 6 ? 'USDC' : 'DAI',
    decimals,
    fees: {
      curve: percent('1'),
      flat: percent('0.05'),
      governanceLP: percent('15'),
      governanceZombie: percent('3'),
    },
    targetRate: percent('5'),
    fixedRate: percent('5'),
    variableRate: percent('4'),
    liquidity: parseUnits('1000000', decimals),
    minimumShareReserves: parseUnits('10', decimals),
    minimumTransactionAmount: parseUnits('0.1', decimals),
    circuitBreakerDelta: percent('75'),
    initialVaultSharePrice: parseUnits('1', 18),
    ...options,
  };
}

/** The default pools: two ordinary ones, one with 6 decimals and hourly checkpoints, one to be paused. */
export const defaultPools: readonly PoolSpec[] = [
  poolSpec(weeklyPool('Devnet 7 Day DAI')),
  poolSpec({
    name: 'Devnet 182 Day DAI',
    positionDuration: 182 * daySeconds,
    checkpointDuration: daySeconds,
  }),
  poolSpec({
    name: 'Devnet 30 Day USDC',
    decimals: 6,
    positionDuration: 30 * daySeconds,
    checkpointDuration: hourSeconds,
  }),
  poolSpec(weeklyPool('Devnet 7 Day Paused')),
];

/**
 * Returns the curve's time stretch at 1e18 for a target rate and a position's length.
 *
 * `HyperdriveMath.calculateTimeStretch` in floating point: the benchmark for a year is 0.04665·rate%/5.24592,
 * and another length keeps the ratio of reserves that the benchmark has at that rate. Accurate to about
 * 1e-15; the contracts accept any value.
 */
export function timeStretch(targetRate: bigint, positionDuration: number): bigint {
  const rate = Number(targetRate) / 1e18;
  const benchmark = (0.04665 * rate * 100) / 5.24592;
  const years = positionDuration / (365 * daySeconds);
  const stretch = years === 1 ? benchmark : (Math.log1p(rate * years) / Math.log1p(rate)) * benchmark;
  return BigInt(Math.round(stretch * 1e18));
}
