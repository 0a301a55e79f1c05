import { Interface, type JsonRpcPayload } from 'ethers';
import { decodeAggregate3, encodeAggregate3 } from './aggregate3.ts';
import { type Block, parseBlock, readHead } from './block.ts';
import { contractRead, type Read } from './contractRead.ts';
import { type BatchReader, multicall3 } from './createBatchReader.ts';
import type { JsonRpcAnswer } from './exchange.ts';
import type { FailoverProvider } from './FailoverProvider.ts';
import { aggregatedResult, type ReadResult } from './readResult.ts';

const identityAbi = new Interface([
  'function getBlockNumber() view returns (uint256)',
  'function getLastBlockHash() view returns (bytes32)',
]);
/** The reads that show which block an aggregate ran at. */
const identity: readonly Read<unknown>[] = [
  contractRead(identityAbi, { target: multicall3, method: 'getBlockNumber' }),
  contractRead(identityAbi, { target: multicall3, method: 'getLastBlockHash' }),
];

/** More reads than this are better divided by each endpoint's limit. */
const mostAtHead = 1_000;

/** The results of reads, and the block at which they ran. */
export interface HeadReading<T> {
  block: Block;
  /** A result for each read, in their order. */
  results: ReadResult<T>[];
}

/**
 * Reads the head, and contracts at that very head, in one HTTP request. Where one request cannot do it (no
 * Multicall3, too many reads, a block that came in between), the reads follow in a second request, pinned to
 * the head's hash.
 * @throws what the provider throws
 */
export async function readAtHead<T>(
  provider: FailoverProvider,
  reader: BatchReader,
  reads: readonly Read<T>[],
): Promise<HeadReading<T>> {
  const canAggregate = reader.balanceOf(multicall3) !== undefined;
  const most = Math.min(mostAtHead, provider.sizeOf('multicall') - identity.length);
  if (!canAggregate || reads.length === 0 || reads.length > most) {
    const block = await readHead(provider);
    return { block, results: await reader.read(block, reads) };
  }
  // A request that is refused as a whole is divided as any other read; each part reports the block at which
  // it ran.
  const parts = await provider.readChunks(
    {
      limit: 'multicall',
      size: reads.length,
      request: (from, count) => headAnd(reads.slice(from, from + count)),
    },
    ({ from, count, answers }) => partAtHead(reads.slice(from, from + count), answers),
  );
  const head = parts.at(-1)?.block ?? (await readHead(provider));
  const results = parts.map(part => (part.block?.hash === head.hash ? part.results : undefined));
  if (parts.length > 0 && results.every(each => each !== undefined))
    return { block: head, results: results.flat() };
  return { block: head, results: await reader.read(head, reads) };
}

function headAnd(reads: readonly Read<unknown>[]): JsonRpcPayload[] {
  const data = encodeAggregate3([...identity, ...reads]);
  return [
    { jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['latest', false] },
    { jsonrpc: '2.0', id: 2, method: 'eth_call', params: [{ to: multicall3, data }, 'latest'] },
  ];
}

/**
 * Decodes one part.
 * @returns the head, when the node reported it; and the results, when they are complete and of that very
 * block
 */
function partAtHead<T>(
  reads: readonly Read<T>[],
  [head, aggregate]: readonly JsonRpcAnswer[],
): { block: Block | undefined; results: ReadResult<T>[] | undefined } {
  const block = head && 'result' in head && head.result !== null ? parseBlock(head.result) : undefined;
  if (!block || !aggregate || !('result' in aggregate) || aggregate.result === '0x')
    return { block, results: undefined };
  const returned = decodeAggregate3(aggregate.result, identity.length + reads.length);
  const [number, lastHash] = identity.map((read, i) => aggregatedResult(read, returned[i]));
  const isSame =
    number?.ok &&
    lastHash?.ok &&
    number.value === BigInt(block.number) &&
    lastHash.value === block.parentHash;
  // A call that failed without data may have lacked gas because of another call: it is repeated.
  const isWhole = returned.every(([success, data]) => success || data !== '0x');
  const results = reads.map((read, i) => aggregatedResult(read, returned[i + identity.length]));
  return { block, results: isSame && isWhole ? results : undefined };
}
