import { withDeadline } from '../clock/index.ts';
import { BroadcastRefused, NoLongerWanted, NonceGap, NonceTaken, OutcomeUnknown } from './errors.ts';
import { failureIn } from './outOfGas.ts';
import { minedBy, type Sent } from './sent.ts';
import type { Tracked } from './tracked.ts';

/**
 * Returns the outcome of a call, once its transaction has ended.
 * @returns undefined when it was dropped: it never reached the chain
 * @throws OutcomeUnknown after `waitMs`; otherwise the reason why the call was not done
 */
export async function outcomeOf(
  label: string,
  { entry, ended }: Tracked,
  waitMs: number,
): Promise<Sent | undefined> {
  const { nonce, attempts, gasLimit } = entry;
  const unknown = () => new OutcomeUnknown(label, attempts.at(-1)?.hash ?? '', nonce);
  const ending = await withDeadline(ended, waitMs, unknown);
  switch (ending.kind) {
    case 'dropped':
      return undefined;
    case 'unwatched':
      throw unknown();
    case 'refused':
      throw new BroadcastRefused(label, ending.said);
    case 'stranded':
      throw new NonceGap(label, nonce, ending.usedNonces);
    case 'unwanted':
      throw new NoLongerWanted(label);
    case 'nonce-taken':
      throw new NonceTaken(label, nonce, ending.usedBy);
    case 'mined':
      if (ending.receipt.status !== 1) throw failureIn(label, ending.receipt, gasLimit);
      return { status: 'mined', ...minedBy(ending, entry), nonce, replacements: attempts.length - 1 };
  }
}
