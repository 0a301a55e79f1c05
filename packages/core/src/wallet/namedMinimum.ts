import { parseUnits } from 'ethers';
import type { FeeCaps, Fees } from './fees.ts';

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
  { words: 'too low[^<]{0,40}<' },
  { words: String.raw`\b(?:minimum|min)\b(?: (?:needed|required|allowed|tip|priority fee|fee|gas price))*` },
  { words: String.raw`\b(?:needed|required|expected|want(?:ed)?)\b` },
  { words: String.raw`\bat least(?: tx\.gasprice)?` },
  { words: '(?:needs? to be|must be) (?:higher|greater|more) than', over: true },
  { words: 'base ?fee(?:per ?gas)?', about: 'fee' },
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
    // Where base fee and offer are named with the same word, the later one is the node's own.
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
