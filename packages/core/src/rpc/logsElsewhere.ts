import type { FailoverProvider } from './FailoverProvider.ts';
import type { LogFilter, RawLog } from './logs.ts';
import type { JsonRpcAnswer } from './reply.ts';

/**
 * Reads the logs of blocks for which an endpoint returned none, and whose blooms are too full to decide: a
 * second endpoint decides. Where it cannot, the receipt of a block's last transaction shows whether the node
 * has the block's logs.
 * @returns the logs of each block; undefined where no endpoint can decide yet
 */
export async function logsElsewhere(
  provider: FailoverProvider,
  filter: LogFilter,
  blocks: readonly { hash: string }[],
): Promise<(RawLog[] | undefined)[]> {
  if (blocks.length === 0) return [];
  const [, second] = provider.health.inUse();
  if (!second) return Promise.all(blocks.map(block => noneWithReceipts(provider, block)));
  const payloads = blocks.map(({ hash }, i) => ({
    jsonrpc: '2.0' as const,
    id: i + 1,
    method: 'eth_getLogs',
    params: [{ ...filter, blockHash: hash }],
  }));
  const answers = await provider
    .readParts(
      {
        budget: 'batch',
        size: blocks.length,
        request: (from, count) => payloads.slice(from, from + count),
      },
      part => part.answers,
      { only: second },
    )
    .catch((): JsonRpcAnswer[][] => []);
  const told = answers.flat();
  return Promise.all(
    blocks.map((block, i) => {
      const answer = told[i];
      return answer && 'result' in answer ? (answer.result as RawLog[]) : noneWithReceipts(provider, block);
    }),
  );
}

/** Returns no logs, once the node has the receipts of the block. */
async function noneWithReceipts(
  provider: FailoverProvider,
  { hash }: { hash: string },
): Promise<RawLog[] | undefined> {
  const [block] = await provider.sendBatch([{ method: 'eth_getBlockByHash', params: [hash, false] }]);
  const transactions: unknown = block && 'result' in block ? block.result?.transactions : undefined;
  const last: unknown = Array.isArray(transactions) ? transactions.at(-1) : undefined;
  if (last === undefined) return undefined;
  const [receipt] = await provider.sendBatch([{ method: 'eth_getTransactionReceipt', params: [last] }]);
  return receipt && 'result' in receipt && receipt.result?.blockHash === hash ? [] : undefined;
}
