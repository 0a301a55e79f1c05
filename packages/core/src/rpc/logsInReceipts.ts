import type { Block } from './block.ts';
import type { FailoverProvider } from './FailoverProvider.ts';
import { matchesFilter } from './logShape.ts';
import type { LogFilter, RawLog } from './logs.ts';

/**
 * Reads the logs of a block from its transactions' receipts, for a node that returns no logs although the
 * header shows some.
 * @returns undefined while a receipt is missing
 */
export async function logsInReceipts(
  provider: FailoverProvider,
  filter: LogFilter,
  { hash }: Pick<Block, 'hash'>,
): Promise<RawLog[] | undefined> {
  const [block] = await provider.sendBatch([{ method: 'eth_getBlockByHash', params: [hash, false] }]);
  const transactions: unknown = block && 'result' in block ? block.result?.transactions : undefined;
  if (!Array.isArray(transactions)) return undefined;
  const receipts = await provider.sendBatch(
    transactions.map(transaction => ({ method: 'eth_getTransactionReceipt', params: [transaction] })),
  );
  const logs: RawLog[] = [];
  for (const receipt of receipts) {
    if (!('result' in receipt) || receipt.result === null || receipt.result.blockHash !== hash)
      return undefined;
    logs.push(...(receipt.result.logs as RawLog[]));
  }
  return logs.filter(log => matchesFilter({ ...log }, filter));
}
