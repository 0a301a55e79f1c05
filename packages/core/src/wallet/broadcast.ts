import { isError, keccak256 } from 'ethers';
import type { FailoverProvider } from '../rpc/index.ts';

/** What handing signed bytes to a node led to. */
export type BroadcastVerdict =
  | 'accepted'
  | 'nonce-too-low'
  | 'replacement-underpriced'
  | 'insufficient-funds'
  | 'fee-too-low'
  /** No reply, or one that settles nothing: the bytes may or may not have arrived. */
  | 'unknown';

/**
 * Hands the signed bytes to the node. Doing so twice is harmless: the hash is the same.
 * A refusal is believed only when the node does not know the hash either.
 */
export async function broadcast(provider: FailoverProvider, raw: string): Promise<BroadcastVerdict> {
  try {
    await provider.send('eth_sendRawTransaction', [raw]);
    return 'accepted';
  } catch (error) {
    const verdict = verdictOf(error);
    if (verdict === 'accepted') return verdict;
    return (await isKnown(provider, keccak256(raw))) ? 'accepted' : verdict;
  }
}

async function isKnown(provider: FailoverProvider, hash: string): Promise<boolean> {
  try {
    return (await provider.send('eth_getTransactionByHash', [hash])) !== null;
  } catch {
    return false;
  }
}

/** Nodes have no codes for these, only words: geth's, which reth, Erigon and anvil share, and Nethermind's. */
const wordings: readonly [RegExp, BroadcastVerdict][] = [
  [/already known|alreadyknown|already imported|known transaction/i, 'accepted'],
  [/nonce too low|oldnonce|nonce is too low/i, 'nonce-too-low'],
  [
    /replacement transaction underpriced|replacementnotallowed|could not replace|replacement fee too low/i,
    'replacement-underpriced',
  ],
  [/insufficient funds|insufficientfunds/i, 'insufficient-funds'],
  [/less than block base fee|underpriced|feetoolow|max fee per gas less/i, 'fee-too-low'],
];

/** @param error what the provider threw for `eth_sendRawTransaction` */
export function verdictOf(error: unknown): BroadcastVerdict {
  if (isError(error, 'NONCE_EXPIRED')) return 'nonce-too-low';
  if (isError(error, 'INSUFFICIENT_FUNDS')) return 'insufficient-funds';
  if (isError(error, 'REPLACEMENT_UNDERPRICED')) return 'replacement-underpriced';
  const said = (error as { error?: { message?: string } }).error?.message ?? (error as Error).message ?? '';
  return wordings.find(([pattern]) => pattern.test(said))?.[1] ?? 'unknown';
}
