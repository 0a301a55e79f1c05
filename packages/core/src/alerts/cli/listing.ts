import { printable } from '../../errors/index.ts';
import { type Acknowledgement, rank } from '../model/alert.ts';
import type { Incident } from '../model/condition.ts';

export interface Listed {
  key: string;
  /** Absent for a key that is muted but not open. */
  incident: Incident | undefined;
  /** The decision of a person, while it applies. */
  decision: Acknowledgement | undefined;
}

/** Returns the alerts, the most severe first, then the oldest. */
export function listing(all: readonly Listed[], asJson: boolean): string {
  const sorted = [...all].sort((a, b) => rankOf(b) - rankOf(a) || sinceOf(a) - sinceOf(b));
  const text = asJson ? `${JSON.stringify(sorted, null, 2)}\n` : sorted.map(described).join('\n');
  // A text of an older version or of an operator may hold characters that control a terminal.
  return text === '' ? 'Nothing is open.\n' : printable(text);
}

function described({ key, incident, decision }: Listed): string {
  const lines = [
    incident ? `${incident.alert.severity.padEnd(8)} ${key}` : `${'-'.padEnd(8)} ${key} is not open`,
  ];
  if (incident) {
    const { alert, told, gone, isFlapping } = incident;
    lines.push(`${alert.title}: ${alert.message}`);
    const sent =
      alert.group !== undefined
        ? `reported with ${alert.group}`
        : told
          ? `last notified ${iso(told.at)}`
          : 'not notified';
    const state = `${isFlapping ? ', flapping' : ''}${gone ? `, not seen since ${iso(gone.since)}` : ''}`;
    lines.push(`since ${iso(alert.since)}, ${sent}${state}, for ${alert.owner}`, alert.runbook);
  }
  if (decision) {
    const { kind, by, at, why, until } = decision;
    const end = until === undefined ? '' : ` until ${iso(until)}`;
    lines.push(`${kind === 'ack' ? 'acknowledged' : 'muted'}${end} by ${by}, ${iso(at)}: ${why}`);
  }
  return `${lines.map((line, i) => (i === 0 ? line : `         ${line}`)).join('\n')}\n`;
}

function rankOf({ incident }: Listed): number {
  return incident ? rank(incident.alert.severity) : -1;
}

function sinceOf({ incident, decision }: Listed): number {
  return incident?.alert.since ?? decision?.at ?? 0;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
