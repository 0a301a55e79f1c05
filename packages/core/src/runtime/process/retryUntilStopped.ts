import type { Clock } from '../../clock/index.ts';
import { backoffMs, reasonOf, SetupError } from '../../errors/index.ts';
import type { BotSchema, Desk } from '../openDesk.ts';
import { severityAfter } from '../rounds/runtimeAlerts.ts';
import { Overdue } from './Progress.ts';

const firstRetryMs = 250;
const longestRetryMs = 1_000;

/**
 * Retries until the attempt succeeds or the set-up turns out to be wrong. Meanwhile the alert `check` is
 * raised.
 * @param what the text of the log line about a failed attempt
 * @returns undefined when the bot was stopped
 * @throws SetupError when the set-up is wrong
 */
export async function retryUntilStopped<S extends BotSchema, R>(
  what: string,
  { alerter, logger, progress, isStarting }: Desk<S>,
  clock: Clock,
  stop: AbortSignal,
  check: 'rpc-unreachable' | 'discovery-failed',
  attempt: () => Promise<R>,
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
