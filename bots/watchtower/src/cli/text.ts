import { printable } from '@service-bots/core/errors';
import type { Overview } from '../overview/schema.ts';
import { amount, span } from '../page/words.ts';

/** Returns the page as text for a terminal, the worst first. */
export function textOf(overview: Overview): string {
  const nowMs = Date.parse(overview.at);
  const ago = (at: string) => `${span(nowMs - Date.parse(at))} ago`;
  const { verdict, deployment, alerts, bots, wallets, endpoints } = overview;
  const since = verdict.since ? `, for ${span(nowMs - Date.parse(verdict.since))}` : '';
  const where = verdict.where ? ` (${verdict.where})` : '';
  const lines = [
    `${deployment.name}  ${overview.at.slice(0, 19).replace('T', ' ')} UTC`,
    `${verdict.level.toUpperCase()}  ${verdict.text}${where}${since}`,
    ...(verdict.runbook ? [`  first: ${verdict.runbook}`] : []),
    '',
    ...alerts.flatMap(({ severity, source, title, message, since: at, decision, command }) => [
      `${severity.padEnd(8)}  ${source}: ${title}, ${ago(at)}`,
      `          ${message}`,
      decision
        ? `          ${decision.kind === 'ack' ? 'acknowledged' : 'muted'} by ${decision.by}`
        : `          ${command}`,
    ]),
    ...(alerts.length > 0 ? [''] : []),
    ...table(
      ['deployment', 'state', 'bots'],
      (overview.peers ?? []).map(({ name, state, since: at, bots: count }) => [
        name,
        at ? `${state}, for ${span(nowMs - Date.parse(at))}` : state,
        String(count),
      ]),
    ),
    ...(overview.peers ? [''] : []),
    ...table(
      ['bot', 'state', 'last round', 'next due', 'version'],
      bots.map(({ id, state, lastRound, next, version }) => [
        id,
        state,
        lastRound ? ago(lastRound) : '-',
        next ? `${next.what} ${dueIn(next.at, nowMs)}` : '-',
        version ?? '-',
      ]),
    ),
    '',
    ...table(
      ['wallet', 'address', 'balance', 'actions', 'days', 'key held by'],
      wallets.map(({ bot, address, balanceWei, currency, actionsLeft, daysLeft, keyHolders }) => [
        bot,
        address,
        balanceWei === undefined ? '-' : `${amount(balanceWei)} ${currency}`,
        String(actionsLeft ?? '-'),
        daysLeft === undefined ? '-' : String(Math.floor(daysLeft)),
        keyHolders?.join(', ') || '-',
      ]),
    ),
    '',
    ...table(
      ['endpoint', 'of', 'state', 'latency'],
      endpoints.map(({ host, bot, state, latencyMs }) => [
        host,
        bot,
        state,
        latencyMs === undefined ? '-' : `${latencyMs} ms`,
      ]),
    ),
  ];
  return printable(`${lines.join('\n')}\n`);
}

function dueIn(at: string, nowMs: number): string {
  const ms = Date.parse(at);
  if (!Number.isFinite(ms)) return `at ${at}`;
  return ms >= nowMs ? `in ${span(ms - nowMs)}` : `since ${span(nowMs - ms)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]?.length ?? 0)));
  return [head, ...rows].map(row =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
