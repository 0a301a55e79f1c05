import type { Anchor } from '@service-bots/core/prizePool';
import type { Block } from '@service-bots/core/rpc';
import type { ActionDone, Target } from '@service-bots/core/runtime';
import type { Action } from './decide.ts';
import type { Instant, Setbacks } from './Setbacks.ts';

/** A pool, and the keeper's state about it. */
export interface KeeperPool extends Target {
  anchor: Anchor | undefined;
  /** The open round at the last look. */
  current: bigint;
  /** The round that the contract asked for, when it was older than the previous one. */
  oldestDue: bigint | undefined;
  setbacks: Setbacks;
  /** Its open round and the state of the one before, at the last look. */
  lastRounds: string | undefined;
  /** The block at which the rounds were last seen to have changed. */
  movedAt: number | undefined;
  /** The last block at which a round found it paused. */
  pausedAt: number | undefined;
  /** The block at which this keeper first looked at it, kept on disk; undefined while that is not known. */
  watchedFrom: number | undefined;
  /**
   * The action that the contract called too early, and the block of that answer: it is tried again at the
   * next block.
   */
  tooEarly: TooEarly | undefined;
  /** The time since which the contract asks for nothing, though a commit is possible. */
  silentSince: Instant | undefined;
  /**
   * The block in which our last transaction was mined, and the time at which that was seen, by the steady
   * clock.
   */
  acted: { block: number; atMs: number } | undefined;
  /** The number of looks in a row at which a view could not be read. */
  unreadLooks: number;
  /** At the last reading of its state, a draw was open or a commit possible. */
  isCloselyWatched: boolean;
  /**
   * The last simulation of the commit that waits for its anchor, and the contract's answer: by the steady
   * clock.
   */
  rehearsed: Rehearsed | undefined;
  /** Actions of earlier rounds that have not ended, by `kind:round`. */
  inHand: Map<string, InHand>;
}

export interface TooEarly {
  action: Pick<Action, 'kind' | 'round'>;
  block: number;
  times: number;
}

export interface InHand {
  action: Action;
  block: Block;
  /** On the steady clock. */
  begunAtMs: number;
  outcome: Promise<ActionOutcome>;
}

/** The result of a commit's simulation before its anchor. */
export interface Rehearsed {
  round: bigint;
  /** By the steady clock. */
  atMs: number;
  /** Undefined: it would succeed, or the node gave no answer. */
  refusal: string | undefined;
}

/** The outcome of an action. */
export type ActionOutcome =
  | { kind: 'done'; action: ActionDone; gasUsed: bigint }
  /** Another keeper has done it; `isPaid` where a transaction of this one was mined all the same. */
  | { kind: 'overtaken'; isPaid: boolean }
  /** The contract reports that it is slightly too early. */
  | { kind: 'too-early'; reason: string }
  | { kind: 'rehearsed' }
  /** Nothing was sent: the simulation reverts. */
  | { kind: 'refused'; reason: string }
  /** Mined, and either reverted or without an effect. */
  | { kind: 'reverted' | 'unchanged'; reason: string };

/** Returns a pool at which the keeper has not looked yet. */
export function newPool(
  given: Pick<KeeperPool, 'address' | 'name' | 'anchor' | 'current' | 'setbacks'>,
): KeeperPool {
  return {
    ...given,
    oldestDue: undefined,
    lastRounds: undefined,
    movedAt: undefined,
    pausedAt: undefined,
    watchedFrom: undefined,
    tooEarly: undefined,
    silentSince: undefined,
    acted: undefined,
    unreadLooks: 0,
    isCloselyWatched: false,
    rehearsed: undefined,
    inHand: new Map(),
  };
}
