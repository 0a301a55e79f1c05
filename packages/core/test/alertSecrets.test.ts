import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assertNoSecret, roles, until } from '@service-bots/devnet';
import { Alerter } from '../src/alerts/index.ts';
import { systemClock } from '../src/clock/index.ts';
import { createLogger, Redactor } from '../src/logger/index.ts';
import { type EveryChannel, httpChannelNames, openEveryChannel } from './support/everyChannel.ts';

const key = roles.bot.privateKey;
const urlKey = 'AlchemyLikeKey0123456789abcdef';
const rpcUrl = `https://eth-mainnet.example.com/v2/${urlKey}`;
const secrets = [key, urlKey];
const bytes = [...Buffer.from(key.slice(2), 'hex')];

/** Checks a text as the other tests do, and also for a list of the key's bytes. */
function assertClean(where: string, text: string): void {
  assertNoSecret(where, text, secrets);
  expect(text.replace(/\s/g, '')).not.toContain(bytes.join(','));
}

function withStack(text: string): Error {
  const error = new Error('no');
  error.stack = `Error: no\n    at connect (${text})\n    at ${key}`;
  return error;
}

/** Every place in an error, or in a report about it, at which a secret has been seen. */
const placements: Record<string, { message: string; subject?: string; data?: Record<string, unknown> }> = {
  subject: { message: 'subject', subject: `${rpcUrl}#${key}` },
  message: { message: `could not send with ${key} by ${rpcUrl}` },
  stack: { message: 'stack', data: { error: withStack(rpcUrl) } },
  cause: { message: 'cause', data: { error: new Error('no', { cause: new Error(`${key} ${rpcUrl}`) }) } },
  'data-key': { message: 'data key', data: { [key]: 1, [rpcUrl]: { [key.slice(2)]: 2 } } },
  'data-value': { message: 'data value', data: { key, number: BigInt(key), nested: [{ rpcUrl }] } },
  bytes: { message: 'bytes', data: { list: bytes, view: Uint8Array.from(bytes), more: [1, ...bytes, 2] } },
  url: {
    message: 'url',
    data: { url: new URL(`${rpcUrl}?key=${urlKey}#${urlKey}`), text: encodeURIComponent(rpcUrl) },
  },
  environment: {
    message: `node main.js --key=${key}`,
    data: {
      argv: ['node', `--rpc=${rpcUrl}`],
      env: { KEY: key },
      dump: JSON.stringify({ env: { KEY: key, RPC_URL: rpcUrl } }),
    },
  },
};

let all: EveryChannel;
let folder: string;
beforeEach(async () => {
  all = await openEveryChannel({}, secrets);
  folder = mkdtempSync(join(tmpdir(), 'alert-secrets-'));
});
afterEach(async () => {
  await all.close();
  rmSync(folder, { recursive: true });
});

/** Raises all alerts. @returns the output to the console */
async function raiseAll(redactor: Redactor, redact: (text: string) => string, format: 'json' | 'pretty') {
  const stream = new PassThrough();
  let output = '';
  stream.on('data', data => {
    output += data;
  });
  const logger = createLogger({ bot: 'keeper', level: 'debug', format, redactor, stream });
  const alerts = new Alerter({
    bot: 'keeper',
    chain: () => 'devnet',
    version: '1',
    table: {},
    runbookUrl: 'https://wiki.example.com',
    channels: httpChannelNames.map(name => all[name].channel),
    clock: systemClock,
    logger,
    redact,
    files: join(folder, 'keeper-alerts'),
  });
  alerts.observe(
    Object.entries(placements).map(([check, what]) => ({ check, failing: true as const, ...what })),
  );
  // A service refuses its notices, so that the file of refused notices exists too.
  const arrived = () => httpChannelNames.every(name => all[name].sink.items.length > 0 || name === 'webhook');
  await until('all have arrived', () => arrived() && alerts.channels.every(({ waiting }) => waiting === 0));
  const shown = JSON.stringify([alerts.open, alerts.channels]);
  await logger.close();
  alerts.close();
  return { output, shown };
}

describe('a secret in an alert', () => {
  it.each(['json', 'pretty'] as const)(
    'reaches no channel, no file and no %s console, wherever it stands',
    async format => {
      all.webhook.sink.behave('reject');
      const redactor = new Redactor(secrets);
      const { output, shown } = await raiseAll(redactor, text => redactor.redact(text), format);
      for (const name of httpChannelNames)
        for (const { body } of all[name].sink.requests) assertClean(`a request to ${name}`, body);
      assertClean('the console', output);
      assertClean('/status', shown);
      const files = readdirSync(folder);
      expect(files.filter(name => name.endsWith('.jsonl')).sort()).toEqual([
        'keeper-alerts-refused.jsonl',
        'keeper-alerts.jsonl',
      ]);
      for (const file of files) assertClean(file, readFileSync(join(folder, file), 'utf8'));
      // The alerts did arrive, each of them.
      const rollbar = all.rollbar.sink.items.map(({ rawBody }) => rawBody).join('\n');
      for (const check of Object.keys(placements)) {
        expect(rollbar).toContain(`keeper#${check}`);
        expect(output).toContain(check);
      }
    },
  );

  it('neither when nothing can be redacted: then it is withheld, and said so', async () => {
    const broken = new Redactor(secrets);
    Object.defineProperty(broken, 'redact', {
      value: () => {
        throw new Error(`broken by ${key}`);
      },
    });
    const stream = new PassThrough();
    let output = '';
    stream.on('data', data => {
      output += data;
    });
    const alerts = new Alerter({
      bot: 'keeper',
      chain: () => 'devnet',
      version: '1',
      table: {},
      runbookUrl: 'https://wiki.example.com',
      channels: [all.rollbar.channel],
      clock: systemClock,
      logger: createLogger({
        bot: 'keeper',
        level: 'debug',
        format: 'json',
        redactor: broken,
        stream,
      }),
      redact: text => broken.redact(text),
    });
    alerts.observe(
      Object.entries(placements).map(([check, what]) => ({ check, failing: true as const, ...what })),
    );
    const item = await all.rollbar.sink.waitForItem();
    expect(item.rawBody).toContain('withheld');
    for (const { body } of all.rollbar.sink.requests) assertClean('a request', body);
    assertClean('/status', JSON.stringify(alerts.open));
    expect(output).toContain('withheld');
    assertClean('the console', output);
    alerts.close();
  });
});
