import type { Channel } from '../delivery/Channel.ts';
import { recipientsOf } from '../delivery/recipientsOf.ts';
import {
  type Alert,
  type AlertKind,
  type AlertTable,
  isAtLeast,
  type Notice,
  type Severity,
  severities,
} from '../model/alert.ts';
import { type OwnerRule, type Owners, routedBy, ruleFor } from './parseOwners.ts';

interface Routing {
  bot: string;
  /** Every alert that the bot can raise. */
  table: AlertTable;
  /** The configured channels; with none at all the operator wants the log alone. */
  channels: readonly Channel[];
  /** The file of owners; without it, every channel gets every alert. */
  owners?: Owners;
}

/**
 * Returns the alerts of one bot that no configured channel delivers, each with the reason. The proof runs the
 * code that routes notices, for every check at every severity that it can have. Without a rule that names
 * channels only errors and critical alerts count: below that the minimum severities are the operator's
 * choice.
 */
export function unreached({ bot, table, channels, owners }: Routing): string[] {
  if (channels.length === 0) return [];
  const routed = owners ? channels.map(channel => routedBy(owners, channel)) : channels;
  const groups = new Map<string, { checks: string[]; severity: Severity; rule: OwnerRule | undefined }>();
  for (const [check, kind] of Object.entries(table))
    for (const severity of severitiesOf(kind)) {
      const rule = owners && ruleFor(owners, { bot, check, severity });
      if (!rule?.channels && !isAtLeast(severity, 'error')) continue;
      if (recipientsOf(sample(bot, check, severity), routed).length > 0) continue;
      const key = `${severity} ${rule?.name ?? ''}`;
      const group = groups.get(key) ?? { checks: [], severity, rule };
      group.checks.push(check);
      groups.set(key, group);
    }
  return [...groups.values()].map(({ checks, severity, rule }) => {
    const named = rule?.channels ?? channels.map(({ name }) => name);
    const taken = channels
      .filter(({ name }) => named.includes(name))
      .map(each => `${each.name} takes ${leastOf(bot, each)}`);
    const where = rule === undefined ? '' : ` (rule "${rule.name}")`;
    return `no channel takes ${checks.join(', ')} of ${bot} at ${severity}${where}: ${taken.join(', ')}; lower a *_MIN_SEVERITY or name another channel`;
  });
}

/**
 * Returns every severity that has to reach people. A milder severity than usual that is only information need
 * not.
 */
function severitiesOf({ severity, worst = severity, least = severity }: AlertKind): Severity[] {
  const mustReach = (each: Severity) => each === severity || each !== 'info';
  return severities.filter(each => isAtLeast(each, least) && isAtLeast(worst, each) && mustReach(each));
}

function leastOf(bot: string, channel: Channel): string {
  const least = severities.find(severity => channel.wants?.(sample(bot, '', severity)) ?? true);
  return least === undefined || least === 'critical' ? `${least ?? 'nothing'} alone` : `${least} or worse`;
}

/** Returns an alert as it is opened, with the properties that routing reads. */
function sample(bot: string, check: string, severity: Severity): Notice {
  return { id: '', occasion: 'opened', at: 0, alert: { bot, check, severity } as Alert };
}
