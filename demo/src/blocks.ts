import type { Anvil } from '@service-bots/devnet';
import type { Block } from 'ethers';

/** Returns all blocks with their transactions, the oldest first; the chains of the demo are short. */
export async function readBlocks({ provider, time }: Anvil): Promise<Block[]> {
  const { number: head } = await time.latest();
  const numbers = Array.from({ length: head + 1 }, (_, number) => number);
  const blocks = await Promise.all(numbers.map(number => provider.getBlock(number, true)));
  return blocks.filter(block => block !== null);
}
