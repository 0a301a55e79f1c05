import type { FailoverProvider } from './FailoverProvider.ts';
import type { RpcClient } from './RpcClient.ts';

/** The part of a block's header that bots decide on. */
export interface Block {
  number: number;
  hash: string;
  parentHash: string;
  /** Seconds since 1970, the chain's own time. */
  timestamp: number;
  /** Absent on chains without EIP-1559. */
  baseFeeWei: bigint | undefined;
  /** 2,048 bits that show which logs the block cannot hold. */
  logsBloom?: string | undefined;
}

/** Reads a block. @returns undefined when the node does not have it */
export async function readBlock(client: RpcClient, tag: number | 'latest'): Promise<Block | undefined> {
  const block = await client.send('eth_getBlockByNumber', [
    tag === 'latest' ? tag : `0x${tag.toString(16)}`,
    false,
  ]);
  return block ? parseBlock(block) : undefined;
}

/**
 * Reads blocks `from` to `to`, both included, in one request.
 * @throws Error when the node lacks one of them
 */
export async function readBlocks(provider: FailoverProvider, from: number, to: number): Promise<Block[]> {
  const numbers = Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) => from + i);
  const answers = await askForBlocks(provider, numbers);
  return answers.map((answer, i) => {
    if ('result' in answer && answer.result) return parseBlock(answer.result);
    throw new Error(
      `the node does not give block ${numbers[i]}${'error' in answer ? `: ${answer.error.message}` : ''}`,
    );
  });
}

/**
 * Reads blocks by their numbers, in one request.
 * @returns for each number its block; undefined where no node gives it
 */
export async function findBlocks(
  provider: FailoverProvider,
  numbers: readonly number[],
): Promise<(Block | undefined)[]> {
  const answers = await askForBlocks(provider, numbers);
  return answers.map(answer => ('result' in answer && answer.result ? parseBlock(answer.result) : undefined));
}

function askForBlocks(provider: FailoverProvider, numbers: readonly number[]) {
  return provider.sendBatch(
    numbers.map(number => ({
      method: 'eth_getBlockByNumber',
      params: [`0x${number.toString(16)}`, false],
    })),
  );
}

/** A block’s header as a node returns it. */
export interface RawBlock {
  number: string;
  hash: string;
  parentHash: string;
  timestamp: string;
  baseFeePerGas?: string | null;
  logsBloom?: string | null;
}

/** Returns the header of a block in JSON-RPC's form. */
export function parseBlock(raw: RawBlock): Block {
  const { number, hash, parentHash, timestamp, baseFeePerGas, logsBloom } = raw;
  return {
    number: Number(number),
    // Blocks are compared by their hashes, which nodes write in either case.
    hash: hash.toLowerCase(),
    parentHash: parentHash.toLowerCase(),
    timestamp: Number(timestamp),
    baseFeeWei: baseFeePerGas === undefined || baseFeePerGas === null ? undefined : BigInt(baseFeePerGas),
    logsBloom: typeof logsBloom === 'string' ? logsBloom : undefined,
  };
}

/**
 * Reads the latest block.
 * @throws Error when the node reports that it has none, which only a broken node does
 */
export async function readHead(client: RpcClient): Promise<Block> {
  const head = await readBlock(client, 'latest');
  if (!head) throw new Error('the node has no latest block');
  return head;
}
