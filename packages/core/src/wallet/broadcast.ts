import { reasonOf } from '../errors/index.ts';
import type { FailoverProvider, RefusedFor } from '../rpc/index.ts';

/** The result of handing signed bytes to the nodes. */
export type Broadcast =
  | { verdict: 'accepted' }
  /** Every node that could be asked refused, and none knows the transaction. */
  | {
      verdict: 'refused';
      meaning: RefusedFor;
      /** The nodes' own words. */
      said: string;
      /** False where a node may have the transaction after all: it has to be looked for. */
      isCertain: boolean;
    }
  /** No reply: the bytes may or may not have arrived. */
  | { verdict: 'unknown'; said: string | undefined };

/** The way to the chain. */
export interface Outlet {
  provider: FailoverProvider;
  /** Signed bytes go here and nowhere else, where it is given: a private relay, say. Everything is read from `provider`. */
  relay?: Pick<FailoverProvider, 'broadcastRaw'> | undefined;
  /**
   * Asked each time right before bytes leave.
   * @param isIdempotent whether it does no harm when another copy of the bot sends the same call
   * @throws when this process may not act (any more)
   */
  fence?: ((isIdempotent: boolean) => Promise<void>) | undefined;
}

/**
 * Hands the signed bytes to the nodes, if the fence lets them pass. Doing so twice is harmless: the hash is the same.
 * @throws what the fence throws: nothing has left then
 */
export async function broadcast(
  { provider, relay = provider, fence }: Outlet,
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
    // The bytes may be out: the caller has to look.
    return { verdict: 'unknown', said: reasonOf(error) };
  }
}

/** How a broadcast ended, for a log line. */
export function broadcastFields(result: Broadcast): Record<string, unknown> {
  const { verdict } = result;
  if (verdict === 'accepted') return { verdict };
  if (verdict === 'unknown') return { verdict, said: result.said };
  return { verdict, meaning: result.meaning, said: result.said };
}

/** Whether higher fees may help. */
export function isAboutFees(meaning: RefusedFor): boolean {
  return meaning === 'underpriced' || meaning === 'replacement-refused';
}
