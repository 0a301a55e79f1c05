import type { Chain } from '../chains/index.ts';
import { withDeadline } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import { type BroadcastTarget, broadcast, broadcastFields, isAboutFees } from './broadcast.ts';
import { GasAboveLimit } from './errors.ts';
import { readFeeMarket, readHighestBaseFeeWei } from './feeMarket.ts';
import {
  affordableFees,
  bumpFees,
  type FeeCaps,
  type FeeMarket,
  type Fees,
  quoteFees,
  replacementCaps,
} from './fees.ts';
import type { Attempt } from './journal.ts';
import { PolicyViolation } from './PolicySigner.ts';
import type { Replacement, Tracked } from './Tracked.ts';
import { isWaitedOut, type UsualPrice } from './UsualPrice.ts';

interface ReplaceOptions extends BroadcastTarget {
  chain: Chain;
  caps: FeeCaps;
  logger: Logger;
  /** Signs the same call with the same nonce and these fees. */
  sign(fees: Fees): Promise<Attempt>;
  /** Writes the journal. */
  save(): Promise<void>;
  /** The address of the wallet. */
  from: string;
  usualPrice: Pick<UsualPrice, 'baseFeeWei'>;
  /** Whether no transaction of the wallet waits behind this one, so that its nonce need not be used. */
  isLast: boolean;
}

/** How long the caller may take to decide whether it still wants a call, in ms. */
const wantedMs = 2_000;

/**
 * Sends a transaction again that has waited too long: with higher fees as far as there is room, or unchanged
 * when no node has accepted it yet, since its price is then not the cause. A transaction that is no longer
 * wanted is not sent again.
 */
export async function replace(tracked: Tracked, options: ReplaceOptions): Promise<Replacement> {
  if (
    options.isLast &&
    !(await isStillWanted({ ...tracked.entry, isWanted: tracked.isWanted }, options.logger))
  )
    return { atCap: false, refusal: undefined, ending: { kind: 'unwanted' } };
  if (!tracked.isAccepted) return sendAgain(tracked, options, { atCap: false, mayRaise: true });
  return raise(tracked, options);
}

/** Returns whether the caller still wants a call; true where that cannot be read in time. */
export async function isStillWanted(
  { label: action, isWanted }: { label: string; isWanted?: (() => Promise<boolean>) | undefined },
  logger: Logger,
): Promise<boolean> {
  if (!isWanted) return true;
  try {
    return await withDeadline(isWanted(), wantedMs, () => new Error(`no answer within ${wantedMs} ms`));
  } catch (error) {
    logger.warning('whether a transaction is still wanted could not be read; it is sent', {
      action,
      reason: reasonOf(error),
    });
    return true;
  }
}

/** Sends the same bytes: a node may have forgotten them, or never have received them. */
async function sendAgain(
  tracked: Tracked,
  options: ReplaceOptions,
  { atCap, mayRaise }: { atCap: boolean; mayRaise: boolean },
): Promise<Replacement> {
  const { attempts, label: action, nonce, idempotent } = tracked.entry;
  const latest = attempts.at(-1) as Attempt;
  const result = await broadcast(options, latest.raw, idempotent);
  const about = { action, nonce, hash: latest.hash, ...broadcastFields(result) };
  options.logger.info('transaction sent again as it is', about);
  if (result.verdict !== 'refused') {
    tracked.isAccepted ||= result.verdict === 'accepted';
    return { atCap, refusal: undefined };
  }
  const { said, meaning } = result;
  if (isAboutFees(meaning)) {
    if (mayRaise) return raise(tracked, options);
    // The transaction waits for a lower price: a refusal at the present one is no news.
    if (!atCap) return { atCap, refusal: undefined };
  }
  // The nonce is used: the transaction was most likely mined meanwhile. The watch will find that out.
  const isOver = !tracked.isAccepted && options.isLast && meaning !== 'nonce-used';
  return { atCap, refusal: said, ...(isOver ? { ending: { kind: 'refused', said } } : {}) };
}

async function raise(tracked: Tracked, options: ReplaceOptions): Promise<Replacement> {
  const { provider, chain, caps, logger } = options;
  const { entry } = tracked;
  const latest = entry.attempts.at(-1) as Attempt;
  const [market, usualBaseFeeWei, highestWei, balanceWei] = await Promise.all([
    readFeeMarket(provider, chain),
    tracked.patienceMs && options.usualPrice.baseFeeWei(),
    readHighestBaseFeeWei(provider),
    provider
      .send('eth_getBalance', [options.from, 'latest'])
      .then(BigInt)
      .catch(() => undefined),
  ]);
  const patienceMs = tracked.patienceMs?.() ?? 0;
  if (isWaitedOut({ baseFeeWei: market.baseFeeWei, usualBaseFeeWei, patienceMs, chain })) {
    const { label: action, nonce } = entry;
    const about = { action, nonce, baseFeeWei: market.baseFeeWei, usualBaseFeeWei, patienceMs };
    logger.info('a transaction waits for a lower price', about);
    return sendAgain(tracked, options, { atCap: false, mayRaise: false });
  }
  // At the base fee that was read, the transaction should have been mined. A higher base fee at another endpoint
  // may explain why it waits.
  const own = quoteAt(market.baseFeeWei, market, { chain, caps });
  const isHigher = highestWei !== undefined && highestWei > market.baseFeeWei;
  const higher = isHigher ? quoteAt(highestWei, market, { chain, caps }) : own;
  const affordable =
    isHigher && higher.quote && balanceWei !== undefined
      ? affordableFees(higher.quote, { baseFeeWei: highestWei, gasLimit: entry.gasLimit, balanceWei })
      : higher.quote;
  const { limits, quote } = affordable ? { ...higher, quote: affordable } : own;
  const fees = bumpFees(latest, quote, limits);
  if (!fees) return sendAgain(tracked, options, { atCap: true, mayRaise: false });
  let signed: Attempt;
  try {
    signed = await options.sign(fees);
  } catch (error) {
    // The operator has lowered a limit since the first attempt: the earlier versions can still be mined.
    if (!(error instanceof PolicyViolation || error instanceof GasAboveLimit)) throw error;
    await broadcast(options, latest.raw, entry.idempotent);
    return { atCap: false, refusal: error.message };
  }
  entry.attempts.push(signed);
  const takeBack = () => entry.attempts.splice(entry.attempts.indexOf(signed), 1);
  try {
    await options.save();
  } catch (error) {
    if (!entry.idempotent) {
      takeBack();
      throw error;
    }
  }
  const result = await broadcast(options, signed.raw, entry.idempotent);
  const { label: action, nonce } = entry;
  const about = { action, nonce, hash: signed.hash, ...fees, ...broadcastFields(result) };
  logger.warning('transaction replaced with higher fees', about);
  // The nonce is used: the transaction was most likely mined during the replacement. The watch will find that
  // out.
  if (result.verdict !== 'refused' || result.meaning === 'nonce-used')
    return { atCap: false, refusal: undefined };
  // A version that was too low a bid is kept, so that the next bid is higher.
  if (result.meaning !== 'replacement-refused') {
    takeBack();
    // A node may have it all the same: it is looked for, and the next bid starts from the last version that
    // was accepted.
    if (!result.isCertain) entry.attempts.unshift(signed);
    await options.save().catch(() => undefined);
  }
  return { atCap: false, refusal: result.said };
}

function quoteAt(
  baseFeeWei: bigint,
  { tipWei }: FeeMarket,
  { chain, caps }: Pick<ReplaceOptions, 'chain' | 'caps'>,
) {
  const limits = replacementCaps({ baseFeeWei, tipWei }, chain.defaultTipWei, caps);
  return { limits, quote: quoteFees(baseFeeWei, tipWei, limits) };
}
