/**
 * Gas of a mint, and what is added for each unminted checkpoint between it and the one whose price it gets, since the
 * contract searches for that one by one: 232,000 and 2,270 at most were measured; rounded up.
 */
const gasOfMint = 260_000n;
const gasForEachPassed = 2_400n;

/** How many unminted checkpoints a mint can pass over within a gas limit; less than 0: it cannot be sent at all. */
export function reachOf(maxGas: bigint, gasMarginPercent: bigint): number {
  const gas = (maxGas * 100n) / gasMarginPercent - gasOfMint;
  return gas < 0n ? -1 : Number(gas / gasForEachPassed);
}

/**
 * The checkpoint to mint first where minting one passes over too many: as far before `priced` as a mint reaches.
 *
 * It changes no price for the worse. A checkpoint gets the price of the first minted one after it, or the present price
 * where the search ends at an unminted latest one. One in between gets the very same price, and hands it on. Where that
 * is the present price, it stays what it is now, while it would have drifted until the older one was minted.
 * @param time of the checkpoint to mint
 * @param priced the first minted checkpoint after it, or the latest one
 * @param duration seconds between checkpoints
 * @param reach unminted checkpoints that a mint can pass over
 * @returns undefined when none is needed, or none helps
 */
export function bridgeTo(time: number, priced: number, duration: number, reach: number): number | undefined {
  const passed = (priced - time) / duration - 1;
  return reach < 0 || passed <= reach ? undefined : priced - (reach + 1) * duration;
}
