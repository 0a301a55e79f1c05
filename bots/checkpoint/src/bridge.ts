/**
 * The gas of a mint, and the additional gas for each unminted checkpoint that the contract passes. The contract
 * searches one checkpoint after the other for the one whose price the mint gets. At most 232,000 and 2,270 were
 * measured; the figures are rounded up.
 */
const gasOfMint = 260_000n;
const gasForEachPassed = 2_400n;

/** How many unminted checkpoints a mint can pass over within a gas limit; less than 0: it cannot be sent at all. */
export function reachOf(maxGas: bigint, gasMarginPercent: bigint): number {
  const gas = (maxGas * 100n) / gasMarginPercent - gasOfMint;
  return gas < 0n ? -1 : Number(gas / gasForEachPassed);
}

interface DearMint {
  /** The checkpoint to mint, seconds since 1970. */
  time: number;
  /** The first minted checkpoint after it, or the latest one. */
  priced: number;
  /** Seconds between checkpoints. */
  duration: number;
  /** The number of unminted checkpoints that a mint can pass over. */
  reach: number;
}

/**
 * Returns the checkpoint to mint first where a mint passes over too many: as far before `priced` as a mint
 * reaches.
 *
 * The mint in between makes no price worse. A checkpoint gets the price of the first minted one after it, or
 * the present price where the search ends at an unminted latest one. A checkpoint in between gets the very
 * same price, and passes it on. If this is the present price, it stays at its present value, while it would
 * have drifted until the older one was minted.
 * @returns undefined when none is needed, or none helps
 */
export function bridgeTo({ time, priced, duration, reach }: DearMint): number | undefined {
  const passed = (priced - time) / duration - 1;
  return reach < 0 || passed <= reach ? undefined : priced - (reach + 1) * duration;
}
