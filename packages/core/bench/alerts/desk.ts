import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Alerter, alertVariables, openChannels } from '@service-bots/core/alerts';
import { systemClock } from '@service-bots/core/clock';
import { loadConfig } from '@service-bots/core/config';
import { createLogger, Redactor } from '@service-bots/core/logger';
import { startWebhook } from '@service-bots/devnet';
import { z } from 'zod';

/** An alerter with all six channels, as a bot has it; the service behind each channel never answers. */
export interface Desk {
  alerter: Alerter;
  close(): Promise<void>;
}

export async function openDesk(): Promise<Desk> {
  const nobody = await startWebhook();
  nobody.behave('hang');
  const folder = mkdtempSync(join(tmpdir(), 'alerts-bench-'));
  const { config, secrets } = loadConfig(z.object(alertVariables), {
    ROLLBAR_API_KEY: 'rollbar-post-server-item-token',
    ROLLBAR_ENDPOINT: `${nobody.url}/api/1/item/`,
    PAGERDUTY_ROUTING_KEY: 'routingkeyroutingkeyroutingkey12',
    PAGERDUTY_API_URL: nobody.url,
    PAGERDUTY_MIN_SEVERITY: 'info',
    TELEGRAM_BOT_TOKEN: '123456:AAtelegram-bot-token',
    TELEGRAM_CHAT_ID: '-100200',
    TELEGRAM_API_URL: nobody.url,
    SLACK_WEBHOOK_URL: `${nobody.url}/services/T0/B0/XXXX`,
    DISCORD_WEBHOOK_URL: `${nobody.url}/api/webhooks/1/token`,
    WEBHOOK_URL: `${nobody.url}/a-secret-path`,
  });
  const redactor = new Redactor([...secrets, `0x${'5e'.repeat(31)}7f`], { keepUrls: [config.RUNBOOK_URL] });
  const redact = (text: string) => redactor.redact(text);
  const stream = new PassThrough().resume();
  const logger = createLogger({ bot: 'bench', level: 'info', format: 'json', redactor, stream });
  const chain = () => 'devnet';
  const alerter = new Alerter({
    bot: 'bench',
    chain,
    version: '1.2.3',
    table: {},
    runbookUrl: config.RUNBOOK_URL,
    channels: openChannels(config, { bot: 'bench', version: '1.2.3', host: 'here', chain, redact }),
    clock: systemClock,
    logger,
    redact,
    files: join(folder, 'bench-alerts'),
  });
  return {
    alerter,
    async close() {
      alerter.close();
      await nobody.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * Returns the report of a failing check: a sentence, some figures, and an error with its stack and cause.
 * @param round the round of the finding: the message and the figures of most checks change
 */
export function finding(number: number, round = 0) {
  const error = new Error('the pool could not be read', { cause: new Error('execution reverted') });
  return {
    check: 'pool-failing',
    pool: `0x${number.toString(16).padStart(40, '0')}`,
    failing: true as const,
    message: `pool ${number} has not been looked after for ${number + 12 * round} seconds`,
    data: { block: 21_000_000n + BigInt(number + round), attempts: 3, error },
  };
}
