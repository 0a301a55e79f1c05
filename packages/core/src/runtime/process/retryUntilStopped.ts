import type { Alerter } from '../../alerts/index.ts';
import type { Clock } from '../../clock/index.ts';
import { backoffMs, reasonOf, SetupError } from '../../errors/index.ts';
import type { Logger } from '../../logger/index.ts';
import { severityAfter } from '../rounds/observations.ts';
import { Overdue, type Progress } from './Progress.ts';

const firstRetryMs = 250;
const longestRetryMs = 1_000;

/** The services of a process that a retried step reports to. */
export interface RetryServices {
  alerter: Pick<Alerter, 'observe'>;
  logger: Logger;
  progress: Progress;
  clock: Clock;
  stop: AbortSignal;
  /** Returns whether an endpoint may fail to answer because the machine's network is still starting. */
  isStarting(): boolean;
}

interface Retried<R> {
  /** The text of the log line about a failed attempt. */
  what: string;
  /** The alert that is raised until an attempt succeeds. */
  check: 'rpc-unreachable' | 'discovery-failed';
  attempt(): Promise<R>;
}

/**
 * Retries until the attempt succeeds, the bot is stopped, or the set-up turns out to be wrong.
 * @returns undefined when the bot was stopped
 * @throws SetupError when the set-up is wrong
 */
export async function retryUntilStopped<R>(
  { alerter, logger, progress, isStarting, clock, stop }: RetryServices,
  { what, check, attempt }: Retried<R>,
): Promise<R | undefined> {
  for (let tries = 1; !stop.aborted; tries += 1) {
    try {
      const result = await attempt();
      alerter.observe([{ check, failing: false }]);
      return result;
    } catch (error) {
      if (error instanceof SetupError) throw error;
      if (!(error instanceof Overdue)) progress.again();
      logger.warning(`${what}; trying again`, { error });
      const message = reasonOf(error);
      alerter.observe([
        { check, failing: true, ...severityAfter(tries, isStarting()), message, data: { error } },
      ]);
      await clock.sleep(backoffMs(tries, firstRetryMs, longestRetryMs), stop);
    }
  }
  return undefined;
}

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
