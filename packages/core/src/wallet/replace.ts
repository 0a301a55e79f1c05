import type { Chain } from '../chains/index.ts';
import type { Logger } from '../logger/index.ts';
import { broadcast, type Outlet } from './broadcast.ts';
import { bumpFees, type FeeCaps, type Fees, quoteFees, replacementCaps } from './fees.ts';
import type { Attempt, InFlight } from './journal.ts';
import { PolicyViolation } from './policy.ts';
import { feeMarket } from './preflight.ts';
import type { Replacement } from './watch.ts';

interface ReplaceOptions extends Outlet {
  chain: Chain;
  caps: FeeCaps;
  logger: Logger;
  /** Signs the same call with the same nonce and these fees. */
  sign(fees: Fees): Promise<Attempt>;
  /** Writes the journal. */
  save(): Promise<void>;
}

/** Sends a transaction that has waited too long again, with higher fees as far as there is room. */
export async function replace(entry: InFlight, options: ReplaceOptions): Promise<Replacement> {
  const { provider, chain, caps, logger } = options;
  const latest = entry.attempts.at(-1) as Attempt;
  const { baseFeeWei, tipWei } = await feeMarket(provider, chain);
  const limits = replacementCaps({ baseFeeWei, tipWei }, chain.defaultTipWei, caps);
  const fees = bumpFees(latest, quoteFees(baseFeeWei, tipWei, limits), limits);
  // A node may have forgotten it; the same bytes again do no harm.
  if (!fees) return { atCap: true, refusal: (await broadcast(options, latest.raw)).said };
  let signed: Attempt;
  try {
    signed = await options.sign(fees);
  } catch (error) {
    if (!(error instanceof PolicyViolation)) throw error;
    await broadcast(options, latest.raw);
    return { atCap: false, refusal: error.message };
  }
  entry.attempts.push(signed);
  const takeBack = () => entry.attempts.splice(entry.attempts.indexOf(signed), 1);
  try {
    await options.save();
  } catch (error) {
    takeBack();
    throw error;
  }
  const { verdict, said } = await broadcast(options, signed.raw);
  const { label: action, nonce } = entry;
  const about = { action, nonce, hash: signed.hash, ...fees, verdict, said };
  logger.warning('transaction replaced with higher fees', about);
  // A nonce too low: mined while it was being replaced, most likely. The watch will see.
  if (verdict === 'accepted' || verdict === 'unknown' || verdict === 'nonce-too-low')
    return { atCap: false, refusal: undefined };
  // Kept when it was too low a bid, so that the next one is higher.
  if (verdict !== 'replacement-underpriced') {
    takeBack();
    await options.save();
  }
  return { atCap: false, refusal: said };
}
