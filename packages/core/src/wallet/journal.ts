import { z } from 'zod';
import type { Store } from '../store/index.ts';
import type { Fees } from './fees.ts';
import { type GasUsed, gasUsedSchema } from './GasBudget.ts';

const wei = z.string().regex(/^\d+$/);

const attemptSchema = z.object({ hash: z.string(), raw: z.string(), maxFeeWei: wei, tipWei: wei });

/** The schema of the journal’s file. */
export const journalSchema = z.object({
  from: z.string(),
  entries: z.array(
    z.object({
      nonce: z.number().int(),
      label: z.string(),
      to: z.string(),
      data: z.string(),
      gasLimit: wei,
      attempts: z.array(attemptSchema).min(1),
      since: z.number().int().optional(),
      idempotent: z.boolean().optional(),
    }),
  ),
  /** Gas used within the last day, by this wallet. */
  gasUsed: z.array(gasUsedSchema).optional(),
});
/**
 * The signed transactions that may be in flight. It is written before the bytes are sent, so that a crash
 * loses none.
 */
export type Journal = z.infer<typeof journalSchema>;
/** The journal’s file. */
export type JournalStore = Store<Journal>;

/** A signed version of a transaction; replacements add versions with the same nonce. */
export interface Attempt extends Fees {
  hash: string;
  /** The signed bytes. They are no secret: they are public once they are broadcast. */
  raw: string;
}

/** A transaction that may be in a mempool. */
export interface InFlight {
  nonce: number;
  label: string;
  to: string;
  data: string;
  gasLimit: bigint;
  attempts: Attempt[];
  /** The head at the first broadcast, where it was known: no earlier block holds the transaction. */
  since?: number | undefined;
  /** See `Call`. */
  idempotent?: boolean | undefined;
}

/** Returns the journal of a wallet's transactions in flight and of its used gas. */
export function toJournal(
  from: string,
  inFlight: Iterable<InFlight>,
  gasUsed: readonly GasUsed[] = [],
): Journal {
  const entries = [...inFlight].map(({ nonce, label, to, data, gasLimit, attempts, since, idempotent }) => ({
    nonce,
    since,
    idempotent,
    label,
    to,
    data,
    gasLimit: gasLimit.toString(),
    attempts: attempts.map(({ hash, raw, maxFeeWei, tipWei }) => ({
      hash,
      raw,
      maxFeeWei: maxFeeWei.toString(),
      tipWei: tipWei.toString(),
    })),
  }));
  return { from, entries, ...(gasUsed.length > 0 ? { gasUsed: [...gasUsed] } : {}) };
}

/** Returns the entries of this wallet; entries of another key are not ours to resolve. */
export function fromJournal(journal: Journal, from: string): InFlight[] {
  if (journal.from.toLowerCase() !== from.toLowerCase()) return [];
  return journal.entries.map(entry => ({
    ...entry,
    gasLimit: BigInt(entry.gasLimit),
    attempts: entry.attempts.map(attempt => ({
      ...attempt,
      maxFeeWei: BigInt(attempt.maxFeeWei),
      tipWei: BigInt(attempt.tipWei),
    })),
  }));
}

/** Returns the gas that this wallet used, as an earlier process stored it. */
export function gasUsedIn(journal: Journal, from: string): readonly GasUsed[] {
  return journal.from.toLowerCase() === from.toLowerCase() ? (journal.gasUsed ?? []) : [];
}
