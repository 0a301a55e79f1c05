import type { Observation } from '../../alerts/index.ts';
import type { Lease } from '../../lease/index.ts';

/**
 * Returns whether the state folder can be used, as far as the sender's journal shows. Without the lease it
 * returns no observation: `state-unusable` was then raised with more detail, and is resolved separately.
 * @param journalTrouble why the journal cannot be written; undefined while it can be written
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
