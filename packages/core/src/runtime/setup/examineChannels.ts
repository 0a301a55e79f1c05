import { hostname } from 'node:os';
import { type AlertConfig, channelKinds, openChannels, readOwnership } from '../../alerts/index.ts';
import { reasonOf } from '../../errors/index.ts';
import { httpRequest } from '../../http/index.ts';
import type { Redactor } from '../../logger/index.ts';
import type { BotIdentity } from '../bot.ts';
import { runtimeAlerts } from '../runtimeAlerts.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const askMs = 5_000;

/**
 * Returns which channels deliver an alert, to which owners, and which channels' services do not answer from
 * here. A bot works without a channel, so a missing channel is a warning.
 */
export async function examineChannels(
  bot: Omit<BotIdentity<never>, 'config'>,
  config: AlertConfig & { OWNERS_FILE?: string | undefined },
  redactor: Redactor,
): Promise<Finding[]> {
  const channels = openChannels(config, {
    bot: bot.name,
    version: bot.version,
    host: hostname(),
    chain: () => 'unknown',
    redact: text => redactor.redact(text),
  });
  const configured = channels.map(({ name }) => name);
  const found =
    configured.length === 0
      ? warn(
          'alert channels',
          `none is set, so that alerts are in the log only: set one of ${channelKinds.map(({ turnedOnBy }) => turnedOnBy).join(', ')}`,
        )
      : ok('alert channels', `${configured.join(', ')} (make alert-drill sends a test alert)`);
  const owners = () => {
    const { OWNERS_FILE: file } = config;
    try {
      readOwnership({ file, bot: bot.name, table: { ...runtimeAlerts, ...bot.alerts }, channels });
      if (file === undefined) return warn('owners', 'OWNERS_FILE is not set: no alert has an owner');
      return ok('owners', `${file}: each alert has an owner, and a channel that takes it`);
    } catch (error) {
      return fail('owners', reasonOf(error));
    }
  };
  return [found, owners(), ...(await examineHosts(config, redactor))];
}

/**
 * Returns the channels whose services do not answer from here. Only the front page of a service's host is
 * requested, and any answer is good enough. A channel that can examine its service more closely (a login at a
 * mail server) does so. No message is sent.
 */
async function examineHosts(config: AlertConfig, redactor: Redactor): Promise<Finding[]> {
  const asked = channelKinds.map(async ({ name, host, examine }) => {
    const url = host?.(config);
    try {
      if (url)
        await httpRequest(new URL(url).origin, {
          method: 'HEAD',
          signal: AbortSignal.timeout(askMs),
          mostBytes: 0,
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
