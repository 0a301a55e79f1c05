import { type Chain, pollMsOf } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';
import type { Broadcast } from './broadcast.ts';
import { BroadcastRefused, InsufficientFunds } from './errors.ts';
import { type FeeCaps, type Fees, outbidFees, replacementCaps } from './fees.ts';
import { feeMarket, feesOrThrow } from './preflight.ts';

interface RetryOptions {
  provider: FailoverProvider;
  chain: Chain;
  caps: FeeCaps;
  clock: Clock;
}

/**
 * What to offer when the same call is signed again because the node refused it.
 * @param label of the call, for errors
 * @param fees what it was refused with
 * @throws InsufficientFunds | FeeAboveCap | BroadcastRefused when no other try can help
 */
export async function feesAfterRefusal(
  label: string,
  { verdict, said }: Broadcast,
  fees: Fees,
  { provider, chain, caps, clock }: RetryOptions,
  stop: AbortSignal,
): Promise<Fees> {
  const refused = new BroadcastRefused(label, said ?? verdict);
  if (verdict === 'insufficient-funds') throw new InsufficientFunds(refused.message);
  if (verdict === 'refused') throw refused;
  if (verdict === 'nonce-too-low') {
    // An endpoint may lag behind the one that refused.
    await clock.sleep(pollMsOf(chain), stop);
    return fees;
  }
  const market = await feeMarket(provider, chain);
  const fresh = feesOrThrow(market, caps, label, chain);
  // Something we do not know of waits at this nonce: outbid it with work that is wanted.
  const limits = replacementCaps(market, chain.defaultTipWei, caps);
  const bumped = verdict === 'replacement-underpriced' ? outbidFees(fees, fresh, limits) : fresh;
  if (!bumped) throw refused;
  return bumped;
}
