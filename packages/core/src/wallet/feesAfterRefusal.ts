import { parseUnits } from 'ethers';
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
import type { SecondOpinions } from './SecondOpinions.ts';

interface RetryOptions {
  provider: FailoverProvider;
  chain: Chain;
  caps: FeeCaps;
  clock: Clock;
  opinions: SecondOpinions;
  stop: AbortSignal;
}

interface RefusedCall {
  /** The call's name, for errors. */
  label: string;
  refusal: Extract<Broadcast, { verdict: 'refused' }>;
  /** The fees that were refused. */
  fees: Fees;
}

/**
 * Returns the fees to offer when the same call is signed again after a refusal. Only a refusal of the fees
 * raises them.
 * @throws InsufficientFunds | FeeAboveCap | BroadcastRefused when another attempt cannot help
 */
export async function feesAfterRefusal(
  { label, refusal, fees }: RefusedCall,
  { provider, chain, caps, clock, opinions, stop }: RetryOptions,
): Promise<Fees> {
  const { meaning, said, isCertain } = refusal;
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
    return { market, fresh: feesOrThrow(market, { caps, label, chain }) };
  };
  const { market, fresh } = await opinions.on(label, {
    first: affordable(readFeeMarket(provider, chain)),
    again: client => affordable(readFeeMarketOf(client, chain)),
  });
  // An unknown transaction waits at this nonce: outbid it with a call that is wanted.
  const limits = replacementCaps(market, chain.defaultTipWei, caps);
  const raised =
    meaning === 'replacement-refused'
      ? outbidFees(fees, fresh, limits)
      : await feesFor({
          said,
          fees,
          fresh,
          caps,
          highest: () => highestQuote(provider, market.tipWei, caps),
        });
  if (!raised) throw refused;
  return raised;
}

interface Offer {
  /** The node's words. */
  said: string;
  /** The fees that were refused. */
  fees: Fees;
  /** The fees at the present price. */
  fresh: Fees;
  caps: FeeCaps;
  /** Returns the fees at the highest price of any endpoint. */
  highest(): Promise<Fees | undefined>;
}

/**
 * Returns fees for the minimum that the node named; otherwise fees at the present price, above the refused
 * ones.
 */
async function feesFor({ said, fees, fresh, caps, highest }: Offer): Promise<Fees | undefined> {
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

/** The lowest fees that a node says it accepts, in wei per unit of gas. */
export interface NamedMinimum {
  maxFeeWei?: bigint;
  tipWei?: bigint;
}

/** `30000000000`, `30,000,000,000 wei` or `30 gwei`; not the beginning of an address. */
const amount = String.raw`(?<![\w.])(\d[\d,_]*(?:\.\d+)?)(?![xX\d])\s*(gwei|wei)?`;

/** Words before a minimum, in the order of the search; `over` where the minimum has to be exceeded. */
const patterns = [
  { words: String.raw`\b(?:priority|tip)\w* too low[^<]{0,40}<`, about: 'tip' },
  { words: String.raw`<[^\d<]{0,24}` },
  {
    words: String.raw`\b(?:minimum|min)\b(?: (?:needed|required|allowed|tip|priority fee|fee|gas price|gas fee cap))*`,
  },
  { words: String.raw`\b(?:needed|required|expected|want(?:ed)?)\b` },
  { words: String.raw`\bat least(?: tx\.gasprice)?` },
  { words: '(?:needs? to be|must be) (?:higher|greater|more) than', over: true },
  { words: 'base ?fee(?:per ?gas)?', about: 'fee' },
  { words: String.raw`\bbelow` },
].map(({ words, ...rest }) => ({
  pattern: new RegExp(String.raw`${words}[^\d]{0,12}?${amount}`, 'gi'),
  ...rest,
}));

/**
 * Returns the minimum that a refusal names, e.g. `gas tip cap 2, minimum needed 3`.
 * @returns undefined when it names none
 */
export function namedMinimum(said: string): NamedMinimum | undefined {
  for (const { pattern, about, over } of patterns) {
    // If the text names the base fee and the offered fee with the same word, the last one is the node's minimum.
    const match = [...said.matchAll(pattern)].at(-1);
    const named = match && weiOf(match[1] ?? '', match[2]);
    if (!named) continue;
    const wei = over ? named + 1n : named;
    const isTip = about === undefined ? /tip|priority/i.test(said) : about === 'tip';
    return isTip ? { tipWei: wei } : { maxFeeWei: wei };
  }
  return undefined;
}

function weiOf(digits: string, unit: string | undefined): bigint | undefined {
  const plain = digits.replace(/[,_]/g, '');
  try {
    return unit?.toLowerCase() === 'gwei' ? parseUnits(plain, 'gwei') : BigInt(plain);
  } catch {
    return undefined;
  }
}

/**
 * Returns fees that meet a minimum that a node named: the tip, and with it the fee, no lower than before.
 * @param fees the fees that were refused
 * @returns undefined when the caps do not allow it
 */
export function feesForMinimum(fees: Fees, minimum: NamedMinimum, caps: FeeCaps): Fees | undefined {
  const tipWei = max(fees.tipWei, minimum.tipWei ?? 0n);
  // The rise of the tip is added, so that as much is left for the base fee as before.
  const wantedMax = max(fees.maxFeeWei + (tipWei - fees.tipWei), minimum.maxFeeWei ?? 0n);
  if (caps.maxTipWei !== undefined && tipWei > caps.maxTipWei) return undefined;
  if (caps.maxFeeWei !== undefined && max(tipWei, minimum.maxFeeWei ?? 0n) > caps.maxFeeWei) return undefined;
  const maxFeeWei = caps.maxFeeWei !== undefined && wantedMax > caps.maxFeeWei ? caps.maxFeeWei : wantedMax;
  return { maxFeeWei, tipWei };
}

const max = (a: bigint, b: bigint) => (a > b ? a : b);
