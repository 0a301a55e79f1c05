import type { Clock } from '../clock/index.ts';

/** After a reboot the network of the machine itself may take so long. */
const graceMs = 60_000;

/**
 * @returns whether the process is so young that an endpoint that does not answer is no more than a warning: in its first
 * minute, until a round has completed. Measured by a timer, since a machine's clock is often set while it boots.
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
