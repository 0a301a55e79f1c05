/** The sentences of the checker. */
export const rules = [
  'evidence',
  'checkpoint',
  'round',
  'transaction',
  'policy',
  'fees',
  'unalerted',
  'undelivered',
  'repeated',
  'unresolved',
  'resolved-early',
  'untrue-alert',
  'unknown-alert',
  'secret',
  'profit',
  'unhealthy',
  'crash',
] as const;

export type Rule = (typeof rules)[number];

/** A sentence that the run breaks. */
export interface Finding {
  readonly rule: Rule;
  /** The mistake, in one sentence. */
  readonly what: string;
  /** The bot, chain, pool, wallet, channel or file. */
  readonly where: string;
  /** When it was wrong, ms since 1970; absent where it holds for the whole run. */
  readonly atMs?: number;
  /** The proof: blocks, hashes, bodies, times, faults. */
  readonly evidence: Readonly<Record<string, unknown>>;
}
