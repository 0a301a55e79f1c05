import type { RefusalMeaning } from './RefusalMeaning.ts';

/** A meaning, and the expressions that all stand in a refusal with this meaning. */
type Concept = readonly [meaning: RefusalMeaning, ...words: RegExp[]];

const tooLittle =
  /\b(low|lower|less|below|under|small|smaller|insufficient|inadequate|not enough|minimum|min|increase|unable to pay)\b/;
const tooMuch =
  /\b(high|higher|above|over|exceed|exceeds|exceeded|exceeding|greater|large|larger|too many|maximum)\b/;
const price = /\b(fees?|prices?|gas ?price|tips?|priority|per gas|gas ?fee ?cap|profitability)\b/;

/**
 * The subjects of refusals, for words that the table of wordings does not have: nodes, forks and gateways say the
 * same in many ways. The first concept that fits counts.
 */
// biome-ignore format: a table
const concepts: readonly Concept[] = [
  ['replacement-refused', /\b(same|this|that) nonce\b/, /\b(another|already|existing|exists)\b/],
  ['nonce-gap', /\b(nonce|sequence)\b/, /\b(high|higher|above|future|gap|gapped|distant|ahead|greater)\b/],
  ['nonce-used', /\b(nonce|sequence)\b/, /\b(low|lower|less|below|old|already|used|expired|stale|wrong|invalid|incorrect|correct|mismatch|expected)\b/],
  ['insufficient-funds', /\b(funds?|balance|overdraft)\b/, /\b(insufficient|enough|lack|exceeds?|exceeded|low|lower|less|below|smaller)\b/],
  ['underpriced', /\bbase ?fee\b/],
  ['fee-cap', price, tooMuch],
  ['underpriced', price, tooLittle],
  ['gas-limit', /\bgas\b/, /\b(limit|cap|intrinsic|floor|call ?data|allowance|maximum)\b/],
  ['busy', /\b(pool|mem ?pool|tx ?pool|queue|pending|in flight|slots?|account|sender)\b/, /\b(full|capacity|limit|too many|exceed|exceeds|exceeded|overflow)\b/],
  ['busy', /\b(busy|overloaded|syncing|not ready|resource unavailable|temporarily|not accepting|sequencer is down|immediately dropped|over rate limit)\b/],
  ['already-known', /\b(transaction|tx|txn)\b/, /\b(duplicate|already)\b|\bin (the )?(mem ?pool|tx ?pool|pool)\b/],
  ['no-reply', /\b(upstreams?|service unavailable|gateway|connection|eof|canceled|cancelled|unreachable|network error)\b/],
  ['invalid', /\b(rlp|signature|typed transaction|chain ?id|deny ?list|denied|black ?list(ed)?|sanctioned|line count|malformed)\b/],
];

/**
 * Returns the meaning of a refusal by what it is about.
 * @param plain the words in lower case, without punctuation
 * @returns undefined when no concept fits
 */
export function conceptOf(plain: string): RefusalMeaning | undefined {
  const found = concepts.find(([, ...words]) => words.every(word => word.test(plain)))?.[0];
  return found === 'nonce-used' && isAhead(plain) ? 'nonce-gap' : found;
}

/** Returns whether the figures show a nonce that is too high, e.g. `invalid nonce got 7 expected 5`. */
function isAhead(plain: string): boolean {
  const expected = /\b(?:expected|account has nonce of|next nonce)\D{0,20}(\d+)/.exec(plain)?.[1];
  const got = /\b(?:got|actual|tx has nonce of|tx nonce)\D{0,5}(\d+)/.exec(plain)?.[1];
  return expected !== undefined && got !== undefined && Number(got) > Number(expected);
}
