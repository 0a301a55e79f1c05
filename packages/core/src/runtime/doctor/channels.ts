import { hostname } from 'node:os';
import type { z } from 'zod';
import { openChannels, readOwnership } from '../../alerts/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Redactor } from '../../logger/index.ts';
import type { Bot, Target } from '../bot.ts';
import type { BotSchema } from '../openDesk.ts';
import { runtimeAlerts } from '../runtimeAlerts.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Whether somebody would hear of an alert, and who. */
export function examineChannels<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  config: z.output<BotSchema>,
  redactor: Redactor,
  isRehearsal: boolean,
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
      ? (isRehearsal ? warn : fail)(
          'alert channels',
          'none is configured: alerts are in the log only, nobody is told',
        )
      : ok('alert channels', `${configured.join(', ')} (make alert-drill sends a test alert)`),
  ];
  if (!config.OWNERS_FILE)
    return [...findings, warn('owners', 'OWNERS_FILE is not set: no alert has an owner')];
  try {
    const table = { ...runtimeAlerts, ...bot.alerts };
    readOwnership({ file: config.OWNERS_FILE, bot: bot.name, table, configured });
    return [...findings, ok('owners', config.OWNERS_FILE)];
  } catch (error) {
    return [...findings, fail('owners', reasonOf(error))];
  }
}
