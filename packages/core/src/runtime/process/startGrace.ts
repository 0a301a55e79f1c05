import type { Clock } from '../../clock/index.ts';

/** After a reboot the network of the machine itself may take this long. */
const graceMs = 60_000;

/**
 * Returns a function that tells whether an endpoint without an answer is no more than a warning: in the first
 * minute of the process, until a round has completed. A timer measures the minute, since a machine's clock is
 * often set while it boots.
 */
export function startGrace(
  status: { readonly rounds: number },
  clock: Clock,
  stop: AbortSignal,
): () => boolean {
  let isOver = false;
  void clock.sleep(graceMs, stop).then(() => {
    isOver = true;
  });
  return () => !isOver && status.rounds === 0;
}
