import { trailLength } from '../blocks/trail.ts';

/** A number of shares behind shorts, as the base of later comparisons. */
export interface LedgerBase {
  block: number;
  shares: bigint;
  /** False where it is a lower bound: the state of that block could not be read. */
  isExact: boolean;
}

/** The shares that there must be behind shorts, by the events since a block. */
export interface ShortsLedger {
  base: LedgerBase;
  /** The last block whose events are counted. */
  through: number;
  /** The block up to which the change is final: no reorg reaches it any more. */
  settledThrough: number;
  settledChange: bigint;
  /** By block after that, the oldest first. */
  recent: readonly Change[];
}

export interface Change {
  block: number;
  shares: bigint;
}

/** The reason for a missing ledger although the vault has lost money. */
export interface LedgerUnknown {
  unknown: string;
  /** The events are being read, and no reading has failed yet: a later block may have the result. */
  isBeingRead?: true;
}

export const emptyLedger = (base: LedgerBase): ShortsLedger => ({
  base,
  through: base.block,
  settledThrough: base.block,
  settledChange: 0n,
  recent: [],
});

/** Returns the change since the base. */
export function changeOf({ settledChange, recent }: ShortsLedger): bigint {
  return recent.reduce((sum, { shares }) => sum + shares, settledChange);
}

/** Adds the changes of the blocks after those that are counted, up to `through`. The result has at most one entry for each recent block. */
export function withChanges(known: ShortsLedger, through: number, found: readonly Change[]): ShortsLedger {
  const byBlock = new Map<number, bigint>();
  for (const { block, shares } of [...known.recent, ...found])
    if (shares !== 0n) byBlock.set(block, (byBlock.get(block) ?? 0n) + shares);
  const settledThrough = Math.max(known.settledThrough, through - trailLength);
  const all = [...byBlock].map(([block, shares]) => ({ block, shares }));
  return {
    base: known.base,
    through,
    settledThrough,
    settledChange: all
      .filter(({ block }) => block <= settledThrough)
      .reduce((sum, { shares }) => sum + shares, known.settledChange),
    recent: all.filter(({ block }) => block > settledThrough),
  };
}

/**
 * Returns the ledger without the changes of `block` and later blocks, which a reorg has replaced. Older changes
 * stay, since nodes may no longer have their events.
 * @returns undefined where the reorg goes back to a block before `recent`, so that the ledger has to be built anew
 */
export function withoutChanges(known: ShortsLedger, block: number): ShortsLedger | undefined {
  if (block <= known.base.block) return undefined;
  if (block > known.through) return known;
  if (block <= known.settledThrough) return undefined;
  return { ...known, through: block - 1, recent: known.recent.filter(each => each.block < block) };
}

/**
 * Stores a block at which the books held. Two are kept: the newest, and one that no reorg replaces.
 * @param known the oldest first
 */
export function withBase(known: readonly LedgerBase[], base: LedgerBase): readonly LedgerBase[] {
  const [older, newer = older] = known;
  if (!older || !newer) return [base];
  return newer.block - older.block >= trailLength || newer === older ? [newer, base] : [older, base];
}
