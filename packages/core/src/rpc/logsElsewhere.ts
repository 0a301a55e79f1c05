import type { FailoverProvider } from './FailoverProvider.ts';
import type { LogFilter, RawLog } from './logs.ts';
import type { JsonRpcAnswer } from './reply.ts';

/**
 * The logs of blocks of which an endpoint has told none, where the headers' blooms are too full to tell: a second endpoint
 * decides. Where that cannot tell, the receipt of a block's last transaction shows whether the node has the block's logs.
 * @returns for each block its logs; undefined where no endpoint can tell yet
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

/** No logs, once the node has the receipts of the block. */
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
