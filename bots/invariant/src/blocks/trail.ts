import { type BlockRef, type FailoverProvider, findBlocks } from '@service-bots/core/rpc';

/** The number of blocks that are kept with their hashes, to detect a reorg; older reorgs are not detected. */
export const trailLength = 64;

/**
 * Returns the first of the finished blocks that are no longer part of the chain. A block that the nodes do
 * not have does not count as replaced: they may be behind.
 * @param trail the oldest first
 * @returns undefined when none is
 * @throws what the provider throws
 */
export async function firstReplaced(
  provider: FailoverProvider,
  trail: readonly BlockRef[],
): Promise<number | undefined> {
  const newest = trail.at(-1);
  // Usually nothing was replaced: one request shows it.
  if (!newest || (await replacedAmong(provider, [newest])) === undefined) return undefined;
  return replacedAmong(provider, trail);
}

async function replacedAmong(
  provider: FailoverProvider,
  trail: readonly BlockRef[],
): Promise<number | undefined> {
  const blocks = await findBlocks(
    provider,
    trail.map(({ number }) => number),
  );
  return trail.find(({ hash }, i) => {
    const block = blocks[i];
    return block !== undefined && block.hash !== hash;
  })?.number;
}
