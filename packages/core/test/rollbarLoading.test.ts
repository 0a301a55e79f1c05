import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const cwd = fileURLToPath(new URL('..', import.meta.url));
/**
 * Imports everything that a bot imports of core. It waits for the library where it has to be loaded, and
 * otherwise a moment.
 */
const script = `
  import { Session } from 'node:inspector';
  import { setTimeout as delay } from 'node:timers/promises';
  let isLoaded = false;
  const session = new Session();
  session.connect();
  session.on('Debugger.scriptParsed', ({ params }) => {
    if (params.url.includes('/rollbar/')) isLoaded = true;
  });
  session.post('Debugger.enable');
  const { alertVariables, openChannels } = await import('@service-bots/core/alerts');
  const { loadConfig } = await import('@service-bots/core/config');
  await import('@service-bots/core/runtime');
  const { z } = await import('zod');
  const [env, mostMs] = JSON.parse(process.argv[1]);
  const { config } = loadConfig(z.object(alertVariables), env);
  const redact = text => text;
  const speaker = { bot: 'keeper', version: '1', host: 'h', chain: () => 'devnet', redact };
  const names = openChannels(config, speaker).map(({ name }) => name);
  for (let ms = 0; ms < mostMs && !isLoaded; ms += 20) await delay(20);
  process.stdout.write(JSON.stringify({ names, isLoaded }));
  process.exit();
`;
const slack = { SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/XXXX' };

it.each([
  ['is loaded where its token is set', { ...slack, ROLLBAR_API_KEY: 'post-server-item-token' }, true, 20_000],
  ['is not loaded where no token is set', slack, false, 500],
])('rollbar.js %s', (_, env, isLoaded, mostMs) => {
  const args = ['--input-type=module', '--eval', script, JSON.stringify([env, mostMs])];
  const output = execFileSync(process.execPath, args, { cwd, encoding: 'utf8', env: { PATH: '/usr/bin' } });
  expect(JSON.parse(output)).toEqual({ names: [...(isLoaded ? ['rollbar'] : []), 'slack'], isLoaded });
});
