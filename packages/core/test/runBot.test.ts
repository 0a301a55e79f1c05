import { describe, expect, it } from '@jest/globals';
import { assertNoSecret, roles, startAnvil, startHeartbeat, timed, until } from '@service-bots/devnet';
import { httpChannelNames, openEveryChannel } from './support/everyChannel.ts';
import { ProcessWorld, ready } from './support/processWorld.ts';

const pool = `0x${'aa'.repeat(20)}`;
const world = new ProcessWorld();

describe('a mistake in the set-up ends the process with 78', () => {
  it('default: a configuration that cannot be used: all its problems at once, on stderr', async () => {
    const bot = world.start({ RPC_URL: 'localhost:8545', CHAIN_ID: 'mainnet', MAX_FEE_GWEI: 'a lot' });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    for (const variable of ['RPC_URL', 'CHAIN_ID', 'MAX_FEE_GWEI']) expect(bot.output).toContain(variable);
    expect(bot.lines.filter(({ level }) => level === 'critical')).toHaveLength(2);
  });

  it('behavior: every channel that can be read hears of it, whatever else is wrong, one of them included', async () => {
    const channels = await openEveryChannel({ PAGERDUTY_MIN_SEVERITY: 'critical' });
    try {
      const secret = '0xnot-a-key-but-secret-all-the-same';
      const wrong = { RPC_URL: 'localhost:8545', FAKE_BOT_KEY: secret, SLACK_WEBHOOK_URL: 'hooks.slack.com' };
      expect(await world.start({ ...channels.env, ...wrong }).exited).toEqual({ code: 78, signal: null });
      for (const name of httpChannelNames) {
        const items = channels[name].sink.items.filter(({ rawBody }) => rawBody.includes('cannot-start'));
        expect([name, items.length]).toEqual([name, name === 'slack' ? 0 : 1]);
        assertNoSecret(name, items[0]?.rawBody ?? '', [secret]);
      }
      expect(channels.webhook.sink.items[0]?.rawBody).toContain('SLACK_WEBHOOK_URL');
    } finally {
      await channels.close();
    }
  });

  it('behavior: a proxy variable that applies to a configured host, named to people without its value', async () => {
    const secrets = ['the-password-of-the-proxy', 'a-uuid-of-the-heartbeat'];
    const bot = world.start({
      HEARTBEAT_URL: `https://hc.example.com/${secrets[1]}`,
      HTTPS_PROXY: `http://bot:${secrets[0]}@proxy.internal:3128`,
      HTTP_PROXY: 'http://proxy.internal:3128',
    });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    const [item] = world.rollbar.items;
    for (const text of [bot.output, item?.rawBody ?? '']) {
      expect(text).toContain('HTTPS_PROXY: names a proxy for hc.example.com (HEARTBEAT_URL), but this bot');
      expect(text).not.toContain('HTTP_PROXY:');
      assertNoSecret('text', text, secrets);
    }
  });

  it('behavior: repeated restarts by a supervisor raise one alert, which is resolved once the bot works', async () => {
    const same = { STATE_DIR: world.folder(), ALERT_RESOLVE_AFTER_SECONDS: '0' };
    for (let times = 0; times < 3; times += 1)
      expect(await world.start({ ...same, MAX_FEE_GWEI: 'a lot' }).exited).toMatchObject({ code: 78 });
    expect(world.rollbar.items.map(({ context }) => context)).toEqual(['fake#cannot-start']);
    const right = world.start(same);
    await right.waitForLine(({ message }) => message.startsWith('alert resolved: the bot cannot start'));
  });

  it('behavior: a node of another chain', async () => {
    const bot = world.start({ CHAIN_ID: '1' });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).toContain('serves chain 31337, but CHAIN_ID is 1');
    expect(await world.rollbar.waitForItem()).toMatchObject({
      level: 'critical',
      context: 'fake#cannot-start',
      environment: 'fake-mainnet',
    });
  });

  it('behavior: no key on a chain that is not local', async () => {
    const live = await startAnvil({ chainId: 1 });
    const bot = world.start({ RPC_URL: live.rpcUrl, FAKE_MODE: 'send' });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).toContain('FAKE_BOT_KEY: is not set: on mainnet (chain 1)');
    await live.stop();
  });

  it('behavior: no key on a private chain that has the local chain’s number', async () => {
    world.proxy.intercept(({ method }) =>
      method === 'web3_clientVersion' ? { result: 'Geth/v1.16.0/linux' } : undefined,
    );
    const bot = world.start({ FAKE_MODE: 'send' });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).toContain('FAKE_BOT_KEY: is not set: on devnet (chain 31337)');
  });

  it('behavior: a status port that is taken', async () => {
    const bot = world.start({ STATUS_PORT: `${world.proxy.port}` });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).toContain(
      `STATUS_PORT: 127.0.0.1:${world.proxy.port} is in use by another process (EADDRINUSE)`,
    );
    expect(await world.rollbar.waitForItem()).toMatchObject({
      level: 'critical',
      context: 'fake#cannot-start',
    });
  });
});

describe('SIGTERM', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('default: %s ends it with 0', async signal => {
    const bot = world.start();
    await ready(bot);
    expect(await bot.stop(signal)).toEqual({ code: 0, signal: null });
    expect(bot.lines.at(-1)?.message).toBe('stopped');
  });

  it('behavior: also while it waits for its chain', async () => {
    world.proxy.behave('refuse');
    const bot = world.start();
    await bot.waitForLine(({ message }) => message.startsWith('no RPC endpoint answers'));
    expect(await bot.stop()).toEqual({ code: 0, signal: null });
  });

  it('behavior: finishes the transaction in hand', async () => {
    await world.anvil.time.setAutomine(false);
    const bot = world.start({ FAKE_MODE: 'send', FAKE_BOT_KEY: roles.bot.privateKey });
    await bot.waitForLine(({ message }) => message === 'transaction handed to the node');
    bot.kill('SIGTERM');
    await bot.waitForLine(({ message }) => message.startsWith('stopping'));
    await world.anvil.time.mine();
    await bot.waitForLine(({ message, status }) => message === 'touched' && status === 'mined');
    expect(await bot.exited).toEqual({ code: 0, signal: null });
  });

  it('behavior: well within 10 s, though a transaction is not mined, and all hang: node, Rollbar, dead man’s switch', async () => {
    await world.anvil.time.setAutomine(false);
    const heartbeat = await startHeartbeat();
    const bot = world.start({
      FAKE_MODE: 'send',
      FAKE_BOT_KEY: roles.bot.privateKey,
      HEARTBEAT_URL: heartbeat.pingUrl('f1e2d3c4-0002'),
    });
    await bot.waitForLine(({ message }) => message === 'transaction handed to the node');
    world.proxy.behave('hang');
    world.rollbar.behave('hang');
    heartbeat.behave('hang');
    const { ms } = await timed(async () => expect(await bot.stop()).toEqual({ code: 0, signal: null }));
    expect(ms).toBeLessThan(9_500);
    await heartbeat.close();
  });

  it('behavior: a dead man’s switch that hangs is not waited for to the last', async () => {
    const heartbeat = await startHeartbeat();
    const bot = world.start({ HEARTBEAT_URL: heartbeat.pingUrl('f1e2d3c4-0003') });
    await ready(bot);
    heartbeat.behave('hang');
    const { ms } = await timed(async () => expect(await bot.stop()).toEqual({ code: 0, signal: null }));
    // A stop takes 2 s; 8.5 s when only the last resort ends the process.
    expect(ms).toBeLessThan(6_000);
    await heartbeat.close();
  });
});

describe('what nobody caught ends it with 1, and somebody is told', () => {
  it.each([
    ['an exception', 'throw', 'nobody catches this'],
    ['a rejection', 'reject', 'nobody awaits this'],
  ])('default: %s arrives as critical', async (_, mode, message) => {
    const bot = world.start({ FAKE_MODE: mode });
    expect(await bot.exited).toEqual({ code: 1, signal: null });
    const item = await world.rollbar.waitForItem(({ context }) => context === 'fake#crashed');
    expect(item).toMatchObject({ level: 'critical', environment: 'fake-devnet' });
    expect(item.message).toContain(message);
    // The code around the frame is included, though Node names a module by its URL.
    const [trace] = (item.data.body as { trace_chain: { frames: Record<string, unknown>[] }[] }).trace_chain;
    expect(trace?.frames.at(-1)).toMatchObject({
      filename: expect.stringMatching(/^\/.*fakeBot[^/]*\.mjs$/),
      code: expect.stringContaining(message),
    });
  });

  it.each(['throw', 'reject'])('behavior: within 5 s, though whatever it talks to hangs (%s)', async mode => {
    const [channels, heartbeat] = await Promise.all([openEveryChannel(), startHeartbeat()]);
    const sinks = [heartbeat, ...httpChannelNames.map(name => channels[name].sink)];
    for (const sink of sinks) sink.behave('hang');
    try {
      const bot = world.start({
        ...channels.env,
        HEARTBEAT_URL: heartbeat.pingUrl('a-token'),
        FAKE_MODE: mode,
      });
      await bot.waitForLine(({ level, message }) => level === 'critical' && message.includes('crashed'));
      world.proxy.behave('hang');
      const { ms } = await timed(async () => expect(await bot.exited).toEqual({ code: 1, signal: null }));
      expect(ms).toBeLessThan(5_000);
    } finally {
      await Promise.all([channels.close(), heartbeat.close()]);
    }
  });

  it('behavior: also a defect on the way to the first request', async () => {
    const bot = world.start({ FAKE_MODE: 'defect-at-start' });
    expect(await bot.exited).toEqual({ code: 1, signal: null });
    const item = await world.rollbar.waitForItem(({ context }) => context === 'fake#crashed');
    expect(item.message).toContain('nobody has tried this');
    expect(bot.lines.filter(({ message }) => message.startsWith('an uncaught error'))).toHaveLength(1);
  });

  it('behavior: one before there are any channels is one JSON line, in which every value given is a secret', async () => {
    const bot = world.start({ FAKE_MODE: 'defect-in-table', FAKE_BOT_KEY: roles.bot.privateKey });
    expect(await bot.exited).toEqual({ code: 1, signal: null });
    expect(bot.lines).toMatchObject([{ level: 'critical', bot: 'fake', error: { name: 'Error' } }]);
    expect(bot.output).toContain('no table beside');
    assertNoSecret('output', bot.output, [roles.bot.privateKey]);
  });

  it('behavior: a delivery that fails at first is tried again before the end', async () => {
    world.rollbar.behave('fail');
    const bot = world.start({ FAKE_MODE: 'throw' });
    await until('refused', () => world.rollbar.requests.length > 0);
    world.rollbar.behave('ok');
    expect(await bot.exited).toEqual({ code: 1, signal: null });
    expect(world.rollbar.items.map(({ context }) => context)).toEqual(['fake#crashed']);
  });
});

describe('without a key', () => {
  it('default: on a local development chain it works with a throwaway wallet', async () => {
    const bot = world.start({ FAKE_MODE: 'send' });
    await bot.waitForLine(({ message, status }) => message === 'touched' && status === 'mined');
    expect(bot.output).toContain('using a throwaway wallet');
  });

  it('behavior: in a dry run nothing is sent', async () => {
    const bot = world.start({ FAKE_MODE: 'send', DRY_RUN: 'true' });
    world.proxy.resetCounts();
    await bot.waitForLine(({ message, status }) => message === 'touched' && status === 'dry-run');
    expect(world.proxy.callCount('eth_sendRawTransaction')).toBe(0);
    expect(await bot.stop()).toEqual({ code: 0, signal: null });
  });
});

it('behavior: killed with a transaction in flight, the next process takes it up: one transaction', async () => {
  await world.anvil.time.setAutomine(false);
  const env = {
    FAKE_MODE: 'send',
    FAKE_BOT_KEY: roles.bot.privateKey,
    FAKE_POOL: pool,
    STATE_DIR: world.stateDir,
  };
  const first = world.start(env);
  const isHandedOver = ({ message }: { message: string }) => message === 'transaction handed to the node';
  const { hash, nonce } = await first.waitForLine(isHandedOver);
  await first.stop('SIGKILL');
  const second = world.start(env);
  await second.waitForLine(line => line.message.startsWith('found in flight') && line.hash === hash);
  await world.anvil.time.mine();
  await second.waitForLine(line => line.message === 'transaction mined' && line.hash === hash);
  // No other transaction was sent: its next work, decided afterwards, has the next nonce.
  const { nonce: next } = await second.waitForLine(isHandedOver);
  expect(next).toBe(Number(nonce) + 1);
});

it('behavior: a dead man’s switch hears of the start, of completed rounds, and of a wanted stop', async () => {
  const heartbeat = await startHeartbeat();
  const bot = world.start({ HEARTBEAT_URL: heartbeat.pingUrl('f1e2d3c4-0001') });
  const { body } = await heartbeat.waitForItem(({ kind }) => kind === 'success');
  expect(JSON.parse(body)).toMatchObject({ chain: 'devnet', pools: 1, failing: 0, openAlerts: [] });
  expect(await bot.stop()).toEqual({ code: 0, signal: null });
  expect(heartbeat.items.map(({ kind }) => kind)).toEqual(['start', 'success', 'log']);
  expect(bot.output).not.toContain('f1e2d3c4');
  await heartbeat.close();
});
