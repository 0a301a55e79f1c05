import {
  type HyperdrivePool,
  latestCheckpoint,
  type TradeConfig,
  tradeConfig,
} from '@service-bots/core/hyperdrive';
import type { Target } from '@service-bots/core/runtime';
import { type Settlement, settlementOf } from '../settlement.ts';

/** A pool, with the bot's possible positions in it. */
export interface LpandarbPool extends HyperdrivePool, Target {
  trade: TradeConfig;
  /** The maturities of positions that the bot may hold; `balanceOf` says whether it does. */
  maturities: Set<number>;
  /** Whether all maturities were scanned since the start. */
  isScanned: boolean;
  /** Whether the registry lists the pool; undefined while the registry is not read yet. */
  isRegistered: boolean | undefined;
  /**
   * How the pool is paid and pays. Undefined when the kind of the pool is unknown: the bot then does not trade
   * with it.
   */
  settlement: Settlement | undefined;
}

/** Positions that matured longer ago are not searched for, unless a position lasts longer than this. */
const longestForgottenSeconds = 90 * 86_400;

export function newPool(pool: HyperdrivePool): LpandarbPool {
  return {
    ...pool,
    trade: tradeConfig(pool),
    maturities: new Set(),
    isScanned: false,
    isRegistered: undefined,
    settlement: settlementOf(pool),
  };
}

/** Returns all maturities that a position may have now, the oldest first, in seconds since 1970. */
export function possibleMaturities({ trade }: LpandarbPool, chainTime: number): number[] {
  const { checkpointDuration: step, positionDuration } = trade;
  const latest = latestCheckpoint(trade, chainTime);
  const past = Math.max(positionDuration, longestForgottenSeconds);
  const first = latest - past + (past % step);
  const times: number[] = [];
  for (let time = first; time <= latest + positionDuration; time += step) times.push(time);
  return times;
}

/**
 * Returns the maturities to read in a round: the known ones, and those of trades in the newest two
 * checkpoints.
 */
export function maturitiesToRead({ trade, maturities }: LpandarbPool, chainTime: number): number[] {
  const { checkpointDuration: step, positionDuration } = trade;
  const newest = latestCheckpoint(trade, chainTime) + positionDuration;
  return [...new Set([...maturities, newest, newest - step])].sort((a, b) => a - b);
}

/** Returns why a pool without a settlement is not traded with. */
export function unknownKind({ kind }: Pick<LpandarbPool, 'kind'>): string {
  return `pools of the kind ${kind} are not known to this bot`;
}
