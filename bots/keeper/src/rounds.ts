import { BotError } from '@service-bots/core/errors';
import { type PendingAction, pendingActions, type RoundState, roundStates } from './prizePool.ts';

/** A round of a pool. */
export interface Round {
  state: RoundState;
  /** Seconds since 1970. */
  salesEndAt: number;
  /** The block whose hash draws the winner; 0 before the commit. */
  targetBlock: number;
}

export interface NumberedRound extends Round {
  number: bigint;
}

/** The answer of `nextExecutable`. */
export interface Asked {
  round: bigint;
  action: PendingAction;
}

/** The end of the year 9999: dates beyond it are no answer of a pool. */
const latestTime = 253_402_300_799n;

/** @param info what `getRoundInfo` returned @throws BotError for a state that does not exist */
export function roundOf(info: unknown): Round {
  const { state, salesEndTime, targetBlockNumber } = info as Record<string, bigint>;
  const name = roundStates[Number(state)];
  if (name === undefined) throw new BotError(`it returns the unknown round state ${state}`);
  return { state: name, salesEndAt: Number(salesEndTime), targetBlock: Number(targetBlockNumber) };
}

/** @param answer what `nextExecutable` returned @throws BotError for an action that does not exist */
export function askedOf(answer: unknown): Asked {
  const { rid, action } = answer as { rid: bigint; action: bigint };
  const name = pendingActions[Number(action)];
  if (name === undefined) throw new BotError(`it returns the unknown action ${action}`);
  return { round: rid, action: name };
}

/** @param seconds since 1970, as a contract returned it @throws BotError for a time that no round can have */
export function timeOf(seconds: unknown): number {
  if ((seconds as bigint) > latestTime) throw new BotError(`it returns the impossible time ${seconds}`);
  return Number(seconds);
}
