import { hostname } from 'node:os';
import { type AlertConfig, channelKinds, openChannels, readOwnership } from '../../alerts/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Redactor } from '../../logger/index.ts';
import type { BotIdentity } from '../bot.ts';
import { runtimeAlerts } from '../rounds/runtimeAlerts.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/**
 * Returns which channels deliver an alert, and to which owners. A bot works without a channel, so a missing
 * channel is a warning.
 */
export function examineChannels(
  bot: Omit<BotIdentity<never>, 'config'>,
  config: AlertConfig & { OWNERS_FILE?: string | undefined },
  redactor: Redactor,
): Finding[] {
  const channels = openChannels(config, {
    bot: bot.name,
    version: bot.version,
    host: hostname(),
    chain: () => 'unknown',
    redact: text => redactor.redact(text),
  });
  const configured = channels.map(({ name }) => name);
  const findings = [
    configured.length === 0
      ? warn(
          'alert channels',
          `none is set, so that alerts are in the log only: set one of ${channelKinds.map(({ turnedOnBy }) => turnedOnBy).join(', ')}`,
        )
      : ok('alert channels', `${configured.join(', ')} (make alert-drill sends a test alert)`),
  ];
  const { OWNERS_FILE: file } = config;
  try {
    readOwnership({ file, bot: bot.name, table: { ...runtimeAlerts, ...bot.alerts }, channels });
    if (file === undefined)
      return [...findings, warn('owners', 'OWNERS_FILE is not set: no alert has an owner')];
    return [...findings, ok('owners', `${file}: each alert has an owner, and a channel that takes it`)];
  } catch (error) {
    return [...findings, fail('owners', reasonOf(error))];
  }
}
