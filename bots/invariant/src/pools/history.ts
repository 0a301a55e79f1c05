/** The stored values of a pool at one block. Prices with 18 decimals. */
export interface Moment {
  block: number;
  /** Seconds since 1970, the chain's time. */
  time: number;
  vaultSharePrice: bigint;
  /** Of the latest checkpoint at that time; 0 before its first trade. */
  weightedSpotPrice: bigint;
}

/** The past of one pool, the oldest first. */
export interface History {
  moments: readonly Moment[];
}

export const emptyHistory: History = { moments: [] };

/** The moments within one look-back: the precision of its beginning. */
const momentsInLookBack = 60;
/** The newest are all kept, for reorgs. */
const newestKept = 8;

/**
 * Adds a moment and removes those that no check will need: beyond the look-back only the newest is kept,
 * within it one for each sixtieth part. Its size is therefore bounded at any speed of blocks.
 * @param lookBack seconds that negative interest looks back
 */
export function record({ moments }: History, moment: Moment, lookBack: number): History {
  const since = moment.time - lookBack;
  return { moments: thinned([...moments, moment], since, Math.max(lookBack / momentsInLookBack, 1)) };
}

function thinned(moments: readonly Moment[], since: number, spacing: number): Moment[] {
  const lastBefore = moments.findLastIndex(({ time }) => time <= since);
  const wanted = moments.slice(Math.max(lastBefore, 0));
  const newest = wanted.length - newestKept;
  let lastKept = Number.NEGATIVE_INFINITY;
  return wanted.filter(({ time }, i) => {
    if (i < newest && time - lastKept < spacing) return false;
    lastKept = time;
    return true;
  });
}

/** Returns the newest moment before a block. */
export function before({ moments }: History, block: number): Moment | undefined {
  return moments.findLast(moment => moment.block < block);
}

/** Returns the newest moment that is not later than the time. */
export function at({ moments }: History, time: number): Moment | undefined {
  return moments.findLast(moment => moment.time <= time);
}

/**
 * Returns the moment that c at a block is compared with: a look-back ago, else the oldest known. Returns
 * undefined where none is earlier.
 */
export function lookedBackTo(
  history: History,
  { number, timestamp }: { number: number; timestamp: number },
  lookBack: number,
): Moment | undefined {
  const oldest = history.moments[0];
  return at(history, timestamp - lookBack) ?? (oldest && oldest.block < number ? oldest : undefined);
}

/** Inserts a moment at its position, and keeps those after it. */
export function inserted(history: History, moment: Moment, lookBack: number): History {
  const later = history.moments.filter(({ block }) => block > moment.block);
  const { moments } = record(without(history, moment.block), moment, lookBack);
  return { moments: [...moments, ...later] };
}

/** Returns the history without the blocks from this one on, which a reorg has replaced. */
export function without({ moments }: History, block: number): History {
  return { moments: moments.filter(moment => moment.block < block) };
}
