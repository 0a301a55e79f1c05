import type { BotStatus, StatusAlert } from '@service-bots/core/botStatus';

/**
 * Returns the bot's own open alert of one of these checks, provided it was delivered and a channel of the bot
 * works. The page shows such an alert, and the watchtower does not raise it a second time.
 * @param pool the alert has to be about this pool, or about all pools of the bot
 */
export function ownAlert(
  { openAlerts, channels }: BotStatus,
  checks: readonly string[],
  pool?: string,
): StatusAlert | undefined {
  if (!channels.some(({ failing }) => failing === undefined)) return undefined;
  const isAbout = (address: string | undefined) =>
    pool === undefined || address === undefined || address.toLowerCase() === pool.toLowerCase();
  return openAlerts.find(
    alert => checks.includes(alert.check) && alert.lastSent !== undefined && isAbout(alert.pool),
  );
}
