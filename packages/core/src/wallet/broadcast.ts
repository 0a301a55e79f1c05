import { isError, keccak256 } from 'ethers';
import { reasonOf } from '../errors/index.ts';
import { AllEndpointsFailed, type FailoverProvider, saysAlreadyKnown, saysNonceUsed } from '../rpc/index.ts';

/** What handing signed bytes to a node led to. */
export type BroadcastVerdict =
  | 'accepted'
  | 'nonce-too-low'
  | 'replacement-underpriced'
  | 'insufficient-funds'
  | 'fee-too-low'
  /** Never to be accepted as it is: too much gas, a fee above the node's own cap, a type it does not take. */
  | 'refused'
  /** No reply, or one that settles nothing: the bytes may or may not have arrived. */
  | 'unknown';

export interface Broadcast {
  verdict: BroadcastVerdict;
  /** What the node said, unless it accepted. */
  said?: string | undefined;
}

/** The way to the chain. */
export interface Outlet {
  provider: FailoverProvider;
  /** Asked each time right before bytes leave. @throws when this process may not act (any more) */
  fence?: (() => Promise<void>) | undefined;
}

/**
 * Hands the signed bytes to the node, if the fence lets them pass. Doing so twice is harmless: the hash is the same.
 * A refusal is believed only when the node does not know the hash either: another endpoint may have taken the bytes and
 * lost its reply. When that cannot be asked, the outcome is unknown.
 */
export async function broadcast({ provider, fence }: Outlet, raw: string): Promise<Broadcast> {
  await fence?.();
  try {
    await provider.send('eth_sendRawTransaction', [raw]);
    return { verdict: 'accepted' };
  } catch (error) {
    const verdict = verdictOf(error);
    if (verdict === 'accepted') return { verdict };
    const said = saidBy(error);
    const known = await isKnown(provider, keccak256(raw));
    if (known === undefined) return { verdict: 'unknown', said };
    return known ? { verdict: 'accepted' } : { verdict, said };
  }
}

async function isKnown(provider: FailoverProvider, hash: string): Promise<boolean | undefined> {
  try {
    return (await provider.send('eth_getTransactionByHash', [hash])) !== null;
  } catch {
    return undefined;
  }
}

/** Nodes have no codes for these, only words: geth's, which reth, Erigon and anvil share, Nethermind's and Besu's. */
const wordings: readonly [RegExp, BroadcastVerdict][] = [
  [saysAlreadyKnown, 'accepted'],
  [saysNonceUsed, 'nonce-too-low'],
  [
    /replacement ?transaction ?underpriced|replacementnotallowed|could not replace|replacement fee too low/i,
    'replacement-underpriced',
  ],
  [/insufficient funds|insufficientfunds|exceeds account balance/i, 'insufficient-funds'],
  [
    /exceeds the configured cap|exceeds block gas limit|gas ?limit ?exceeded|intrinsic gas too low|gas limit too (?:high|low)/i,
    'refused',
  ],
  [
    /type not supported|invalid (?:sender|chain ?id)|oversized data|exceeds (?:the )?(?:max|cap)|gas price exceeds/i,
    'refused',
  ],
  [
    /less than block base fee|underpriced|feetoolow|max fee per gas less|gas price below|tip below/i,
    'fee-too-low',
  ],
];

/** @param error what the provider threw for `eth_sendRawTransaction` */
export function verdictOf(error: unknown): BroadcastVerdict {
  if (error instanceof AllEndpointsFailed) return 'unknown';
  // The node's own words first: ethers takes "max fee … base fee exceeds gas limit" for an empty wallet, too.
  const said = saidBy(error);
  const found = wordings.find(([pattern]) => pattern.test(said))?.[1];
  if (found) return found;
  if (isError(error, 'NONCE_EXPIRED')) return 'nonce-too-low';
  if (isError(error, 'INSUFFICIENT_FUNDS')) return 'insufficient-funds';
  if (isError(error, 'REPLACEMENT_UNDERPRICED')) return 'replacement-underpriced';
  return 'unknown';
}

function saidBy(error: unknown): string {
  const { error: own, info } = error as {
    error?: { message?: string };
    info?: { error?: { message?: string } };
  };
  return own?.message ?? info?.error?.message ?? reasonOf(error);
}
