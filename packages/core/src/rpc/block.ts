import type { FailoverProvider } from './FailoverProvider.ts';

/** A block's header, as far as bots decide on it. */
export interface Block {
  number: number;
  hash: string;
  /** Seconds since 1970, the chain's own time. */
  timestamp: number;
  /** Absent on chains without EIP-1559. */
  baseFeeWei: bigint | undefined;
}

/** @returns the block, or undefined when the node does not have it */
export async function readBlock(
  provider: FailoverProvider,
  tag: number | 'latest',
): Promise<Block | undefined> {
  const block = await provider.send('eth_getBlockByNumber', [
    tag === 'latest' ? tag : `0x${tag.toString(16)}`,
    false,
  ]);
  if (!block) return undefined;
  return {
    number: Number(block.number),
    hash: block.hash,
    timestamp: Number(block.timestamp),
    baseFeeWei: block.baseFeePerGas === undefined ? undefined : BigInt(block.baseFeePerGas),
  };
}

/** @throws Error when the node has no latest block, which only a broken node says */
export async function readHead(provider: FailoverProvider): Promise<Block> {
  const head = await readBlock(provider, 'latest');
  if (!head) throw new Error('the node has no latest block');
  return head;
}
