import { type AlertConfig, channelKinds } from '../../alerts/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Redactor } from '../../logger/index.ts';
import { type Finding, fail } from './finding.ts';

const askMs = 5_000;

/**
 * Returns the channels whose services do not answer from here. Only the front page of a service's host is
 * requested, and any answer is good enough. A channel that can examine its service more closely (a login at a
 * mail server) does so. No message is sent.
 */
export async function examineHosts(config: AlertConfig, redactor: Redactor): Promise<Finding[]> {
  const asked = channelKinds.map(async ({ name, host, examine }) => {
    const url = host?.(config);
    try {
      if (url)
        await fetch(new URL(url).origin, {
          method: 'HEAD',
          redirect: 'manual',
          signal: AbortSignal.timeout(askMs),
        });
    } catch (error) {
      return [fail(`channel ${name}`, `${new URL(url ?? '').host} does not answer: ${reasonOf(error)}`)];
    }
    try {
      await examine?.(config, text => redactor.redact(text));
      return [];
    } catch (error) {
      return [fail(`channel ${name}`, reasonOf(error))];
    }
  });
  return (await Promise.all(asked)).flat();
}
