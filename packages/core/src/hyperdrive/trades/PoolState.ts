import { BotError } from '../../errors/index.ts';
import { one } from '../fixedPoint.ts';
import type { HyperdrivePool, PoolConfig } from '../pools.ts';
import type { Reserves, ValueConfig } from '../presentValue.ts';
import { aprFromPrice, type Curve, spotPrice } from '../yieldSpace.ts';
import { TradeRefused } from './TradeRefused.ts';

/** The constants of a pool that its trades depend on. */
export interface TradeConfig extends ValueConfig, Pick<PoolConfig, 'circuitBreakerDelta' | 'fees'> {}

/** Returns the constants of a pool that its trades depend on. */
export function tradeConfig({ config, positionDuration, checkpointDuration }: HyperdrivePool): TradeConfig {
  return { ...config, positionDuration, checkpointDuration };
}

/** A checkpoint, and the positions that mature at its time. */
export interface CheckpointState {
  /** 0 until the checkpoint is minted. 18 decimals. */
  vaultSharePrice: bigint;
  /** The time-weighted spot price since the checkpoint, 18 decimals; 0 until it is known. */
  weightedSpotPrice: bigint;
  /** Seconds since 1970; 0 while there is no weighted spot price. */
  lastWeightedSpotPriceUpdateTime: number;
  /** Bonds of longs that mature then. They stay until their holders redeem them. */
  longs: bigint;
  /** Bonds of shorts that mature then. */
  shorts: bigint;
}

/** The state of a pool that decides the outcome of a trade. Amounts in the token's decimals. */
export interface PoolState extends Reserves {
  isPaused: boolean;
  /** Bonds of longs that no short of the same maturity covers. */
  longExposure: bigint;
  /** Base that is owed for matured positions. */
  zombieBaseProceeds: bigint;
  /** Vault shares that are set aside for matured positions. */
  zombieShareReserves: bigint;
  /** LP tokens, without withdrawal shares. */
  lpSupply: bigint;
  /** Withdrawal shares, including those that are ready. */
  withdrawalShareSupply: bigint;
  /** Withdrawal shares that can be redeemed now, and the vault shares they are redeemed for. */
  readyToWithdraw: bigint;
  withdrawalProceeds: bigint;
  /** Vault shares. */
  governanceFees: bigint;
  /** The checkpoints by time, seconds since 1970: the ones that `checkpointsFor` names. */
  checkpoints: ReadonlyMap<number, CheckpointState>;
}

/** The reserves that the spot price depends on, and that change with the liquidity. */
export type LiquidityReserves = Pick<Reserves, 'shareReserves' | 'shareAdjustment' | 'bondReserves'>;

/** The moment at which a trade is executed. */
export interface Moment {
  /** The block's timestamp, seconds since 1970. */
  chainTime: number;
  /** The vault share price (c): base for a vault share at that time; for a deposit, the price after it. */
  vaultSharePrice: bigint;
}

/** Thrown when a trade depends on a checkpoint that the state does not hold. */
export class CheckpointNotRead extends BotError {
  readonly time: number;

  constructor(time: number) {
    super(`the state holds no checkpoint of ${time}`);
    this.time = time;
  }
}

/**
 * Returns the times of the checkpoints that a state has to hold for trades at `chainTime`.
 *
 * A matured position whose checkpoint is not minted also needs the later checkpoints, up to the first that is
 * minted.
 * @param maturities of the positions to close, seconds since 1970
 */
export function checkpointsFor(
  { checkpointDuration, positionDuration }: TradeConfig,
  chainTime: number,
  maturities: Iterable<number> = [],
): Set<number> {
  const latest = latestCheckpoint({ checkpointDuration }, chainTime);
  const times = new Set([latest - checkpointDuration, latest + positionDuration]);
  for (const maturity of [latest, ...maturities])
    times
      .add(maturity)
      .add(maturity - positionDuration)
      .add(maturity - checkpointDuration);
  return times;
}

/** Returns the time of the checkpoint that a time falls in. */
export function latestCheckpoint(
  { checkpointDuration }: Pick<TradeConfig, 'checkpointDuration'>,
  chainTime: number,
): number {
  return chainTime - (chainTime % checkpointDuration);
}

/** Returns the checkpoint of a time. @throws CheckpointNotRead */
export function checkpointAt({ checkpoints }: PoolState, time: number): CheckpointState {
  const found = checkpoints.get(time);
  if (!found) throw new CheckpointNotRead(time);
  return found;
}

/** Returns the state with one checkpoint changed. @throws CheckpointNotRead */
export function withCheckpoint(state: PoolState, time: number, change: Partial<CheckpointState>): PoolState {
  const changed = { ...checkpointAt(state, time), ...change };
  return { ...state, checkpoints: new Map(state.checkpoints).set(time, changed) };
}

/** Returns longs less shorts of one maturity, negative where there are more shorts. */
export function netLongs(state: PoolState, maturity: number): bigint {
  const { longs, shorts } = checkpointAt(state, maturity);
  return longs - shorts;
}

/** Returns the curve that a pool trades on. @throws TradeRefused where the effective share reserves are negative */
export function curveOf(config: TradeConfig, reserves: LiquidityReserves, vaultSharePrice: bigint): Curve {
  return {
    effectiveShareReserves: effectiveReserves(reserves),
    bondReserves: reserves.bondReserves,
    exponent: one - config.timeStretch,
    vaultSharePrice,
    initialVaultSharePrice: config.initialVaultSharePrice,
  };
}

/** Returns z − ζ. @throws TradeRefused where it is negative */
export function effectiveReserves({
  shareReserves,
  shareAdjustment,
}: Omit<LiquidityReserves, 'bondReserves'>): bigint {
  const effective = shareReserves - shareAdjustment;
  if (effective < 0n) throw new TradeRefused('InsufficientLiquidity');
  return effective;
}

/** Returns the price of a bond in base now, 18 decimals, rounded down. @throws TradeRefused, ArithmeticError */
export function spotPriceOf(config: TradeConfig, reserves: LiquidityReserves): bigint {
  const { initialVaultSharePrice, timeStretch } = config;
  return spotPrice({
    effectiveReserves: effectiveReserves(reserves),
    bondReserves: reserves.bondReserves,
    initialVaultSharePrice,
    timeStretch,
  });
}

/** Returns the yearly fixed rate now, 18 decimals, rounded down. @throws TradeRefused, ArithmeticError */
export function spotRateOf(config: TradeConfig, reserves: LiquidityReserves): bigint {
  return aprFromPrice(spotPriceOf(config, reserves), config.positionDuration);
}
