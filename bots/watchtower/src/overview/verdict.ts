import type { AlertView, BotView, Overview } from './schema.ts';

/** Returns the first sentence of the page: all is well, or the worst problem. */
export function verdictOf(
  alerts: readonly AlertView[],
  bots: readonly BotView[],
  wellSinceMs: number | undefined,
): Overview['verdict'] {
  const heard = alerts.filter(({ decision }) => decision === undefined);
  const [worst] = heard.length > 0 ? heard : alerts;
  const down = bots.find(({ level }) => level === 'critical' || level === 'error');
  if (worst && worst.severity !== 'info') return ofAlert(worst, heard.length === 0);
  // A bot that has just failed has no alert yet.
  if (down) return { level: down.level, text: `${down.id} ${down.state}`, where: down.id };
  const asked = bots.filter(({ level }) => level === 'info').length;
  if (asked > 0) return { level: 'info', text: `${asked} of ${bots.length} bots have not answered yet` };
  const since = wellSinceMs === undefined ? undefined : new Date(wellSinceMs).toISOString();
  return {
    level: 'ok',
    text: `All is well: ${bots.length === 1 ? '1 bot works' : `${bots.length} bots work`}`,
    since,
  };
}

function ofAlert(alert: AlertView, isHandled: boolean): Overview['verdict'] {
  const { severity: level, title, source, subject, pool, since, runbook } = alert;
  const where = [subject ?? source, pool].filter(Boolean).join(', ');
  const handled = isHandled ? ' (acknowledged)' : '';
  return { level, text: `${capital(title)}${handled}`, where, since, runbook };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
