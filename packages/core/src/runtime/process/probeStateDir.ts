import type { Clock } from '../../clock/index.ts';

const lookEveryMs = 5_000;
/** Half a minute: as long as an RPC endpoint may be silent before an alert is raised. */
const looksUntilSilent = 6;

/**
 * Waits for `work` in the state folder, and reports when it hangs. A system call on a file server that is
 * gone never returns and cannot be cancelled.
 * @param lastHeardAt returns a value that changes whenever the folder has answered
 * @param onSilent called at each check without an answer, from half a minute on
 */
export async function probeStateDir<T>(
  work: Promise<T>,
  lastHeardAt: () => number | undefined,
  clock: Clock,
  onSilent: () => void,
): Promise<T> {
  const over = new AbortController();
  const watch = async () => {
    let silentLooks = 0;
    // The loop counts checks and not time: a machine that was asleep has received no answers either.
    for (let before = lastHeardAt(); ; ) {
      await clock.sleep(lookEveryMs, over.signal);
      if (over.signal.aborted) return;
      const heardAt = lastHeardAt();
      silentLooks = heardAt === before ? silentLooks + 1 : 0;
      before = heardAt;
      if (silentLooks >= looksUntilSilent) onSilent();
    }
  };
  void watch();
  try {
    return await work;
  } finally {
    over.abort();
  }
}
