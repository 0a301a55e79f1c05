import { type AlertTable, RollbarApi } from '@service-bots/core/alerts';
import { type Env, loadConfig } from '@service-bots/core/config';
import { type ExistingRule, planOf, type Rule, rulesFor, searchFor, type Wish } from './rollbarRules.ts';
import { rollbarSetupConfig } from './rollbarVariables.ts';

const callMs = 30_000;

/**
 * Makes Rollbar's notification rules what the bots need: critical pages, an error notifies, for each type of check. It
 * creates and updates; a second run writes nothing. Prints what it did, and a search for each check.
 * @throws ConfigError, or DeliveryFailed when Rollbar refuses
 */
export async function setUpRollbar(
  env: Env,
  tables: Readonly<Record<string, AlertTable>>,
  print: (line: string) => void,
): Promise<void> {
  const { config } = loadConfig(rollbarSetupConfig, env);
  const { ROLLBAR_API_URL: url, ROLLBAR_WRITE_TOKEN: token, ROLLBAR_SLACK_CHANNEL: slackChannel } = config;
  const api = new RollbarApi({ url: url.replace(/\/+$/, ''), token });
  const wish = (notifier: Wish['notifier'], minSeverity: Wish['minSeverity']): Wish => ({
    notifier,
    minSeverity,
    ...(notifier === 'slack' && slackChannel !== undefined ? { config: { channel: slackChannel } } : {}),
  });
  for (const each of [wish(config.ROLLBAR_PAGE_BY, 'critical'), wish(config.ROLLBAR_NOTIFY_BY, 'error')])
    await settle(each, rulesFor(tables, each), api, config.DRY_RUN, print);
  print('');
  print('Items of each check:');
  for (const [bot, table] of Object.entries(tables))
    for (const check of Object.keys(table)) print(`  ${itemsOf(config.ROLLBAR_ITEMS_URL, bot, check)}`);
}

async function settle(
  { notifier, minSeverity }: Wish,
  wanted: readonly Rule[],
  api: RollbarApi,
  isDryRun: boolean,
  print: (line: string) => void,
): Promise<void> {
  const rules = `/notifications/${notifier}/rules`;
  const existing = (await api.get(rules, AbortSignal.timeout(callMs))) as ExistingRule[];
  const { create, update, stale } = planOf(wanted, existing);
  if (!isDryRun) {
    if (create.length > 0) await api.write('POST', rules, create, AbortSignal.timeout(callMs));
    for (const { id, rule } of update)
      await api.write('PUT', `/notifications/${notifier}/rule/${id}`, rule, AbortSignal.timeout(callMs));
  }
  const right = wanted.length - create.length - update.length;
  const verb = isDryRun ? 'would be ' : '';
  print(
    `${notifier}, ${minSeverity} or worse: ${create.length} rules ${verb}created, ${update.length} ${verb}updated, ${right} right already`,
  );
  for (const { id, title } of stale)
    print(`  rule ${id} is for ${title.trim()}, which no bot has: delete it in Rollbar`);
}

function itemsOf(itemsUrl: string | undefined, bot: string, check: string): string {
  const search = searchFor(bot, check);
  if (itemsUrl === undefined) return search;
  const url = new URL(itemsUrl);
  url.searchParams.set('query', search);
  return `${bot} ${check}: ${url}`;
}
