import { until } from '../until.ts';
import type { BotProcess } from './botProcess.ts';

/** An alert as `/status` shows it. */
export interface OpenAlert {
  readonly check: string;
  readonly pool?: string;
  readonly severity: string;
  readonly message: string;
  readonly runbook: string;
}

/** Returns the open alerts of this check. */
export async function openAlertsOf(bot: BotProcess, check: string): Promise<OpenAlert[]> {
  const { openAlerts } = await bot.status<{ openAlerts: OpenAlert[] }>();
  return openAlerts.filter(alert => alert.check === check);
}

/** Waits until an alert of this check is open with this severity. */
export function raised(bot: BotProcess, check: string, severity: string): Promise<OpenAlert> {
  return until(`${check} is ${severity}`, async () =>
    (await openAlertsOf(bot, check)).find(alert => alert.severity === severity),
  );
}

/** Waits until no alert of this check is open. */
export async function resolved(bot: BotProcess, check: string): Promise<void> {
  await until(`${check} is resolved`, async () => (await openAlertsOf(bot, check)).length === 0);
}
