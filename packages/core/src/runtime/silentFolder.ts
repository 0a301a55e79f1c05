import type { Clock } from '../clock/index.ts';

const lookEveryMs = 5_000;
/** Half a minute: as long as an RPC endpoint may be silent before people hear of it. */
const looksUntilSilent = 6;

/**
 * Waits for `work` in the state folder, and tells when that hangs: a system call on a file server that is gone never
 * returns, nor can it be given up.
 * @param lastHeardAt changes whenever the folder has answered
 * @param onSilent told each time that it has not, from half a minute on
 */
export async function watched<T>(
  work: Promise<T>,
  lastHeardAt: () => number | undefined,
  clock: Clock,
  onSilent: () => void,
): Promise<T> {
  const over = new AbortController();
  const watch = async () => {
    let silentLooks = 0;
    // Looks are counted, not time: a machine that was asleep has heard of nothing.
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
