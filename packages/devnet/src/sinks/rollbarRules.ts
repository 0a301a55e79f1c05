import { asObject, asObjects, type JsonObject } from './json.ts';

export const rollbarChannels = ['slack', 'pagerduty', 'email', 'webhook'] as const;
export type RollbarChannel = (typeof rollbarChannels)[number];

/** https://docs.rollbar.com/reference: the rules' schemas. */
const triggers = [
  'new_item',
  'occurrence',
  'deploy',
  'reactivated_item',
  'resolved_item',
  'new_version',
  'reopened_item',
  'occurrence_rate',
  'exp_repeat_item',
];
const texts = ['within', 'nwithin', 'regex', 'nregex'];
const operations: Readonly<Record<string, readonly string[]>> = {
  environment: ['eq', 'neq'],
  level: ['eq', 'gte'],
  title: texts,
  filename: texts,
  method: texts,
  context: ['startswith', 'eq', 'neq'],
  framework: ['eq'],
  path: [...texts, 'eq', 'neq', 'gte', 'lte', 'startswith', 'exists', 'nexists'],
};
const levels = ['debug', 'info', 'warning', 'error', 'critical'];
const settings: Readonly<Record<RollbarChannel, readonly string[]>> = {
  slack: ['channel', 'message_template', 'show_message_buttons'],
  pagerduty: ['service_key'],
  email: ['users', 'teams'],
  webhook: ['url', 'format'],
};

/** Returns Rollbar's objection to a rule. */
export function ruleProblem(channel: RollbarChannel, rule: JsonObject): string | undefined {
  if (!triggers.includes(String(rule.trigger))) return '`trigger` is not valid';
  if (rule.status !== undefined && !['enabled', 'disabled'].includes(String(rule.status)))
    return '`status` is not valid';
  const filters = asObjects(rule.filters);
  if (!filters) return '`filters` must be a list';
  for (const { type, operation, value } of filters) {
    if (!operations[String(type)]?.includes(String(operation)))
      return `no filter ${String(type)} with operation ${String(operation)}`;
    if (typeof value !== 'string') return `the value of a filter must be a string`;
    if (type === 'level' && !levels.includes(value)) return `no level ${value}`;
  }
  const config = asObject(rule.config ?? {});
  const unknown = Object.keys(config ?? {}).find(name => !settings[channel].includes(name));
  return unknown === undefined ? undefined : `no setting ${unknown} for ${channel}`;
}
