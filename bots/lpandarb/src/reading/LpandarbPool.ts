import {
  type HyperdrivePool,
  latestCheckpoint,
  type TradeConfig,
  tradeConfig,
} from '@service-bots/core/hyperdrive';
import type { Target } from '@service-bots/core/runtime';

/** A pool, and what is known about the bot's positions in it. */
export interface LpandarbPool extends HyperdrivePool, Target {
  trade: TradeConfig;
  /** Maturities of positions that the bot may hold; `balanceOf` tells whether it does. */
  maturities: Set<number>;
  /** Whether all maturities were looked through since the start. */
  isScanned: boolean;
  /** Undefined while the registry was not read. */
  isRegistered: boolean | undefined;
  /** Why its kind is not traded with. */
  kindTrouble: string | undefined;
}

/** Positions that matured longer ago are not looked for. */
const longestForgottenSeconds = 90 * 86_400;

export function newPool(pool: HyperdrivePool, trouble: string | undefined): LpandarbPool {
  return {
    ...pool,
    trade: tradeConfig(pool),
    maturities: new Set(),
    isScanned: false,
    isRegistered: undefined,
    kindTrouble: trouble,
  };
}

/** Returns all maturities that a position may have now, the oldest first. */
export function possibleMaturities({ trade }: LpandarbPool, chainTime: number): number[] {
  const { checkpointDuration: step, positionDuration } = trade;
  const latest = latestCheckpoint(trade, chainTime);
  const past = Math.max(positionDuration, longestForgottenSeconds);
  const first = latest - past + (past % step);
  const times: number[] = [];
  for (let time = first; time <= latest + positionDuration; time += step) times.push(time);
  return times;
}

/** Returns the maturities to read in a round: those that are known, and those that a trade of the last days got. */
export function maturitiesToRead({ trade, maturities }: LpandarbPool, chainTime: number): number[] {
  const { checkpointDuration: step, positionDuration } = trade;
  const newest = latestCheckpoint(trade, chainTime) + positionDuration;
  return [...new Set([...maturities, newest, newest - step])].sort((a, b) => a - b);
}
