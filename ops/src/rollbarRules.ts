import { type AlertTable, type Severity, severities } from '@service-bots/core/alerts';

/** Ways in which Rollbar notifies people. */
export const notifiers = ['pagerduty', 'slack', 'email', 'webhook'] as const;
export type Notifier = (typeof notifiers)[number];

interface Filter {
  type: string;
  operation: string;
  value: string;
}

/** A notification rule, https://docs.rollbar.com/reference. */
export interface Rule {
  trigger: 'new_item';
  filters: Filter[];
  /** Where the notifier's own default is not meant. */
  config?: Record<string, string>;
}

/** A rule as Rollbar shows it. */
export interface ExistingRule {
  id: number;
  trigger: string;
  filters: Filter[];
  config?: Record<string, unknown> | null;
}

export interface Wish {
  notifier: Notifier;
  minSeverity: Severity;
  config?: Record<string, string>;
}

/** What has to be done so that a notifier's rules are the wanted ones. */
export interface Plan {
  create: Rule[];
  update: { id: number; rule: Rule }[];
  /** Rules of the same form for checks that no bot has any more: for a person to delete. */
  stale: { id: number; title: string }[];
}

/**
 * One rule for each type of check that any bot has: a new item of it, at this severity or worse. A new incident is a
 * new item, since its start is part of the fingerprint. By title and not by context, so that one rule serves all bots.
 */
export function rulesFor(
  tables: Readonly<Record<string, AlertTable>>,
  { minSeverity, config }: Wish,
): Rule[] {
  const checks = [...new Set(Object.values(tables).flatMap(table => Object.keys(table)))].sort();
  return checks.map(check => ({
    trigger: 'new_item',
    filters: [
      { type: 'level', operation: 'gte', value: minSeverity },
      { type: 'title', operation: 'within', value: titleOf(check) },
    ],
    ...(config ? { config } : {}),
  }));
}

/** Compares what is wanted with what there is. Rules of another form are somebody else's and are left alone. */
export function planOf(wanted: readonly Rule[], existing: readonly ExistingRule[]): Plan {
  const known = new Map(existing.map(rule => [keyOf(rule), rule]));
  const plan: Plan = { create: [], update: [], stale: [] };
  for (const rule of wanted) {
    const same = known.get(keyOf(rule));
    if (!same) plan.create.push(rule);
    else if (!hasConfig(same, rule.config)) plan.update.push({ id: same.id, rule });
  }
  const levels = new Set(wanted.map(levelOf));
  const kept = new Set(wanted.map(keyOf));
  for (const rule of existing)
    if (isOurs(rule) && levels.has(levelOf(rule)) && !kept.has(keyOf(rule)))
      plan.stale.push({ id: rule.id, title: filterValue(rule, 'title') });
  return plan;
}

/** How Rollbar's search finds the items of one check: https://docs.rollbar.com/docs/search-items */
export function searchFor(bot: string, check: string): string {
  return `context:"${bot}#${check}"`;
}

/** Every item's title begins like this. */
function titleOf(check: string): string {
  return `[${check}] `;
}

function isOurs(rule: ExistingRule): boolean {
  return (
    rule.trigger === 'new_item' &&
    rule.filters.length === 2 &&
    severities.some(severity => severity === levelOf(rule)) &&
    /^\[[a-z0-9-]+\] $/.test(filterValue(rule, 'title'))
  );
}

function levelOf(rule: Rule | ExistingRule): string {
  return filterValue(rule, 'level');
}

function filterValue({ filters }: Rule | ExistingRule, type: string): string {
  return filters.find(filter => filter.type === type)?.value ?? '';
}

/** Without the order of filters, or what Rollbar adds to them. */
function keyOf({ trigger, filters }: Rule | ExistingRule): string {
  const parts = filters.map(({ type, operation, value }) => JSON.stringify([type, operation, value]));
  return [trigger, ...parts.sort()].join(' ');
}

function hasConfig({ config }: ExistingRule, wanted: Record<string, string> = {}): boolean {
  return Object.entries(wanted).every(([name, value]) => config?.[name] === value);
}
