import type { Observation } from '../alerts/index.ts';
import type { Lease } from '../lease/index.ts';

/**
 * Returns whether the state folder can be used, as far as the sender's journal shows. Without the lease nothing: what
 * raised `state-unusable` then says more, and ends by itself.
 * @param journalTrouble why the journal cannot be written; undefined while it can be
 */
export function stateObservations(
  lease: Pick<Lease, 'holds'>,
  journalTrouble: string | undefined,
): Observation[] {
  if (!lease.holds()) return [];
  const check = 'state-unusable';
  if (journalTrouble === undefined) return [{ check, failing: false }];
  const message = `STATE_DIR: the journal of transactions cannot be written (${journalTrouble}): nothing is sent but what does no harm when it is sent twice, and a restart does not know what is in flight; make room on the disk, or mend it`;
  return [{ check, failing: true, message }];
}
