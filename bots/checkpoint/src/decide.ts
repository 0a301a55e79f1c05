import type { MissedCheckpoint } from './Backlog.ts';

/** The inputs of a decision about one pool. */
export interface PoolView {
  /** Time of the block at which everything was read, seconds since 1970. */
  chainTime: number;
  checkpointDuration: number;
  /** Decimals of the base token. */
  decimals: number;
  /** The part of a checkpoint that is left to other minters. */
  waitingPeriod: number;
  missed: readonly MissedCheckpoint[];
  /** The newest minted checkpoint, 0 when none is known. */
  newestMinted: number;
}

/** A checkpoint to mint now. */
export interface Mint extends MissedCheckpoint {
  /** The stake while it waits: matured shorts whose price still drifts, in 18 decimals. */
  drifting: bigint;
  /** The locked amount while it waits: all matured positions, in 18 decimals. */
  matured: bigint;
}

export interface Decision {
  mints: Mint[];
  /** The time at which the next mint can be due, by the chain's time, and its checkpoint. */
  next: { checkpoint: number; chainTime: number };
}

/**
 * Selects the checkpoints of a pool to mint now: the latest one once the waiting period has passed, and every
 * older one at once, since no other account is likely to mint it.
 *
 * An older checkpoint gets the price of the first minted one after it, or the present price while there is
 * none. Therefore its price drifts, and shorts earn money that the LPs lose, only while nothing newer (but
 * the latest) is minted. A mint of the newest of such a run ends the drift for the whole run: it carries the
 * stake of all.
 */
export function decide(view: PoolView): Decision {
  const { chainTime, checkpointDuration, waitingPeriod, newestMinted } = view;
  const latest = chainTime - (chainTime % checkpointDuration);
  const dueAt = latest + Math.ceil(waitingPeriod * checkpointDuration);
  const scale = 10n ** BigInt(Math.max(18 - view.decimals, 0));
  const isDue = ({ time }: MissedCheckpoint) => time < latest || chainTime >= dueAt;
  const drifts = ({ time }: MissedCheckpoint) => time === latest || time > newestMinted;

  const due = view.missed.filter(isDue).sort((a, b) => b.time - a.time);
  const run = due.filter(checkpoint => checkpoint.time < latest && drifts(checkpoint));
  const runStake = run.reduce((sum, { maturedShorts }) => sum + maturedShorts, 0n);
  const mints = due.map(checkpoint => {
    const own = drifts(checkpoint) ? checkpoint.maturedShorts : 0n;
    const stake = checkpoint === run[0] ? runStake : own;
    return {
      ...checkpoint,
      drifting: stake * scale,
      matured: (checkpoint.maturedLongs + checkpoint.maturedShorts) * scale,
    };
  });
  const isLatestWaiting = chainTime < dueAt && view.missed.some(({ time }) => time === latest);
  const checkpoint = isLatestWaiting ? latest : latest + checkpointDuration;
  const next = { checkpoint, chainTime: dueAt + (checkpoint - latest) };
  return { mints: mints.sort(byCost), next };
}

/** Sorts by the cost of a delay, the most expensive first; among equals the older. */
export function byCost(a: Mint, b: Mint): number {
  if (a.drifting !== b.drifting) return a.drifting > b.drifting ? -1 : 1;
  if (a.matured !== b.matured) return a.matured > b.matured ? -1 : 1;
  return a.time - b.time;
}
