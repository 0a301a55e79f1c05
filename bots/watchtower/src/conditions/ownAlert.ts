import type { BotStatus, StatusAlert } from '@service-bots/core/botStatus';

/**
 * Returns the bot's own open alert of one of these checks, provided it was delivered and a channel of the bot
 * works. The page shows such an alert, and the watchtower does not raise it a second time.
 */
export function ownAlert(
  { openAlerts, channels }: BotStatus,
  checks: readonly string[],
): StatusAlert | undefined {
  if (!channels.some(({ failing }) => failing === undefined)) return undefined;
  return openAlerts.find(({ check, lastSent }) => checks.includes(check) && lastSent !== undefined);
}
