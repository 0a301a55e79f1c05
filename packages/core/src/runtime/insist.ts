import type { Clock } from '../clock/index.ts';
import { backoffMs, reasonOf, SetupError } from '../errors/index.ts';
import type { BotSchema, Desk } from './openDesk.ts';
import { Overdue } from './Progress.ts';
import { severityAfter } from './runtimeAlerts.ts';

const firstRetryMs = 250;
const longestRetryMs = 1_000;

/**
 * Tries until it works, or the set-up turns out wrong; meanwhile people are told of `check`.
 * @param what in the log, when it did not work
 * @returns undefined when stopped
 * @throws SetupError
 */
export async function insist<S extends BotSchema, R>(
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
