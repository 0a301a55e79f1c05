import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { roles, timed, until } from '@service-bots/devnet';
import { ProcessWorld, ready } from './support/processWorld.ts';

const world = new ProcessWorld();
const bounds = { ROUND_TIMEOUT_SECONDS: '1', ROUND_STUCK_SECONDS: '2' };
/** The bounds of a process that is to survive its wait. */
const longer = { ROUND_TIMEOUT_SECONDS: '2', ROUND_STUCK_SECONDS: '4' };
const longerMs = 5_000;
/** The bounds of a process that is to survive: its start takes seconds on a busy machine. */
const ample = { ROUND_TIMEOUT_SECONDS: '15', ROUND_STUCK_SECONDS: '30' };
const alerts = () => world.rollbar.items.map(({ context, level }) => `${level} ${context}`);
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);

describe('a step that never ends ends the process with 1, once its alert is delivered', () => {
  it.each([
    ['a round', 'hang-round', 'a round has not ended for 2 s'],
    ['the discovery at the start', 'hang-discover', 'the discovery of pools has not ended for 2 s'],
  ])('default: %s', async (_, mode, message) => {
    const bot = world.start({ ...bounds, FAKE_MODE: mode });
    expect(await bot.exited).toEqual({ code: 1, signal: null });
    const item = world.rollbar.items.find(({ context }) => context === 'fake#round-stuck');
    expect(item).toMatchObject({ level: 'critical' });
    expect(item?.message).toContain(message);
    expect(bot.lines.map(({ message: line }) => line)).toContainEqual(expect.stringContaining(message));
  });

  it('behavior: a node that refuses connections is no such step: the bot goes on trying', async () => {
    world.proxy.behave('refuse');
    const bot = world.start(longer);
    const tries = () => bot.lines.filter(({ message }) => message.startsWith('no RPC endpoint answers'));
    await bot.waitForLine(({ message }) => message.startsWith('no RPC endpoint answers'));
    const from = performance.now();
    // The wait is longer than the bound.
    await until('tries', () => tries().length >= 6 && performance.now() - from > longerMs);
    world.proxy.behave('pass');
    await ready(bot);
    expect(alerts()).not.toContain('critical fake#round-stuck');
  });

  it('behavior: a channel that is down at first still gets the alert before the end', async () => {
    world.rollbar.behave('fail');
    const bot = world.start({ ...bounds, FAKE_MODE: 'hang-round' });
    await bot.waitForLine(({ message }) => message.includes('has not ended for 2 s'));
    await until('refused', () => world.rollbar.requests.length > 0);
    world.rollbar.behave('ok');
    expect(await bot.exited).toEqual({ code: 1, signal: null });
    expect(alerts()).toContain('critical fake#round-stuck');
  });

  it('behavior: a channel that hangs does not keep the process: the next one delivers', async () => {
    const same = { ...bounds, STATE_DIR: world.folder() };
    world.rollbar.behave('hang');
    const bot = world.start({ ...same, FAKE_MODE: 'hang-round' });
    await bot.waitForLine(({ message }) => message.includes('has not ended for 2 s'));
    const { ms, value: exit } = await timed(() => bot.exited);
    expect(exit).toEqual({ code: 1, signal: null });
    expect(ms).toBeLessThan(19_000);
    world.rollbar.behave('ok');
    world.rollbar.clear();
    world.start({ ...same, ...ample });
    await world.rollbar.waitForItem(({ context }) => context === 'fake#round-stuck');
  });

  it('behavior: the next process has the lease at once, and the alert is resolved once rounds complete', async () => {
    const same = { ...bounds, STATE_DIR: world.folder(), ALERT_RESOLVE_AFTER_SECONDS: '0' };
    await world.start({ ...same, FAKE_MODE: 'hang-round' }).exited;
    const next = world.start({ ...same, ...ample });
    await next.waitForLine(({ message }) =>
      message.startsWith('alert resolved: the bot was stuck and ended itself'),
    );
    expect(next.lines.map(({ message }) => message)).not.toContainEqual(
      expect.stringContaining('standing by'),
    );
  });

  it('behavior: a transaction in hand is finished, and the next process sends nothing twice', async () => {
    const same = {
      ROUND_TIMEOUT_SECONDS: '2',
      ROUND_STUCK_SECONDS: '4',
      FAKE_BOT_KEY: roles.bot.privateKey,
      STATE_DIR: world.folder(),
    };
    await world.anvil.time.setAutomine(false);
    const first = world.start({ ...same, FAKE_MODE: 'send-and-hang' });
    const { hash, nonce } = await first.waitForLine(
      ({ message }) => message === 'transaction handed to the node',
    );
    expect(await first.exited).toEqual({ code: 1, signal: null });
    const second = world.start({ ...same, ...ample, FAKE_MODE: 'send' });
    await second.waitForLine(line => line.message.startsWith('found in flight') && line.hash === hash);
    await world.anvil.time.mine();
    await second.waitForLine(line => line.message === 'transaction mined' && line.hash === hash);
    const next = await second.waitForLine(({ message }) => message === 'transaction handed to the node');
    expect(next.nonce).toBe(Number(nonce) + 1);
  });

  it('error: a bound that a round in good order exceeds is refused', async () => {
    const bot = world.start({ ROUND_TIMEOUT_SECONDS: '60', ROUND_STUCK_SECONDS: '100' });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).toContain('ROUND_STUCK_SECONDS: is less than twice ROUND_TIMEOUT_SECONDS');
  });
});

describe('an event loop that is blocked', () => {
  it('default: has the process killed from outside, and the next one raises the alert', async () => {
    const same = { ...bounds, STATE_DIR: world.folder(), ALERT_RESOLVE_AFTER_SECONDS: '0' };
    const bot = world.start({ ...same, FAKE_MODE: 'block' });
    expect(await bot.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(bot.output).toContain('the event loop was blocked for 2 s');
    const next = world.start({ ...same, ...ample });
    const item = await world.rollbar.waitForItem(({ context }) => context === 'fake#round-stuck');
    expect(item).toMatchObject({ level: 'critical' });
    expect(item.message).toContain('the event loop was blocked for 2 s');
    await next.waitForLine(({ message }) => message.startsWith('alert resolved: the bot was stuck'));
    expect(readdirSync(same.STATE_DIR)).not.toContain('fake-killed.json');
  });

  it('behavior: a process that works is left alone, and its shell ends with it', async () => {
    const bot = world.start(longer);
    await ready(bot);
    const shells = childrenOf(bot.pid);
    expect(shells).toHaveLength(1);
    // The wait is longer than the bound.
    await pause(longerMs);
    expect(childrenOf(bot.pid)).toEqual(shells);
    expect(await bot.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    await until('the shell has ended', () => !existsSync(`/proc/${shells[0]}`));
  });

  it('behavior: a note that makes no sense, or of last week, pages nobody', async () => {
    for (const note of ['nonsense', '{"at":"2026-01-01T00:00:00Z","seconds":600}']) {
      const folder = world.folder();
      writeFileSync(join(folder, 'fake-killed.json'), note);
      const bot = world.start({ STATE_DIR: folder });
      await ready(bot);
      expect(bot.lines.filter(({ level }) => level === 'critical')).toEqual([]);
      expect(bot.lines.filter(({ level }) => level === 'warning')).toHaveLength(1);
    }
  });
});
