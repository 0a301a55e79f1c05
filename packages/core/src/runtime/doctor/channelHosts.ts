import { type AlertConfig, examineMailServer, mailServerOf } from '../../alerts/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Redactor } from '../../logger/index.ts';
import { type Finding, fail } from './finding.ts';

const askMs = 5_000;

/** The host behind each channel that is configured. */
function originsOf(config: AlertConfig): [channel: string, origin: string][] {
  const urls: [string, string | undefined][] = [
    ['rollbar', config.ROLLBAR_API_KEY && config.ROLLBAR_ENDPOINT],
    ['pagerduty', config.PAGERDUTY_ROUTING_KEY && config.PAGERDUTY_API_URL],
    ['telegram', config.TELEGRAM_BOT_TOKEN && config.TELEGRAM_API_URL],
    ['slack', config.SLACK_WEBHOOK_URL?.reveal()],
    ['discord', config.DISCORD_WEBHOOK_URL?.reveal()],
    ['webhook', config.WEBHOOK_URL?.reveal()],
  ];
  return urls.flatMap(([channel, url]) => (url ? [[channel, new URL(url).origin] as [string, string]] : []));
}

/**
 * Returns the channels whose hosts do not answer from here. Only the front page of the host is requested, and
 * any answer is good enough, so that no message is sent. For e-mail, the check logs in to the mail server.
 */
export async function examineHosts(config: AlertConfig, redactor: Redactor): Promise<Finding[]> {
  const asked = originsOf(config).map(async ([channel, origin]) => {
    try {
      await fetch(origin, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(askMs) });
      return [];
    } catch (error) {
      return [fail(`channel ${channel}`, `${new URL(origin).host} does not answer: ${reasonOf(error)}`)];
    }
  });
  return (await Promise.all([...asked, mailServerFindings(config, redactor)])).flat();
}

async function mailServerFindings(config: AlertConfig, redactor: Redactor): Promise<Finding[]> {
  const server = mailServerOf(config);
  if (!server) return [];
  try {
    await examineMailServer(server, text => redactor.redact(text));
    return [];
  } catch (error) {
    return [fail('channel email', `${new URL(server.url).host} takes no mail: ${reasonOf(error)}`)];
  }
}
