import { type AlertTable, RollbarApi } from '@service-bots/core/alerts';
import { type Env, loadConfig } from '@service-bots/core/config';
import { printable, SetupError } from '@service-bots/core/errors';
import { Redactor } from '@service-bots/core/logger';
import { type ExistingRule, planOf, type Rule, rulesFor, searchFor, type Wish } from './rollbarRules.ts';
import { rollbarSetupConfig } from './rollbarVariables.ts';

const callMs = 30_000;
const mostPages = 500;

/**
 * Sets Rollbar's notification rules as the bots need them: critical pages, an error notifies, for each type
 * of check. It creates and updates; a second run writes nothing. Prints its changes, and a search for each
 * check.
 * @throws ConfigError, or DeliveryFailed when Rollbar refuses
 */
export async function setUpRollbar(
  env: Env,
  tables: Readonly<Record<string, AlertTable>>,
  print: (line: string) => void,
): Promise<void> {
  const { config, secrets } = loadConfig(rollbarSetupConfig, env);
  // Any text from Rollbar may quote a token.
  const redactor = new Redactor(secrets);
  const shown = (text: string) => printable(redactor.redact(text));
  const { ROLLBAR_API_URL: url, ROLLBAR_WRITE_TOKEN: token, ROLLBAR_SLACK_CHANNEL: slackChannel } = config;
  const api = new RollbarApi({ url: url.replace(/\/+$/, ''), token });
  const wish = (notifier: Wish['notifier'], minSeverity: Wish['minSeverity']): Wish => ({
    notifier,
    minSeverity,
    ...(notifier === 'slack' && slackChannel !== undefined ? { config: { channel: slackChannel } } : {}),
  });
  for (const each of [wish(config.ROLLBAR_PAGE_BY, 'critical'), wish(config.ROLLBAR_NOTIFY_BY, 'error')])
    await settle(each, rulesFor(tables, each), { api, isDryRun: config.DRY_RUN, print, shown });
  print('');
  print('Items of each check:');
  for (const [bot, table] of Object.entries(tables))
    for (const check of Object.keys(table)) print(`  ${itemsOf(config.ROLLBAR_ITEMS_URL, bot, check)}`);
}

interface Settling {
  api: RollbarApi;
  isDryRun: boolean;
  print(line: string): void;
  /** Returns the part of a text from Rollbar that may be shown. */
  shown(text: string): string;
}

async function settle(
  { notifier, minSeverity }: Wish,
  wanted: readonly Rule[],
  { api, isDryRun, print, shown }: Settling,
): Promise<void> {
  const rules = `/notifications/${notifier}/rules`;
  const existing = await existingRules(rules, api);
  const { create, update, stale } = planOf(wanted, existing);
  if (!isDryRun) {
    const write = (method: 'POST' | 'PUT', path: string, body: unknown) =>
      api.call({ method, path, body, signal: AbortSignal.timeout(callMs) });
    if (create.length > 0) await write('POST', rules, create);
    for (const { id, rule } of update) await write('PUT', `/notifications/${notifier}/rule/${id}`, rule);
  }
  const right = wanted.length - create.length - update.length;
  const verb = isDryRun ? 'would be ' : '';
  print(
    `${notifier}, ${minSeverity} or worse: ${create.length} rules ${verb}created, ${update.length} ${verb}updated, ${right} right already`,
  );
  for (const { id, title } of stale)
    print(`  rule ${id} is for ${shown(title.trim())}, which no bot has: delete it in Rollbar`);
}

/** Reads every page. An API that ignores `page` returns the same rules again, which also ends the loop. */
async function existingRules(path: string, api: RollbarApi): Promise<ExistingRule[]> {
  const found = new Map<number, ExistingRule>();
  for (let page = 1; page <= mostPages; page += 1) {
    const answer = await api.call({ path: `${path}?page=${page}`, signal: AbortSignal.timeout(callMs) });
    if (!Array.isArray(answer)) throw new SetupError(`Rollbar's answer to ${path} is no list of rules`);
    const rules = answer.filter(isRule).filter(({ id }) => !found.has(id));
    if (rules.length === 0) return [...found.values()];
    for (const rule of rules) found.set(rule.id, rule);
  }
  throw new SetupError(`Rollbar lists more than ${mostPages} pages of rules under ${path}`);
}

function isRule(value: unknown): value is ExistingRule {
  return typeof value === 'object' && value !== null && 'id' in value && Number.isSafeInteger(value.id);
}

function itemsOf(itemsUrl: string | undefined, bot: string, check: string): string {
  const search = searchFor(bot, check);
  if (itemsUrl === undefined) return search;
  const url = new URL(itemsUrl);
  url.searchParams.set('query', search);
  return `${bot} ${check}: ${url}`;
}
