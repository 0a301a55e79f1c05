import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  assertNoSecret,
  type BotProcess,
  type RollbarSink,
  type RpcProxy,
  roles,
  startAnvil,
  startBotProcess,
  startHeartbeat,
  startProxy,
  startRollbar,
  type TelegramSink,
} from '@service-bots/devnet';
import { type AnySink, channelNames, openEveryChannel } from './support/everyChannel.ts';
import { until } from './support/until.ts';

const entry = fileURLToPath(new URL('fixtures/fakeBot.mjs', import.meta.url));
const pool = `0x${'aa'.repeat(20)}`;
let anvil: Anvil;
let proxy: RpcProxy;
let rollbar: RollbarSink;
let stateDir: string;
let started: BotProcess[] = [];
beforeAll(async () => {
  [anvil, rollbar] = await Promise.all([startAnvil(), startRollbar()]);
  proxy = await startProxy(anvil);
  stateDir = await mkdtemp(join(tmpdir(), 'run-bot-'));
});
afterEach(async () => {
  await Promise.all(started.map(bot => bot.stop('SIGKILL')));
  started = [];
  await anvil.time.setAutomine(true);
  proxy.intercept(undefined);
  proxy.behave('pass');
  rollbar.behave('ok');
  rollbar.clear();
});
afterAll(async () => {
  await Promise.all([proxy.close(), rollbar.close()]);
  await anvil.stop();
  await rm(stateDir, { recursive: true });
});

function start(env: Record<string, string> = {}): BotProcess {
  const bot = startBotProcess(entry, {
    RPC_URL: proxy.rpcUrl,
    // Of its own: what is open when a process ends is still open for the next.
    STATE_DIR: mkdtempSync(join(stateDir, 'bot-')),
    ROLLBAR_API_KEY: 'post-server-item-token',
    ROLLBAR_ENDPOINT: rollbar.endpoint,
    FAKE_MODE: 'watch',
    ...env,
  });
  started.push(bot);
  return bot;
}
const ready = (bot: BotProcess) =>
  until('the first round', async () => (await bot.get('/readyz')).code === 200);
const elapsedMs = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

describe('a mistake in the set-up ends the process with 78', () => {
  it('default: a configuration that cannot be used: all its problems at once, on stderr', async () => {
    const bot = start({ RPC_URL: 'localhost:8545', CHAIN_ID: 'mainnet', MAX_FEE_GWEI: 'a lot' });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    for (const variable of ['RPC_URL', 'CHAIN_ID', 'MAX_FEE_GWEI']) expect(bot.output).toContain(variable);
    expect(bot.lines.filter(({ level }) => level === 'critical')).toHaveLength(2);
  });

  it('behavior: every channel that can be read hears of it, whatever else is wrong, one of them included', async () => {
    const channels = await openEveryChannel({ PAGERDUTY_MIN_SEVERITY: 'critical' });
    try {
      const secret = '0xnot-a-key-but-secret-all-the-same';
      const wrong = { RPC_URL: 'localhost:8545', FAKE_BOT_KEY: secret, SLACK_WEBHOOK_URL: 'hooks.slack.com' };
      expect(await start({ ...channels.env, ...wrong }).exited).toEqual({ code: 78, signal: null });
      for (const name of channelNames) {
        const items = channels[name].sink.items.filter(({ rawBody }) => rawBody.includes('cannot-start'));
        expect([name, items.length]).toEqual([name, name === 'slack' ? 0 : 1]);
        assertNoSecret(name, items[0]?.rawBody ?? '', [secret]);
      }
      expect(channels.webhook.sink.items[0]?.rawBody).toContain('SLACK_WEBHOOK_URL');
    } finally {
      await channels.close();
    }
  });

  it('behavior: a supervisor that starts it again and again makes one alert of it, over once it works', async () => {
    const same = { STATE_DIR: mkdtempSync(join(stateDir, 'bot-')), ALERT_RESOLVE_AFTER_SECONDS: '0' };
    for (let times = 0; times < 3; times += 1)
      expect(await start({ ...same, MAX_FEE_GWEI: 'a lot' }).exited).toMatchObject({ code: 78 });
    expect(rollbar.items.map(({ context }) => context)).toEqual(['fake#cannot-start']);
    const right = start(same);
    await right.waitForLine(({ message }) => message.startsWith('alert resolved: the bot cannot start'));
  });

  it('behavior: a node of another chain', async () => {
    const bot = start({ CHAIN_ID: '1' });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).toContain('serves chain 31337, but CHAIN_ID is 1');
    expect(await rollbar.waitForItem()).toMatchObject({
      level: 'critical',
      context: 'fake#cannot-start',
      environment: 'fake-mainnet',
    });
  });

  it('behavior: no key on a chain that is not local', async () => {
    const live = await startAnvil({ chainId: 1 });
    const bot = start({ RPC_URL: live.rpcUrl, FAKE_MODE: 'send' });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).toContain('FAKE_BOT_KEY: is not set: on mainnet (chain 1)');
    await live.stop();
  });

  it('behavior: no key on a private chain that has the local chain’s number', async () => {
    proxy.intercept(({ method }) =>
      method === 'web3_clientVersion' ? { result: 'Geth/v1.16.0/linux' } : undefined,
    );
    const bot = start({ FAKE_MODE: 'send' });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).toContain('FAKE_BOT_KEY: is not set: on devnet (chain 31337)');
  });

  it('behavior: a status port that is taken', async () => {
    const bot = start({ STATUS_PORT: `${proxy.port}` });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).toContain(`STATUS_PORT: 127.0.0.1:${proxy.port} cannot be listened on (EADDRINUSE)`);
    expect(await rollbar.waitForItem()).toMatchObject({ level: 'critical', context: 'fake#cannot-start' });
  });
});

describe('SIGTERM', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('default: %s ends it with 0', async signal => {
    const bot = start();
    await ready(bot);
    expect(await bot.stop(signal)).toEqual({ code: 0, signal: null });
    expect(bot.lines.at(-1)?.message).toBe('stopped');
  });

  it('behavior: also while it waits for its chain', async () => {
    proxy.behave('refuse');
    const bot = start();
    await bot.waitForLine(({ message }) => message.startsWith('no RPC endpoint answers'));
    expect(await bot.stop()).toEqual({ code: 0, signal: null });
  });

  it('behavior: finishes the transaction in hand', async () => {
    await anvil.time.setAutomine(false);
    const bot = start({ FAKE_MODE: 'send', FAKE_BOT_KEY: roles.bot.privateKey });
    await bot.waitForLine(({ message }) => message === 'transaction handed to the node');
    bot.kill('SIGTERM');
    await bot.waitForLine(({ message }) => message.startsWith('stopping'));
    await anvil.time.mine();
    await bot.waitForLine(({ message, status }) => message === 'touched' && status === 'mined');
    expect(await bot.exited).toEqual({ code: 0, signal: null });
  });

  it('behavior: well within 10 s, though a transaction is not mined, and all hang: node, Rollbar, dead man’s switch', async () => {
    await anvil.time.setAutomine(false);
    const heartbeat = await startHeartbeat();
    const bot = start({
      FAKE_MODE: 'send',
      FAKE_BOT_KEY: roles.bot.privateKey,
      HEARTBEAT_URL: heartbeat.pingUrl('f1e2d3c4-0002'),
    });
    await bot.waitForLine(({ message }) => message === 'transaction handed to the node');
    proxy.behave('hang');
    rollbar.behave('hang');
    heartbeat.behave('hang');
    const ms = await elapsedMs(async () => expect(await bot.stop()).toEqual({ code: 0, signal: null }));
    expect(ms).toBeLessThan(9_500);
    await heartbeat.close();
  });

  it('behavior: a dead man’s switch that hangs is not waited for to the last', async () => {
    const heartbeat = await startHeartbeat();
    const bot = start({ HEARTBEAT_URL: heartbeat.pingUrl('f1e2d3c4-0003') });
    await ready(bot);
    heartbeat.behave('hang');
    const ms = await elapsedMs(async () => expect(await bot.stop()).toEqual({ code: 0, signal: null }));
    // It takes 2 s; 8.5 when nothing but the last resort ends it.
    expect(ms).toBeLessThan(6_000);
    await heartbeat.close();
  });
});

describe('what nobody caught ends it with 1, and somebody is told', () => {
  it.each([
    ['an exception', 'throw', 'nobody catches this'],
    ['a rejection', 'reject', 'nobody awaits this'],
  ])('default: %s arrives as critical', async (_, mode, message) => {
    const bot = start({ FAKE_MODE: mode });
    expect(await bot.exited).toEqual({ code: 1, signal: null });
    const item = await rollbar.waitForItem(({ context }) => context === 'fake#crashed');
    expect(item).toMatchObject({ level: 'critical', environment: 'fake-devnet' });
    expect(item.message).toContain(message);
    expect(item.rawBody).toContain('fakeBot.mjs');
  });

  it.each(['throw', 'reject'])('behavior: within 5 s, though whatever it talks to hangs (%s)', async mode => {
    const [channels, heartbeat] = await Promise.all([openEveryChannel(), startHeartbeat()]);
    const sinks = [heartbeat, ...channelNames.map(name => channels[name].sink)];
    for (const sink of sinks) sink.behave('hang');
    try {
      const bot = start({ ...channels.env, HEARTBEAT_URL: heartbeat.pingUrl('a-token'), FAKE_MODE: mode });
      await bot.waitForLine(({ level, message }) => level === 'critical' && message.includes('crashed'));
      proxy.behave('hang');
      const ms = await elapsedMs(async () => expect(await bot.exited).toEqual({ code: 1, signal: null }));
      expect(ms).toBeLessThan(5_000);
    } finally {
      await Promise.all([channels.close(), heartbeat.close()]);
    }
  });

  it('behavior: also a defect on the way to the first request', async () => {
    const bot = start({ FAKE_MODE: 'defect-at-start' });
    expect(await bot.exited).toEqual({ code: 1, signal: null });
    const item = await rollbar.waitForItem(({ context }) => context === 'fake#crashed');
    expect(item.message).toContain('nobody has tried this');
    expect(bot.lines.filter(({ message }) => message.startsWith('an error that nobody caught'))).toHaveLength(
      1,
    );
  });

  it('behavior: one before there are any channels is one JSON line, in which every value given is a secret', async () => {
    const bot = start({ FAKE_MODE: 'defect-in-table', FAKE_BOT_KEY: roles.bot.privateKey });
    expect(await bot.exited).toEqual({ code: 1, signal: null });
    expect(bot.lines).toMatchObject([{ level: 'critical', bot: 'fake', error: { name: 'Error' } }]);
    expect(bot.output).toContain('no table beside');
    assertNoSecret('output', bot.output, [roles.bot.privateKey]);
  });

  it('behavior: a delivery that fails at first is tried again before the end', async () => {
    rollbar.behave('fail');
    const bot = start({ FAKE_MODE: 'throw' });
    await until('refused', () => rollbar.requests.length > 0);
    rollbar.behave('ok');
    expect(await bot.exited).toEqual({ code: 1, signal: null });
    expect(rollbar.items.map(({ context }) => context)).toEqual(['fake#crashed']);
  });
});

describe('without a key', () => {
  it('default: on a local development chain it works with a throwaway wallet', async () => {
    const bot = start({ FAKE_MODE: 'send' });
    await bot.waitForLine(({ message, status }) => message === 'touched' && status === 'mined');
    expect(bot.output).toContain('using a throwaway wallet');
  });

  it('behavior: in a dry run nothing is sent', async () => {
    const bot = start({ FAKE_MODE: 'send', DRY_RUN: 'true' });
    proxy.resetCounts();
    await bot.waitForLine(({ message, status }) => message === 'touched' && status === 'dry-run');
    expect(proxy.callCount('eth_sendRawTransaction')).toBe(0);
    expect(await bot.stop()).toEqual({ code: 0, signal: null });
  });
});

it('behavior: killed with a transaction in flight, the next process takes it up: one transaction', async () => {
  await anvil.time.setAutomine(false);
  const env = { FAKE_MODE: 'send', FAKE_BOT_KEY: roles.bot.privateKey, FAKE_POOL: pool, STATE_DIR: stateDir };
  const first = start(env);
  const isHandedOver = ({ message }: { message: string }) => message === 'transaction handed to the node';
  const { hash, nonce } = await first.waitForLine(isHandedOver);
  await first.stop('SIGKILL');
  const second = start(env);
  await second.waitForLine(line => line.message.startsWith('found in flight') && line.hash === hash);
  await anvil.time.mine();
  await second.waitForLine(line => line.message === 'transaction mined' && line.hash === hash);
  // Nothing was sent beside it: its next work, decided afterwards, has the next nonce.
  const { nonce: next } = await second.waitForLine(isHandedOver);
  expect(next).toBe(Number(nonce) + 1);
});

it('behavior: every channel that is set hears of a crash, and none of a secret', async () => {
  const channels = await openEveryChannel({ PAGERDUTY_MIN_SEVERITY: 'critical' });
  try {
    const secret = roles.bot.privateKey;
    await start({ ...channels.env, FAKE_MODE: 'throw', FAKE_BOT_KEY: secret }).exited;
    for (const name of channelNames) {
      const [item, ...more] = channels[name].sink.items.filter(({ rawBody }) => rawBody.includes('crashed'));
      expect([name, item, more]).toEqual([name, expect.anything(), []]);
      assertNoSecret(name, item?.rawBody ?? '', [secret]);
    }
  } finally {
    await channels.close();
  }
});

it('behavior: what a node says of our secrets is in no /status, no /metrics, no heartbeat, no file and no log', async () => {
  const [secret, urlKey] = [roles.bot.privateKey, 'ProviderKey0123456789abcdef'];
  const heartbeat = await startHeartbeat();
  const folder = mkdtempSync(join(stateDir, 'bot-'));
  const bot = start({
    RPC_URL: `${proxy.rpcUrl}/v2/${urlKey}`,
    FAKE_BOT_KEY: secret,
    FAKE_MODE: 'send',
    STATE_DIR: folder,
    HEARTBEAT_URL: heartbeat.pingUrl('a-token'),
  });
  await ready(bot);
  const message = `denied for ${urlKey} and ${secret}, ${encodeURIComponent(`"${urlKey}"`)}`;
  proxy.intercept(() => ({ error: { code: -32_000, message } }));
  const shown = await until('an alert about it', async () => {
    const { body } = await bot.get('/status');
    return body.includes('denied for') && body;
  });
  const metrics = (await bot.get('/metrics')).body;
  proxy.intercept(undefined);
  await heartbeat.waitForItem(({ body }) => body.includes('openAlerts'));
  await bot.stop();
  const texts: Record<string, string> = { shown, metrics, log: bot.output };
  for (const name of readdirSync(folder)) texts[name] = readFileSync(join(folder, name), 'utf8');
  texts.heartbeat = heartbeat.items.map(({ body }) => body).join();
  for (const [where, text] of Object.entries(texts)) assertNoSecret(where, text, [secret, urlKey]);
  expect(Object.keys(texts)).toContain('fake-alerts.jsonl');
  await heartbeat.close();
});

it('behavior: while five channels hang the sixth has every alert, rounds go on and every line is written', async () => {
  const channels = await openEveryChannel();
  try {
    for (const name of channelNames) if (name !== 'webhook') channels[name].sink.behave('hang');
    const bot = start({ ...channels.env, FAKE_MODE: 'five' });
    await until('all five', () => channels.webhook.sink.items.length === 5);
    const rounds = async () => JSON.parse((await bot.get('/status')).body).rounds.completed;
    const before = await rounds();
    await until('two more rounds', async () => (await rounds()) >= before + 2);
    expect(bot.lines.filter(({ message }) => message.startsWith('alert opened'))).toHaveLength(5);
    for (const name of channelNames)
      if (name !== 'webhook') expect(channels[name].sink.requests[0]?.outcome).toBe('hang');
  } finally {
    await channels.close();
  }
});

it('behavior: a Telegram group that became a supergroup is an alert, there and elsewhere, until the variable says so', async () => {
  const channels = await openEveryChannel();
  try {
    const telegram = channels.telegram.sink as TelegramSink;
    telegram.migrate('-100200', -100999);
    const same = { ...channels.env, FAKE_MODE: 'five', STATE_DIR: mkdtempSync(join(stateDir, 'bot-')) };
    const about = (sink: AnySink, what: string) =>
      sink.items.filter(({ rawBody }) => rawBody.includes('channel-moved') && rawBody.includes(what)).length;
    const others = ['webhook', 'slack', 'rollbar'] as const;
    const first = start(same);
    await until('told everywhere', () =>
      [telegram, ...others.map(name => channels[name].sink)].every(
        sink => about(sink, 'TELEGRAM_CHAT_ID=-100999') === 1,
      ),
    );
    await first.stop('SIGKILL');
    const second = start(same);
    await ready(second);
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    expect([telegram, channels.webhook.sink].map(sink => about(sink, 'TELEGRAM_CHAT_ID=-100999'))).toEqual([
      1, 1,
    ]);
    const third = start({ ...same, TELEGRAM_CHAT_ID: '-100999' });
    const ended = ({ message }: { message: string }) =>
      message.startsWith('alert resolved: a channel has another address');
    expect(await third.waitForLine(ended)).toMatchObject({ ending: 'the channel has another address now' });
    await until('told of the end', () => about(telegram, 'resolved') === 1);
    expect(new Set(telegram.items.map(({ chatId }) => chatId))).toEqual(new Set(['-100999']));
  } finally {
    await channels.close();
  }
});

it('behavior: killed, the next process still knows when each channel last took something', async () => {
  const same = { FAKE_MODE: 'five', STATE_DIR: mkdtempSync(join(stateDir, 'bot-')) };
  const lastDelivered = async (bot: BotProcess) =>
    JSON.parse((await bot.get('/status')).body).channels[0].lastDelivered as string | undefined;
  const first = start(same);
  await until('delivered', () => rollbar.items.length === 5);
  const before = await until('shown', () => lastDelivered(first));
  await first.stop('SIGKILL');
  const second = start(same);
  await ready(second);
  expect(Date.parse((await lastDelivered(second)) ?? '')).toBeGreaterThanOrEqual(Date.parse(before));
});

describe('a file of owners', () => {
  const owners = async (text: string) => {
    const path = join(stateDir, 'owners.yaml');
    await writeFile(path, text);
    return { OWNERS_FILE: path };
  };

  it('behavior: an alert says who owns it', async () => {
    const everything = 'people: { ada: x }\nrules: [{ name: everything, page: ada }]';
    start({ ...(await owners(everything)), FAKE_MODE: 'throw' });
    const item = await rollbar.waitForItem(({ context }) => context === 'fake#crashed', 20_000);
    expect(item.custom?.alert).toMatchObject({ owner: 'ada (everything)' });
  });

  it('error: checks that nobody owns are listed, all of them, and the bot does not start', async () => {
    const little =
      'people: { ada: x }\nrules: [{ name: crashes, check: crashed, page: ada, channels: slack }]';
    const bot = start(await owners(little));
    expect(await bot.exited).toMatchObject({ code: 78 });
    expect(await rollbar.waitForItem()).toMatchObject({ level: 'critical', context: 'fake#cannot-start' });
    expect(bot.output).toContain('OWNERS_FILE: fake: nobody owns cannot-start.');
    expect(bot.output).toContain('OWNERS_FILE: fake: nobody owns policy-violation.');
    expect(bot.output).toContain('OWNERS_FILE: alerts of fake go to slack, which is not configured.');
  });
});

describe('alerts outlive their process', () => {
  const five = ['one', 'two', 'three', 'four', 'five'];
  const opened = () =>
    rollbar.items
      .filter(({ message }) => message?.includes('is broken'))
      .map(({ context }) => context?.replace('fake#', ''));
  const raised = (bot: BotProcess) =>
    bot.waitForLine(line => line.check === 'five' && line.message.startsWith('alert opened'));
  const env = () => ({ FAKE_MODE: 'five', STATE_DIR: mkdtempSync(join(stateDir, 'bot-')) });

  it.each(['hang', 'ok'] as const)(
    'behavior: killed after five, while Rollbar is %s: all five arrive after the restart, each twice at most',
    async behaviour => {
      rollbar.behave(behaviour);
      const same = env();
      const first = start(same);
      await raised(first);
      await first.stop('SIGKILL');
      rollbar.behave('ok');
      const second = start(same);
      await until('all five', () => five.every(check => opened().includes(check)));
      await ready(second);
      expect(await second.stop()).toEqual({ code: 0, signal: null });
      for (const check of five) {
        const times = opened().filter(each => each === check).length;
        expect(times).toBeGreaterThanOrEqual(1);
        expect(times).toBeLessThanOrEqual(2);
      }
      // They still hold, and were told.
      expect(second.lines.filter(({ message }) => message.startsWith('alert opened'))).toEqual([]);
    },
  );

  it('behavior: stopped in good order with Rollbar down, the rest is sent after the restart, once', async () => {
    rollbar.behave('fail');
    const same = env();
    const first = start(same);
    await raised(first);
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    rollbar.behave('ok');
    start(same);
    await until('all five', () => five.every(check => opened().includes(check)));
    expect(opened().sort()).toEqual([...five].sort());
  });

  it('behavior: a crash is over once the next process completes rounds', async () => {
    const same = { ...env(), ALERT_RESOLVE_AFTER_SECONDS: '0' };
    const first = start({ ...same, FAKE_MODE: 'throw' });
    expect((await first.exited).code).toBe(1);
    const second = start({ ...same, FAKE_MODE: 'watch' });
    const end = await second.waitForLine(({ message }) =>
      message.startsWith('alert resolved: the bot crashed'),
    );
    expect(end).toMatchObject({ level: 'info', check: 'crashed' });
  });
});

it('behavior: a dead man’s switch hears of the start, of completed rounds, and of a wanted stop', async () => {
  const heartbeat = await startHeartbeat();
  const bot = start({ HEARTBEAT_URL: heartbeat.pingUrl('f1e2d3c4-0001') });
  const { body } = await heartbeat.waitForItem(({ kind }) => kind === 'success');
  expect(JSON.parse(body)).toMatchObject({ chain: 'devnet', pools: 1, failing: 0, openAlerts: [] });
  expect(await bot.stop()).toEqual({ code: 0, signal: null });
  expect(heartbeat.items.map(({ kind }) => kind)).toEqual(['start', 'success', 'log']);
  expect(bot.output).not.toContain('f1e2d3c4');
  await heartbeat.close();
});
