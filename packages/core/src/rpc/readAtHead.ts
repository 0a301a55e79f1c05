import { Interface } from 'ethers';
import { decodeAggregate3, encodeAggregate3 } from './aggregate3.ts';
import { type Block, parseBlock, readHead } from './block.ts';
import { contractRead, type Read } from './contractRead.ts';
import type { FailoverProvider } from './FailoverProvider.ts';
import { type BatchReader, multicall3 } from './multicall.ts';
import { aggregatedResult, type ReadResult } from './readResult.ts';

const identityAbi = new Interface([
  'function getBlockNumber() view returns (uint256)',
  'function getLastBlockHash() view returns (bytes32)',
]);
/** Which block an aggregate ran at. */
const identity: readonly Read<unknown>[] = [
  contractRead(identityAbi, multicall3, 'getBlockNumber'),
  contractRead(identityAbi, multicall3, 'getLastBlockHash'),
];

/** More reads than this are better divided as each endpoint allows. */
const mostAtHead = 1_000;

/** What was read, and the block it was read at. */
export interface HeadReading<T> {
  block: Block;
  /** For each read, in their order. */
  results: ReadResult<T>[];
}

/**
 * The head and contract reads at that very head in one HTTP request. Where they cannot be had in one (no Multicall3,
 * too many reads, a block that came in between), the reads follow in a second one, pinned to the head's hash.
 * @throws what the provider throws
 */
export async function readAtHead<T>(
  provider: FailoverProvider,
  reader: BatchReader,
  reads: readonly Read<T>[],
): Promise<HeadReading<T>> {
  const canAggregate = reader.balanceOf(multicall3) !== undefined;
  const most = Math.min(mostAtHead, provider.takes('multicall') - identity.length);
  if (!canAggregate || reads.length > most) {
    const block = await readHead(provider);
    return { block, results: await reader.read(block, reads) };
  }
  const data = encodeAggregate3([...identity, ...reads]);
  const [head, aggregate] = await provider.sendBatch([
    { method: 'eth_getBlockByNumber', params: ['latest', false] },
    { method: 'eth_call', params: [{ to: multicall3, data }, 'latest'] },
  ]);
  const block =
    head && 'result' in head && head.result !== null ? parseBlock(head.result) : await readHead(provider);
  if (aggregate && 'result' in aggregate && aggregate.result !== '0x') {
    const returned = decodeAggregate3(aggregate.result, identity.length + reads.length);
    const [number, lastHash] = identity.map((read, i) => aggregatedResult(read, returned[i]));
    const isSame =
      number?.ok &&
      lastHash?.ok &&
      number.value === BigInt(block.number) &&
      lastHash.value === block.parentHash;
    // One that failed without a word may only have been left without gas by another: it is asked again.
    const isWhole = returned.every(([success, data]) => success || data !== '0x');
    if (isSame && isWhole)
      return {
        block,
        results: reads.map((read, i) => aggregatedResult(read, returned[i + identity.length])),
      };
  }
  return { block, results: await reader.read(block, reads) };
}
