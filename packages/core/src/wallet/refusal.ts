import { type Chain, pollMsOf } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';
import { type Broadcast, isAboutFees } from './broadcast.ts';
import { BroadcastRefused, InsufficientFunds } from './errors.ts';
import { readFeeMarket, readFeeMarketOf, readHighestBaseFeeWei } from './feeMarket.ts';
import {
  bumpFees,
  type FeeCaps,
  type FeeMarket,
  type Fees,
  feesOrThrow,
  outbidFees,
  quoteFees,
  replacementCaps,
} from './fees.ts';
import { feesForMinimum, namedMinimum } from './namedMinimum.ts';
import type { SecondOpinions } from './SecondOpinions.ts';

interface RetryOptions {
  provider: FailoverProvider;
  chain: Chain;
  caps: FeeCaps;
  clock: Clock;
  opinions: SecondOpinions;
}

/**
 * Returns the fees to offer when the same call is signed again after a refusal. Only a refusal of the fees
 * raises them.
 * @param label the call's name, for errors
 * @param fees the fees that were refused
 * @throws InsufficientFunds | FeeAboveCap | BroadcastRefused when another attempt cannot help
 */
export async function feesAfterRefusal(
  label: string,
  { meaning, said, isCertain }: Extract<Broadcast, { verdict: 'refused' }>,
  fees: Fees,
  { provider, chain, caps, clock, opinions }: RetryOptions,
  stop: AbortSignal,
): Promise<Fees> {
  const refused = new BroadcastRefused(label, said);
  if (meaning === 'insufficient-funds') throw new InsufficientFunds(refused.message);
  if (meaning === 'nonce-used' || meaning === 'nonce-gap') {
    // If an endpoint may have accepted it, a transaction with the next nonce could do the same work a second
    // time.
    if (!isCertain) throw refused;
    // An endpoint may lag behind the one that refused.
    await clock.sleep(pollMsOf(chain), stop);
    return fees;
  }
  if (!isAboutFees(meaning)) throw refused;
  const affordable = async (reading: Promise<FeeMarket>) => {
    const market = await reading;
    return { market, fresh: feesOrThrow(market, caps, label, chain) };
  };
  const { market, fresh } = await opinions.on(label, affordable(readFeeMarket(provider, chain)), asker =>
    affordable(readFeeMarketOf(asker, chain)),
  );
  // An unknown transaction waits at this nonce: outbid it with a call that is wanted.
  const limits = replacementCaps(market, chain.defaultTipWei, caps);
  const raised =
    meaning === 'replacement-refused'
      ? outbidFees(fees, fresh, limits)
      : await feesFor(said, fees, fresh, caps, () => highestQuote(provider, market.tipWei, caps));
  if (!raised) throw refused;
  return raised;
}

/**
 * Returns fees for the minimum that the node named; otherwise fees at the present price, above the refused
 * ones.
 */
async function feesFor(
  said: string,
  fees: Fees,
  fresh: Fees,
  caps: FeeCaps,
  highest: () => Promise<Fees | undefined>,
): Promise<Fees | undefined> {
  const minimum = namedMinimum(said);
  if (minimum) {
    const met = feesForMinimum(fees, minimum, caps);
    if (!met || met.tipWei > fees.tipWei || met.maxFeeWei > fees.maxFeeWei) return met;
  }
  if (fresh.maxFeeWei > fees.maxFeeWei && fresh.tipWei >= fees.tipWei) return fresh;
  // The price that was read does not explain the refusal: another endpoint's may.
  return bumpFees(fees, (await highest()) ?? fresh, caps);
}

async function highestQuote(
  provider: FailoverProvider,
  tipWei: bigint,
  caps: FeeCaps,
): Promise<Fees | undefined> {
  const baseFeeWei = await readHighestBaseFeeWei(provider);
  return baseFeeWei === undefined ? undefined : quoteFees(baseFeeWei, tipWei, caps);
}
