import type { BotStatus, StatusAlert } from '@service-bots/core/botStatus';

/**
 * Returns the bot's own open alert of one of these checks, when people have been sent it: a channel of the bot takes
 * alerts. Such an alert is shown and not raised a second time.
 */
export function ownAlert(
  { openAlerts, channels }: BotStatus,
  checks: readonly string[],
): StatusAlert | undefined {
  if (!channels.some(({ failing }) => failing === undefined)) return undefined;
  return openAlerts.find(({ check, lastSent }) => checks.includes(check) && lastSent !== undefined);
}
