import type { FailoverProvider } from './FailoverProvider.ts';
import type { JsonRpcAnswer } from './transport.ts';

/** Nodes have no code for it, only words: geth's, which reth, Erigon and anvil share, Nethermind's and Besu's. */
const usedNonce = /nonce too low|oldnonce|nonce is too low|nonce below current/i;

/** Whether a broadcast was refused because the chain has a transaction at its nonce already. */
export function isUsedNonce(answer: JsonRpcAnswer): boolean {
  return 'error' in answer && usedNonce.test(answer.error.message ?? '');
}

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
