import type { FailoverProvider } from './FailoverProvider.ts';

/** The highest count of transactions that any endpoint of the right chain tells; 0 when none tells any. */
export async function highestCount(
  provider: FailoverProvider,
  address: string,
  blockTag: string,
): Promise<number> {
  const asked = provider.health
    .ranked()
    .map(endpoint => provider.askOne(endpoint, 'eth_getTransactionCount', [address, blockTag]));
  const counts = (await Promise.allSettled(asked)).map(told =>
    told.status === 'fulfilled' && 'result' in told.value ? Number(told.value.result) : 0,
  );
  return Math.max(0, ...counts);
}
