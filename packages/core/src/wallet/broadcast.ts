import { reasonOf } from '../errors/index.ts';
import type { FailoverProvider, RefusedFor } from '../rpc/index.ts';

/** The result of broadcasting signed bytes. */
export type Broadcast =
  | { verdict: 'accepted' }
  /** Every node that could be asked refused, and none has the transaction. */
  | {
      verdict: 'refused';
      meaning: RefusedFor;
      /** The nodes' own words. */
      said: string;
      /** False when a node may have the transaction despite the refusal, so that the wallet must look for it. */
      isCertain: boolean;
    }
  /** No node replied: the bytes may or may not have arrived. */
  | { verdict: 'unknown'; said: string | undefined };

/** The way to the chain. */
export interface BroadcastTarget {
  provider: FailoverProvider;
  /**
   * The only receiver of signed bytes, where it is set: a private relay, for example. All reads go to
   * `provider`.
   */
  relay?: Pick<FailoverProvider, 'broadcastRaw'> | undefined;
  /**
   * Called each time right before signed bytes are sent.
   * @param isIdempotent whether it does no harm when another copy of the bot sends the same call
   * @throws when this process may not act (any more)
   */
  fence?: ((isIdempotent: boolean) => Promise<void>) | undefined;
}

/**
 * Broadcasts the signed bytes, if the fence lets them pass. Doing so twice is harmless: the hash is the same.
 * @throws what the fence throws; no byte has been sent then
 */
export async function broadcast(
  { provider, relay = provider, fence }: BroadcastTarget,
  raw: string,
  isIdempotent = false,
): Promise<Broadcast> {
  await fence?.(isIdempotent);
  try {
    const result = await relay.broadcastRaw(raw);
    if (result.kind === 'accepted') return { verdict: 'accepted' };
    if (result.kind === 'refused') {
      const { meaning, said, isCertain } = result;
      return { verdict: 'refused', meaning, said, isCertain };
    }
    const faults = new Set(result.faults.map(reasonOf));
    return { verdict: 'unknown', said: [...faults].join('; ') || undefined };
  } catch (error) {
    // The bytes may have been sent: the caller has to look for the transaction.
    return { verdict: 'unknown', said: reasonOf(error) };
  }
}

/** Returns the result of a broadcast as fields of a log line. */
export function broadcastFields(result: Broadcast): Record<string, unknown> {
  const { verdict } = result;
  if (verdict === 'accepted') return { verdict };
  if (verdict === 'unknown') return { verdict, said: result.said };
  return { verdict, meaning: result.meaning, said: result.said };
}

/** Returns whether higher fees may help. */
export function isAboutFees(meaning: RefusedFor): boolean {
  return meaning === 'underpriced' || meaning === 'replacement-refused';
}
