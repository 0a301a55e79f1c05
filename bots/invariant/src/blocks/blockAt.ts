import { type Block, type FailoverProvider, readBlock } from '@service-bots/core/rpc';

/**
 * Returns the newest block that is not later than a time, by bisection.
 * @param until a block later than that
 * @returns undefined when the chain is younger
 */
export async function blockAt(
  provider: FailoverProvider,
  time: number,
  until: Block,
): Promise<Block | undefined> {
  let early: Block | undefined;
  let late = until;
  // First backwards in growing steps, since the time is usually near.
  for (let step = 256; early === undefined && late.number > 0; step *= 4) {
    const block = await readBlock(provider, Math.max(late.number - step, 0));
    if (!block) return undefined;
    if (block.timestamp <= time) early = block;
    else late = block;
  }
  while (early && late.number - early.number > 1) {
    const middle = await readBlock(provider, Math.floor((early.number + late.number) / 2));
    if (!middle) return undefined;
    if (middle.timestamp <= time) early = middle;
    else late = middle;
  }
  return early;
}
