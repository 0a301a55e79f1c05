import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type RollbarApiSink,
  type Sink,
  startPagerDuty,
  startRollbar,
  startRollbarApi,
  startTelegram,
  startWebhook,
} from '@service-bots/devnet';
import { alertTables } from './alertTables.ts';
import { command } from './command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ops-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = async (args: string[], env: Record<string, string> = {}) => {
  const lines: string[] = [];
  const code = await command(args, { env, root, print: line => lines.push(line) });
  return { code, output: lines.join('\n') };
};

it('alertTables: every bot, with what the runtime raises', async () => {
  const tables = await alertTables(root);
  expect(Object.keys(tables)).toEqual(expect.arrayContaining(['checkpoint', 'keeper']));
  expect(tables.checkpoint).toMatchObject({ crashed: { severity: 'critical' }, 'pool-unreadable': {} });
});

it('error: anything else is told how', async () => {
  expect(await run(['rollbar'])).toMatchObject({ code: 78, output: expect.stringContaining('usage:') });
});

describe('owners check', () => {
  it('default: the example of this repository gives every check an owner', async () => {
    const { code, output } = await run(['owners', 'check', join(root, 'owners.example.yaml')]);
    expect(output).toContain('has an owner');
    expect(code).toBe(0);
  });

  it('error: a check in a rule that is for worse than it ever is', async () => {
    const file = join(folder, 'severe.yaml');
    const rules = [
      '{ name: n, bot: invariant, check: [solvency, negative-interest, price-spike], severity: error, page: ada }',
      '{ name: others, page: ada }',
    ];
    writeFileSync(file, `people: { ada: x }\nrules: [${rules.join(', ')}]\n`);
    const { code, output } = await run(['owners', 'check', file]);
    expect(code).toBe(78);
    expect(output.split('\n').slice(1)).toEqual([
      '  "n": price-spike is warning at worst, so with severity error the rule is never about it',
    ]);
  });

  it('error: everything that is wrong, each on a line', async () => {
    const file = join(folder, 'owners.yaml');
    writeFileSync(
      file,
      'people: { ada: x }\nrules: [{ name: n, bot: checkpiont, check: crashed, page: ada }]\n',
    );
    const { code, output } = await run(['owners', 'check', file]);
    expect(code).toBe(78);
    expect(output).toContain('\n  "n": there is no bot checkpiont; did you mean checkpoint?\n');
    expect(output).toContain('\n  checkpoint: no owner for crashed\n');
    expect(await run(['owners', 'check', join(folder, 'none.yaml')])).toMatchObject({ code: 78 });
  });
});

describe('rollbar', () => {
  let api: RollbarApiSink;
  beforeAll(async () => {
    api = await startRollbarApi();
  });
  afterEach(() => api.clear());
  afterAll(() => api.close());
  const env = (more = {}) => ({ ROLLBAR_WRITE_TOKEN: 'write-token', ROLLBAR_API_URL: api.apiUrl, ...more });

  it('setup: a dry run writes nothing, the first run everything, the second nothing again', async () => {
    const types = new Set(Object.values(await alertTables(root)).flatMap(table => Object.keys(table))).size;
    const dry = await run(['rollbar', 'setup', '--dry-run'], env());
    expect(dry.output).toContain(`pagerduty, critical or worse: ${types} rules would be created`);
    expect(api.items).toEqual([]);

    expect((await run(['rollbar', 'setup'], env())).code).toBe(0);
    expect(
      api.items.map(({ method, path }) => `${method} ${path.replace('/api/1/notifications', '')}`),
    ).toEqual(['POST /pagerduty/rules', 'POST /slack/rules']);
    expect(api.rules).toHaveLength(2 * types);
    api.clear();

    const second = await run(['rollbar', 'setup'], env({ DRY_RUN: '0' }));
    expect(second.output).toContain(
      `slack, error or worse: 0 rules created, 0 updated, ${types} right already`,
    );
    expect(api.items).toEqual([]);
  });

  it('setup: another Slack channel updates those rules, once', async () => {
    const other = env({ ROLLBAR_SLACK_CHANNEL: '#bots' });
    await run(['rollbar', 'setup'], other);
    expect(new Set(api.items.map(({ method }) => method))).toEqual(new Set(['PUT']));
    expect(api.rules.filter(({ config }) => config !== undefined)).toHaveLength(api.rules.length / 2);
    api.clear();
    await run(['rollbar', 'setup'], other);
    expect(api.items).toEqual([]);
  });

  it('setup: enables a rule that a person has disabled', async () => {
    const own = await startRollbarApi();
    const given = env({ ROLLBAR_API_URL: own.apiUrl });
    await run(['rollbar', 'setup'], given);
    const [rule] = own.rules;
    await fetch(`${own.apiUrl}/notifications/pagerduty/rule/${rule?.id}`, {
      method: 'PUT',
      headers: { 'x-rollbar-access-token': 'write-token' },
      body: JSON.stringify({ trigger: rule?.trigger, filters: rule?.filters, status: 'disabled' }),
    });
    const { output } = await run(['rollbar', 'setup'], given);
    expect(output).toContain('pagerduty, critical or worse: 0 rules created, 1 updated');
    expect(own.rules.every(({ status }) => status === 'enabled')).toBe(true);
    await own.close();
  });

  it('setup: reads every page, and survives rules of forms that it does not know', async () => {
    const own = await startRollbarApi({ rulesPerPage: 20 });
    own.addRules('pagerduty', { trigger: 'anomaly', filters: null }, { conditions: [{}] });
    own.addRules('slack', ...Array.from({ length: 25 }, () => ({ filters: ['x', 7, null] })));
    const given = env({ ROLLBAR_API_URL: own.apiUrl });
    expect((await run(['rollbar', 'setup'], given)).code).toBe(0);
    own.clear();
    expect((await run(['rollbar', 'setup'], given)).code).toBe(0);
    expect(own.items).toEqual([]);
    await own.close();
  });

  it.each([
    ['in an error', { status: 403, body: { err: 1, message: 'no project for 0write0token0' } }],
    ['in an error, in capitals', { status: 403, body: { err: 1, message: 'no project for 0WRITE0TOKEN0' } }],
    ['in an error with HTTP 200', { status: 200, body: { err: 1, message: '0write0token0 is disabled' } }],
    [
      'as the title of a rule',
      {
        status: 200,
        body: {
          err: 0,
          result: [
            {
              id: 1,
              trigger: 'new_item',
              filters: [
                { type: 'level', operation: 'gte', value: 'critical' },
                { type: 'title', operation: 'within', value: '[0write0token0] ' },
              ],
            },
          ],
        },
      },
    ],
  ])('setup: prints no token that Rollbar quotes %s', async (_, answer) => {
    api.behave(answer);
    const given = env({ ROLLBAR_WRITE_TOKEN: '0write0token0' });
    const { output } = await run(['rollbar', 'setup', '--dry-run'], given);
    api.behave('ok');
    expect(output).toContain('[redacted]');
    expect(output.toLowerCase()).not.toContain('0write0token0');
  });

  it.each([
    ['a page', '<!DOCTYPE html><html>Log in</html>', 'the answer is not Rollbar’s'],
    ['no list', { err: 0, result: { rules: [] } }, 'is no list of rules'],
    ['an error', { err: 1, message: 'try later' }, 'try later'],
  ])('error: HTTP 200 with %s instead of the rules', async (_, body, said) => {
    api.behave({ status: 200, body });
    const { code, output } = await run(['rollbar', 'setup'], env());
    api.behave('ok');
    expect(code).not.toBe(0);
    expect(output).toContain(said);
    expect(api.items).toEqual([]);
  });

  it('setup: prints a search or a link for every check of every bot', async () => {
    const { output } = await run(['rollbar', 'setup'], env());
    expect(output).toContain('\n  context:"checkpoint#pool-unreadable"');
    const items = 'https://app.rollbar.com/a/acme/fix/items?prj=1';
    const linked = await run(['rollbar', 'setup'], env({ ROLLBAR_ITEMS_URL: items }));
    expect(linked.output).toContain(
      `\n  checkpoint pool-unreadable: ${items}&query=context%3A%22checkpoint%23pool-unreadable%22`,
    );
  });

  it.each([
    ['no token', { ROLLBAR_WRITE_TOKEN: '' }, 78, 'ROLLBAR_WRITE_TOKEN: is not set'],
    ['Rollbar in trouble', {}, 1, 'HTTP 500: internal server error'],
  ])('error: %s', async (_, more, code, said) => {
    api.behave('fail');
    expect(await run(['rollbar', 'setup'], env(more))).toEqual({
      code,
      output: expect.stringContaining(said),
    });
    api.behave('ok');
  });

  it('deploy: tells the revision of each bot in the environment of its items', async () => {
    const given = env({ ROLLBAR_API_KEY: 'k', ENVIRONMENT_NAME: 'mainnet', REVISION: 'abc' });
    expect((await run(['rollbar', 'deploy', 'checkpoint'], given)).code).toBe(0);
    await run(['rollbar', 'deploy'], given);
    expect(api.deploys.map(({ environment, revision }) => [environment, revision])).toEqual(
      expect.arrayContaining([
        ['checkpoint-mainnet', 'abc'],
        ['keeper-mainnet', 'abc'],
      ]),
    );
  });
});

describe('drill', () => {
  const sinks: Sink<unknown>[] = [];
  afterEach(async () => {
    await Promise.all(sinks.splice(0).map(sink => sink.close()));
  });
  async function channels() {
    const [rollbar, pagerDuty, telegram, webhook] = await Promise.all([
      startRollbar(),
      startPagerDuty(),
      startTelegram(),
      startWebhook(),
    ]);
    sinks.push(rollbar, pagerDuty, telegram, webhook);
    const env = {
      ROLLBAR_API_KEY: 'key-of-rollbar',
      ROLLBAR_ENDPOINT: rollbar.endpoint,
      PAGERDUTY_ROUTING_KEY: 'r'.repeat(32),
      PAGERDUTY_API_URL: pagerDuty.url,
      TELEGRAM_BOT_TOKEN: '1:secret-of-telegram',
      TELEGRAM_CHAT_ID: '42',
      TELEGRAM_API_URL: telegram.url,
      WEBHOOK_URL: `${webhook.url}/secret-path`,
    };
    return { rollbar, pagerDuty, telegram, webhook, env };
  }

  it('default: a harmless alert and its end through every channel, whatever they are told of otherwise', async () => {
    const { rollbar, pagerDuty, telegram, webhook, env } = await channels();
    const { code, output } = await run(['drill'], env);
    expect(code).toBe(0);
    for (const name of ['rollbar', 'pagerduty', 'telegram', 'webhook'])
      expect(output).toMatch(new RegExp(`^${name}: arrived after \\d+ ms, and its end too$`, 'm'));
    expect(pagerDuty.items.map(({ action, severity }) => [action, severity])).toEqual([
      ['trigger', 'info'],
      ['resolve', undefined],
    ]);
    expect(new Set(pagerDuty.items.map(({ dedupKey }) => dedupKey)).size).toBe(1);
    expect([rollbar, telegram, webhook].map(({ items }) => items.length)).toEqual([2, 2, 2]);
    expect(telegram.items[0]?.text).toContain('this is a drill');
  });

  it('behavior: a chat that has another number is named, with the new one', async () => {
    const { telegram, env } = await channels();
    telegram.migrate('42', -100999);
    const { code, output } = await run(['drill', 'telegram'], env);
    expect(code).toBe(0);
    expect(output).toContain('set TELEGRAM_CHAT_ID=-100999');
    expect(telegram.items.map(({ chatId }) => chatId)).toEqual(['-100999', '-100999']);
  });

  it('error: one that does not arrive is named, without its secret, and fails the drill', async () => {
    const { telegram, webhook, env } = await channels();
    telegram.behave('fail');
    webhook.behave('refuse');
    const { code, output } = await run(['drill'], env);
    expect(code).toBe(1);
    expect(output).toContain('telegram: DID NOT ARRIVE: HTTP 500: Internal Server Error');
    expect(output).toContain('webhook: DID NOT ARRIVE: no connection');
    expect(output).toContain('rollbar: arrived');
    expect(output).not.toContain('secret');
  });

  it('error: the page of a captive portal with HTTP 200 fails the drill on every channel', async () => {
    const { rollbar, pagerDuty, telegram, webhook, env } = await channels();
    const page = '<!DOCTYPE html><html><body>Log in to the guest network</body></html>';
    for (const sink of [rollbar, pagerDuty, telegram, webhook]) sink.behave({ status: 200, body: page });
    const { code, output } = await run(['drill'], env);
    expect(code).toBe(1);
    for (const name of ['rollbar', 'pagerduty', 'telegram', 'webhook'])
      expect(output).toContain(`${name}: DID NOT ARRIVE: HTTP 200, but the answer is not`);
  });

  it('behavior: through one channel', async () => {
    const { rollbar, webhook, env } = await channels();
    expect((await run(['drill', 'webhook'], env)).code).toBe(0);
    expect([rollbar.requests.length, webhook.items.length]).toEqual([0, 2]);
  });

  it.each([
    ['drill', 'CHANNEL: no channel is configured'],
    ['drill slack', 'CHANNEL: slack is not configured'],
    [
      'drill sms',
      'CHANNEL: there is no sms; there are rollbar, pagerduty, telegram, slack, discord, email, webhook',
    ],
  ])('error: %s without channels', async (line, problem) => {
    expect(await run(line.split(' '))).toEqual({ code: 78, output: expect.stringContaining(problem) });
  });
});
