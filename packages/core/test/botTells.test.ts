import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  assertNoSecret,
  type BotProcess,
  roles,
  startHeartbeat,
  type TelegramSink,
  until,
} from '@service-bots/devnet';
import { readLedger } from '../src/alerts/delivery/readLedger.ts';
import { type AnySink, httpChannelNames, openEveryChannel } from './support/everyChannel.ts';
import { ProcessWorld, ready } from './support/processWorld.ts';

const world = new ProcessWorld();

it('behavior: every channel that is set hears of a crash, and none of a secret', async () => {
  const channels = await openEveryChannel({ PAGERDUTY_MIN_SEVERITY: 'critical' });
  try {
    const secret = roles.bot.privateKey;
    await world.start({ ...channels.env, FAKE_MODE: 'throw', FAKE_BOT_KEY: secret }).exited;
    for (const name of httpChannelNames) {
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
  const folder = world.folder();
  const bot = world.start({
    RPC_URL: `${world.proxy.rpcUrl}/v2/${urlKey}`,
    FAKE_BOT_KEY: secret,
    FAKE_MODE: 'send',
    STATE_DIR: folder,
    HEARTBEAT_URL: heartbeat.pingUrl('a-token'),
  });
  await ready(bot);
  const message = `denied for ${urlKey} and ${secret}, ${encodeURIComponent(`"${urlKey}"`)}`;
  world.proxy.intercept(() => ({ error: { code: -32_000, message } }));
  const shown = await until('an alert about it', async () => {
    const { body } = await bot.get('/status');
    return body.includes('denied for') && body;
  });
  const metrics = (await bot.get('/metrics')).body;
  world.proxy.intercept(undefined);
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
    for (const name of httpChannelNames) if (name !== 'webhook') channels[name].sink.behave('hang');
    const bot = world.start({ ...channels.env, FAKE_MODE: 'five' });
    await until('all five', () => channels.webhook.sink.items.length === 5);
    const rounds = async () => JSON.parse((await bot.get('/status')).body).rounds.completed;
    const before = await rounds();
    await until('two more rounds', async () => (await rounds()) >= before + 2);
    expect(bot.lines.filter(({ message }) => message.startsWith('alert opened'))).toHaveLength(5);
    for (const name of httpChannelNames)
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
    const same = { ...channels.env, FAKE_MODE: 'five', STATE_DIR: world.folder() };
    const about = (sink: AnySink, what: string) =>
      sink.items.filter(({ rawBody }) => rawBody.includes('channel-moved') && rawBody.includes(what)).length;
    const others = ['webhook', 'slack', 'rollbar'] as const;
    const first = world.start(same);
    await until('told everywhere', () =>
      [telegram, ...others.map(name => channels[name].sink)].every(
        sink => about(sink, 'TELEGRAM_CHAT_ID=-100999') === 1,
      ),
    );
    // A delivery that is not on disk before the kill would be repeated. `/status` shows what is in memory.
    const ledger = join(same.STATE_DIR, 'fake-alerts.jsonl');
    await until('every delivery to be recorded', () => {
      const { conditions, waiting } = readLedger(ledger);
      return waiting.size === 0 && [...conditions.keys()].some(key => key.includes('channel-moved'));
    });
    await first.stop('SIGKILL');
    const second = world.start(same);
    await ready(second);
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    expect([telegram, channels.webhook.sink].map(sink => about(sink, 'TELEGRAM_CHAT_ID=-100999'))).toEqual([
      1, 1,
    ]);
    const third = world.start({ ...same, TELEGRAM_CHAT_ID: '-100999' });
    const ended = ({ message }: { message: string }) =>
      message.startsWith('alert resolved: the address of a channel has changed');
    expect(await third.waitForLine(ended)).toMatchObject({ ending: 'the channel has another address now' });
    await until('told of the end', () => about(telegram, 'resolved') === 1);
    expect(new Set(telegram.items.map(({ chatId }) => chatId))).toEqual(new Set(['-100999']));
  } finally {
    await channels.close();
  }
});

it('behavior: killed, the next process still knows when each channel last took something', async () => {
  const same = { FAKE_MODE: 'five', STATE_DIR: world.folder() };
  const lastDelivered = async (bot: BotProcess) =>
    JSON.parse((await bot.get('/status')).body).channels[0].lastDelivered as string | undefined;
  const first = world.start(same);
  await until('delivered', () => world.rollbar.items.length === 5);
  const before = await until('shown', () => lastDelivered(first));
  await first.stop('SIGKILL');
  const second = world.start(same);
  await ready(second);
  expect(Date.parse((await lastDelivered(second)) ?? '')).toBeGreaterThanOrEqual(Date.parse(before));
});

describe('a file of owners', () => {
  const owners = async (text: string) => {
    const path = join(world.stateDir, 'owners.yaml');
    await writeFile(path, text);
    return { OWNERS_FILE: path };
  };

  it('behavior: names the owner in an alert', async () => {
    const everything = 'people: { ada: x }\nrules: [{ name: everything, page: ada }]';
    world.start({ ...(await owners(everything)), FAKE_MODE: 'throw' });
    const item = await world.rollbar.waitForItem(({ context }) => context === 'fake#crashed');
    expect(item.custom?.alert).toMatchObject({ owner: 'ada (everything)' });
  });

  it('error: all checks without an owner are listed, and the bot does not start', async () => {
    const little =
      'people: { ada: x }\nrules: [{ name: crashes, check: crashed, page: ada, channels: slack }]';
    const bot = world.start(await owners(little));
    expect(await bot.exited).toMatchObject({ code: 78 });
    expect(await world.rollbar.waitForItem()).toMatchObject({
      level: 'critical',
      context: 'fake#cannot-start',
    });
    expect(bot.output).toContain('OWNERS_FILE: fake: no owner for cannot-start.');
    expect(bot.output).toContain('OWNERS_FILE: fake: no owner for policy-violation.');
    expect(bot.output).toContain('OWNERS_FILE: alerts of fake go to slack, which is not configured.');
  });
});

describe('alerts outlive their process', () => {
  const five = ['one', 'two', 'three', 'four', 'five'];
  const opened = () =>
    world.rollbar.items
      .filter(({ message }) => message?.includes('is broken'))
      .map(({ context }) => context?.replace('fake#', ''));
  const raised = (bot: BotProcess) =>
    bot.waitForLine(line => line.check === 'five' && line.message.startsWith('alert opened'));
  const env = () => ({ FAKE_MODE: 'five', STATE_DIR: world.folder() });

  it.each(['hang', 'ok'] as const)(
    'behavior: killed after five, while Rollbar is %s: all five arrive after the restart, each twice at most',
    async behaviour => {
      world.rollbar.behave(behaviour);
      const same = env();
      const first = world.start(same);
      await raised(first);
      const ledger = join(same.STATE_DIR, 'fake-alerts.jsonl');
      const saved = () => existsSync(ledger) && readFileSync(ledger, 'utf8').includes('five is broken');
      await until('all five are on disk', saved);
      await first.stop('SIGKILL');
      world.rollbar.behave('ok');
      const second = world.start(same);
      await until('all five', () => five.every(check => opened().includes(check)));
      await ready(second);
      expect(await second.stop()).toEqual({ code: 0, signal: null });
      for (const check of five) {
        const times = opened().filter(each => each === check).length;
        expect(times).toBeGreaterThanOrEqual(1);
        expect(times).toBeLessThanOrEqual(2);
      }
      // The alerts still hold, and were reported.
      expect(second.lines.filter(({ message }) => message.startsWith('alert opened'))).toEqual([]);
    },
  );

  it('behavior: stopped in good order with Rollbar down, the rest is sent after the restart, once', async () => {
    world.rollbar.behave('fail');
    const same = env();
    const first = world.start(same);
    await raised(first);
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    world.rollbar.behave('ok');
    world.start(same);
    await until('all five', () => five.every(check => opened().includes(check)));
    expect(opened().sort()).toEqual([...five].sort());
  });

  it('behavior: resolves the alert about a crash once the next process completes rounds', async () => {
    const same = { ...env(), ALERT_RESOLVE_AFTER_SECONDS: '0' };
    const first = world.start({ ...same, FAKE_MODE: 'throw' });
    expect((await first.exited).code).toBe(1);
    const second = world.start({ ...same, FAKE_MODE: 'watch' });
    const end = await second.waitForLine(({ message }) =>
      message.startsWith('alert resolved: the bot crashed'),
    );
    expect(end).toMatchObject({ level: 'info', check: 'crashed' });
  });
});
