import { withDeadline } from '../clock/index.ts';
import { BotError } from '../errors/index.ts';
import type { Lease } from '../lease/index.ts';

/** A draw must not be lost because a file server hangs. */
const patienceMs = 1_000;

/**
 * Checks right before signed bytes leave whether this copy of the bot may send them. An idempotent call is
 * held back only when another copy is known to be at work. A folder of the lease that fails or does not
 * answer is no sign of another copy, and two copies that send such a call cost one revert.
 * @param lost aborts when another copy is at work
 * @returns a function that rejects when the bytes must not leave
 */
export function sendFence(
  lease: Pick<Lease, 'confirm'>,
  lost: AbortSignal,
): (isIdempotent: boolean) => Promise<void> {
  return async isIdempotent => {
    if (!isIdempotent) return lease.confirm();
    const late = () => new BotError('the folder of the lease does not answer');
    await withDeadline(lease.confirm(), patienceMs, late).catch(() => undefined);
    lost.throwIfAborted();
  };
}
