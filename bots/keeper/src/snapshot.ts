import { BotError } from '@service-bots/core/errors';
import {
  type BatchReader,
  type Block,
  type FailoverProvider,
  type Read,
  type ReadResult,
  readAtHead,
} from '@service-bots/core/rpc';
import { type PendingAction, pendingActions, poolReads, type RoundState, roundStates } from './prizePool.ts';

/** One round of a pool. */
export interface Round {
  state: RoundState;
  /** Seconds since 1970. */
  salesEndAt: number;
  /** The block whose hash draws the winner; 0 before the commit. */
  targetBlock: number;
}

/** What a pool's contract says at one block. */
export interface PoolState {
  due: { round: bigint; action: PendingAction };
  /** The round that is open. */
  current: bigint;
  open: Round;
  /** The round before it; undefined for a pool's first. */
  previous: Round | undefined;
  /** When the open round becomes committable, by the chain's time in seconds since 1970. */
  eligibleAt: number;
  /** The same of the round before it. */
  previousEligibleAt: number | undefined;
  /** Undefined where the contract does not tell. */
  paused: boolean | undefined;
}

/** What to read of one pool. */
export interface PoolQuestion {
  address: string;
  /** The open round, as far as is known. */
  current: bigint;
}

export interface Snapshot {
  block: Block;
  /** For each question, in their order: what was read, or why it could not be. */
  pools: (PoolState | BotError)[];
  /** Undefined when no wallet was asked for, or it could not be read. */
  walletWei: bigint | undefined;
}

/**
 * All pools and the wallet at the head, in one request as long as no pool has opened another round since it was last
 * asked about.
 */
export async function readSnapshot(
  provider: FailoverProvider,
  reader: BatchReader,
  questions: readonly PoolQuestion[],
  wallet: string | undefined,
): Promise<Snapshot> {
  const balance = wallet === undefined ? undefined : reader.balanceOf(wallet);
  const reads = questions.map(readsOf);
  const { block, results } = await readAtHead<unknown>(provider, reader, [
    ...(balance ? [balance] : []),
    ...reads.flat(),
  ]);
  const walletResult = balance ? (results.shift() as ReadResult<bigint>) : undefined;
  const pools = questions.map((question, i) => {
    const own = results.splice(0, (reads[i] as Read<unknown>[]).length);
    return stateOrError(question, own);
  });
  const moved = questions.flatMap(({ address }, i) => {
    const state = pools[i];
    return state instanceof Moved ? [{ i, address, current: state.current }] : [];
  });
  if (moved.length > 0) {
    const again = moved.map(readsOf);
    const rest = await reader.read<unknown>(block, again.flat());
    for (const [k, question] of moved.entries()) {
      const own = rest.splice(0, (again[k] as Read<unknown>[]).length);
      pools[question.i] = stateOrError(question, own);
    }
  }
  return { block, pools, walletWei: walletResult?.ok ? walletResult.value : undefined };
}

/** The pool's open round is another one than the reads were about. */
class Moved extends BotError {
  readonly current: bigint;

  constructor(current: bigint) {
    super(`round ${current} is open by now`);
    this.current = current;
  }
}

function readsOf({ address, current }: PoolQuestion): Read<unknown>[] {
  const always = [
    poolReads.nextExecutable(address),
    poolReads.currentRoundId(address),
    poolReads.paused(address),
    poolReads.roundInfo(address, current),
    poolReads.commitAfterTime(address, current),
  ];
  if (current <= 1n) return always;
  return [
    ...always,
    poolReads.roundInfo(address, current - 1n),
    poolReads.commitAfterTime(address, current - 1n),
  ];
}

function stateOrError(question: PoolQuestion, results: readonly ReadResult<unknown>[]): PoolState | BotError {
  try {
    return stateOf(question, results);
  } catch (error) {
    if (error instanceof BotError) return error;
    throw error;
  }
}

function stateOf({ address, current }: PoolQuestion, results: readonly ReadResult<unknown>[]): PoolState {
  const [next, currentRead, paused, ...about] = results;
  const isOpen = readValue(currentRead, address) as bigint;
  const { rid, action } = readValue(next, address) as { rid: bigint; action: bigint };
  if (isOpen !== current) throw new Moved(isOpen);
  const [open, eligibleAt, previous, previousEligibleAt] = about.map(result => readValue(result, address));
  const pending = pendingActions[Number(action)];
  if (pending === undefined) throw new BotError(`${address} asks for the unknown action ${action}`);
  return {
    due: { round: rid, action: pending },
    current,
    open: roundOf(open, address),
    previous: previous === undefined ? undefined : roundOf(previous, address),
    eligibleAt: Number(eligibleAt),
    previousEligibleAt: previousEligibleAt === undefined ? undefined : Number(previousEligibleAt),
    // Nothing depends on it: a contract that does not tell is driven all the same.
    paused: paused?.ok ? (paused.value as boolean) : undefined,
  };
}

/** @param info what `getRoundInfo` returned */
export function roundOf(info: unknown, address: string): Round {
  const { state, salesEndTime, targetBlockNumber } = info as Record<string, bigint>;
  const name = roundStates[Number(state)];
  if (name === undefined) throw new BotError(`${address} tells of the unknown round state ${state}`);
  return { state: name, salesEndAt: Number(salesEndTime), targetBlock: Number(targetBlockNumber) };
}

function readValue(result: ReadResult<unknown> | undefined, address: string): unknown {
  if (!result?.ok) throw new BotError(`${address} could not be read: ${result?.reason ?? 'no answer'}`);
  return result.value;
}
