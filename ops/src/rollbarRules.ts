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
  /** Rollbar enables a new rule. */
  status?: 'enabled';
  /** Set where the notifier's own default does not apply. */
  config?: Record<string, string>;
}

/** A rule as Rollbar returns it; in a person's rule any part may be missing or of another form. */
export interface ExistingRule {
  id: number;
  trigger?: unknown;
  status?: unknown;
  filters?: unknown;
  config?: unknown;
}

export interface Wish {
  notifier: Notifier;
  minSeverity: Severity;
  config?: Record<string, string>;
}

/** The changes that make a notifier's rules the wanted ones. */
export interface Plan {
  create: Rule[];
  update: { id: number; rule: Rule }[];
  /** Rules of the same form for checks that no bot has any more: a person may delete them. */
  stale: { id: number; title: string }[];
}

/**
 * Returns a rule for each type of check of all bots: a new item of it, at this severity or worse. A new
 * incident is a new item, since its start is part of the fingerprint. A rule matches by title and not by
 * context, so that it serves all bots.
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

/**
 * Compares the wanted rules with the existing ones. Rules of another form belong to others and are left
 * alone.
 */
export function planOf(wanted: readonly Rule[], existing: readonly ExistingRule[]): Plan {
  const plan: Plan = { create: [], update: [], stale: [] };
  for (const rule of wanted) {
    const key = keyOf(rule);
    const same = existing.filter(each => keyOf(each) === key);
    const [first] = same;
    if (!first) plan.create.push(rule);
    else if (!same.some(each => isEnabled(each) && hasConfig(each, rule.config)))
      plan.update.push({ id: first.id, rule: updated(first, rule) });
  }
  const levels = new Set(wanted.map(levelOf));
  const kept = new Set(wanted.map(keyOf));
  for (const rule of existing)
    if (isOurs(rule) && levels.has(levelOf(rule)) && !kept.has(keyOf(rule)))
      plan.stale.push({ id: rule.id, title: filterValue(rule, 'title') });
  return plan;
}

/** Returns the search of Rollbar for the items of one check: https://docs.rollbar.com/docs/search-items */
export function searchFor(bot: string, check: string): string {
  return `context:"${bot}#${check}"`;
}

/** Returns the beginning of every item's title. */
function titleOf(check: string): string {
  return `[${check}] `;
}

function isOurs(rule: ExistingRule): boolean {
  return (
    rule.trigger === 'new_item' &&
    filtersOf(rule).length === 2 &&
    severities.some(severity => severity === levelOf(rule)) &&
    /^\[[a-z0-9-]+\] $/.test(filterValue(rule, 'title'))
  );
}

function levelOf(rule: Rule | ExistingRule): string {
  return filterValue(rule, 'level');
}

function filterValue(rule: Rule | ExistingRule, type: string): string {
  const value = filtersOf(rule).find(filter => filter.type === type)?.value;
  return typeof value === 'string' ? value : '';
}

/** Returns the filters of a rule. A filter that is no object becomes an empty one: the rule then counts as foreign. */
function filtersOf({ filters }: Rule | ExistingRule): Readonly<Record<string, unknown>>[] {
  return Array.isArray(filters) ? filters.map(asRecord) : [];
}

/** Returns a key that ignores the order of filters and Rollbar's additions. */
function keyOf(rule: Rule | ExistingRule): string {
  const parts = filtersOf(rule).map(({ type, operation, value }) => JSON.stringify([type, operation, value]));
  return [rule.trigger, ...parts.sort()].join(' ');
}

function isEnabled({ status }: ExistingRule): boolean {
  return status === undefined || status === 'enabled';
}

/** Other settings of a person, such as another service's key, stay. */
function updated(before: ExistingRule, rule: Rule): Rule {
  const set = Object.entries(asRecord(before.config)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const config = { ...Object.fromEntries(set), ...rule.config };
  return { ...rule, status: 'enabled', ...(Object.keys(config).length > 0 ? { config } : {}) };
}

function hasConfig({ config }: ExistingRule, wanted: Record<string, string> = {}): boolean {
  return Object.entries(wanted).every(([name, value]) => asRecord(config)[name] === value);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
