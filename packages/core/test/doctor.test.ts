import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  assertNoSecret,
  roles,
  startAnvil,
  startProxy,
  startWebhook,
} from '@service-bots/devnet';
import { SetupError } from '../src/errors/index.ts';
import { examine } from '../src/runtime/setup/examine.ts';
import { type Finding, renderFindings } from '../src/runtime/setup/finding.ts';
import { fakeBot, poolA, poolB, script } from './support/fakeBot.ts';

const pathKey = 'the-key-in-the-path-of-the-url';
let anvil: Anvil;
let other: Anvil;
let stateDir: string;

beforeAll(async () => {
  [anvil, other] = await Promise.all([startAnvil(), startAnvil({ chainId: 5 })]);
  stateDir = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterAll(async () => {
  await Promise.all([anvil.stop(), other.stop()]);
  rmSync(stateDir, { recursive: true });
});

const check = (env: Record<string, string> = {}, play = script()) =>
  examine(fakeBot(play, ['poke()']), { RPC_URL: anvil.rpcUrl, STATE_DIR: stateDir, ...env });
/** The answer of a node that is not anvil. */
const live = ({ method }: { method: string }) =>
  method === 'web3_clientVersion' ? { result: 'Geth/v1.16.0/linux' } : undefined;
const of = (findings: readonly Finding[], what: string) => findings.find(each => each.what.startsWith(what));
const worst = (findings: readonly Finding[]) => findings.filter(({ verdict }) => verdict === 'fail');

describe('examine', () => {
  it('default: a set-up that works has no failure, and nothing is left behind', async () => {
    const findings = await check({ FAKE_BOT_KEY: roles.bot.privateKey });
    expect(worst(findings)).toEqual([]);
    expect(of(findings, 'endpoint')?.detail).toMatch(/^chain 31337 \(devnet\), block \d+, \d+ ms$/);
    expect(of(findings, 'wallet')).toMatchObject({ verdict: 'ok' });
    expect(of(findings, 'wallet')?.detail).toContain(`${roles.bot.address} holds 10000.0`);
    expect(of(findings, 'contracts')?.detail).toContain('2 found');
    expect(readdirSync(stateDir)).toEqual([]);
    expect(await anvil.provider.getTransactionCount(roles.bot.address)).toBe(0);
  });

  it('behavior: every variable that is wrong is a line of its own', async () => {
    const findings = await check({ RPC_URL: 'nonsense', LOG_LEVEL: 'loud' });
    expect(findings.map(({ verdict, what }) => [verdict, what])).toEqual([
      ['fail', 'RPC_URL'],
      ['fail', 'LOG_LEVEL'],
      // There is no chain to ask whether it needs no key.
      ['fail', 'FAKE_BOT_KEY'],
    ]);
  });

  it('behavior: a proxy variable that applies to a configured host is a failure, and its value is not shown', async () => {
    const proxy = 'http://bot:the-password-of-the-proxy@proxy.internal:3128';
    const env = { HEARTBEAT_URL: 'https://hc.example.com/a-uuid', HTTPS_PROXY: proxy };
    const findings = await check({ ...env, FAKE_BOT_KEY: roles.bot.privateKey });
    expect(findings).toMatchObject([
      {
        verdict: 'fail',
        what: 'HTTPS_PROXY',
        detail: expect.stringMatching(
          /a proxy for hc\.example\.com \(HEARTBEAT_URL\).*add hc\.example\.com to NO_PROXY$/,
        ),
      },
    ]);
    assertNoSecret('findings', JSON.stringify(findings), ['the-password-of-the-proxy', 'a-uuid']);
  });

  it('behavior: what only the chain can tell of a refused environment is told with it, where it can be asked', async () => {
    const asked: unknown[] = [];
    const bot = {
      ...fakeBot(script(), ['poke()']),
      problemsOnChain: async ({
        config,
        chain,
      }: {
        config: { STATE_DIR?: string };
        chain: { id: number };
      }) => {
        asked.push([config.STATE_DIR, chain.id]);
        return [{ variable: 'REGISTRY_ADDRESS', problem: `is empty, says ${anvil.rpcUrl}/?key=${pathKey}` }];
      },
    };
    const env = { RPC_URL: `${anvil.rpcUrl}/?key=${pathKey}`, STATE_DIR: stateDir, LOG_LEVEL: 'loud' };
    const findings = await examine(bot, env);
    expect(findings.map(({ what }) => what)).toEqual(['LOG_LEVEL', 'REGISTRY_ADDRESS']);
    expect(findings[1]?.detail).toContain('is empty');
    assertNoSecret('the findings', JSON.stringify(findings), [pathKey]);
    expect(asked).toEqual([[stateDir, 31337]]);

    expect((await examine(bot, { ...env, RPC_URL: 'nonsense' })).map(({ what }) => what)).toEqual([
      'RPC_URL',
      'LOG_LEVEL',
      'FAKE_BOT_KEY',
    ]);
    expect(asked).toHaveLength(1);
  });

  it('behavior: an endpoint that is down and one on another chain are told apart', async () => {
    const urls = `${anvil.rpcUrl},${other.rpcUrl},http://127.0.0.1:1`;
    const findings = await check({ RPC_URL: urls, CHAIN_ID: '31337' });
    expect(worst(findings).map(({ detail }) => detail)).toEqual([
      'serves chain 5, not 31337',
      expect.stringContaining('ECONNREFUSED'),
    ]);
    expect(of(findings, 'contracts')?.verdict).toBe('ok');
  });

  it('behavior: an empty wallet fails, one that runs low is a warning', async () => {
    const key = `0x${'77'.repeat(32)}`;
    expect(of(await check({ FAKE_BOT_KEY: key }), 'wallet')).toMatchObject({ verdict: 'fail' });
    const address = /0x\w+/.exec(of(await check({ FAKE_BOT_KEY: key }), 'wallet')?.detail ?? '')?.[0];
    await anvil.send('anvil_setBalance', [address, '0x1']);
    expect(of(await check({ FAKE_BOT_KEY: key }), 'wallet')).toMatchObject({ verdict: 'warn' });
  });

  it('behavior: contracts that are not there fail, with what the bot says of them', async () => {
    const play = script();
    play.discover = async () => {
      throw new SetupError('there is no contract at 0x12');
    };
    expect(of(await check({}, play), 'contracts')).toMatchObject({
      verdict: 'fail',
      detail: 'there is no contract at 0x12',
    });
  });

  it('behavior: a state folder that cannot be written fails', async () => {
    const file = join(stateDir, 'a-file');
    writeFileSync(file, '');
    const finding = of(await check({ STATE_DIR: join(file, 'state') }), 'disk');
    rmSync(file);
    expect(finding).toMatchObject({ verdict: 'fail', detail: expect.stringContaining('ENOTDIR') });
  });

  it('behavior: a chain that stands still, or a clock that is wrong, fails; in a rehearsal it is a warning', async () => {
    const late = await startAnvil({ timestamp: Math.floor(Date.now() / 1000) - 86_400 });
    const early = await startAnvil({ timestamp: Math.floor(Date.now() / 1000) + 3_600 });
    try {
      const found = await Promise.all([check({ RPC_URL: late.rpcUrl }), check({ RPC_URL: early.rpcUrl })]);
      expect(found.map(findings => of(findings, 'clock')?.verdict)).toEqual(['warn', 'warn']);
      expect(of(found[1] ?? [], 'clock')?.detail).toContain('behind');
      const real = await startProxy(late);
      real.intercept(live);
      expect(of(await check({ RPC_URL: real.rpcUrl }), 'clock')?.verdict).toBe('fail');
      await real.close();
    } finally {
      await Promise.all([late.stop(), early.stop()]);
    }
  });

  it('behavior: a channel whose host does not answer fails; one that does is asked for nothing but its front page', async () => {
    const webhook = await startWebhook();
    try {
      const findings = await check({
        WEBHOOK_URL: `${webhook.url}/${pathKey}`,
        SLACK_WEBHOOK_URL: `http://127.0.0.1:1/${pathKey}`,
      });
      expect(worst(findings).map(({ what, detail }) => [what, detail])).toContainEqual([
        'channel slack',
        expect.stringMatching(/^127.0.0.1:1 does not answer: /),
      ]);
      expect(of(findings, 'alert channels')?.detail).toMatch(/^slack, webhook /);
      expect(of(findings, 'channel webhook')).toBeUndefined();
      expect(webhook.requests.map(({ method, path }) => [method, path])).toEqual([['HEAD', '/']]);
    } finally {
      await webhook.close();
    }
  });

  it('behavior: without any channel it warns, and names the variables that set one, also on a live chain', async () => {
    const real = await startProxy(anvil);
    real.intercept(live);
    for (const RPC_URL of [anvil.rpcUrl, real.rpcUrl]) {
      const findings = await check({ RPC_URL, FAKE_BOT_KEY: roles.bot.privateKey });
      expect(of(findings, 'alert channels')).toMatchObject({
        verdict: 'warn',
        detail: expect.stringMatching(/set one of ROLLBAR_API_KEY, .*TELEGRAM_BOT_TOKEN/),
      });
      expect(worst(findings)).toEqual([]);
    }
    await real.close();
  });

  it('behavior: the wallet’s address is told also where no endpoint answers', async () => {
    const env = { RPC_URL: 'http://127.0.0.1:1', FAKE_BOT_KEY: roles.bot.privateKey };
    expect(of(await check(env), 'wallet')).toEqual({
      verdict: 'warn',
      what: 'wallet',
      detail: `${roles.bot.address}, whose balance no endpoint reports`,
    });
    expect(of(await check({ RPC_URL: 'http://127.0.0.1:1' }), 'wallet')).toMatchObject({ verdict: 'warn' });
  });

  it('behavior: nothing to look after fails', async () => {
    expect(of(await check({}, script({ pools: [] })), 'contracts')).toMatchObject({ verdict: 'fail' });
  });

  it('behavior: no secret is in the table', async () => {
    const url = `${anvil.rpcUrl}/?key=${pathKey}`;
    const secrets = [pathKey, roles.bot.privateKey];
    const env = { RPC_URL: `${url},http://127.0.0.1:1/${pathKey}`, FAKE_BOT_KEY: roles.bot.privateKey };
    assertNoSecret('the table', renderFindings('test', await check(env)), secrets);
  });
});

describe('renderFindings', () => {
  it('default', () => {
    const findings: Finding[] = [
      { verdict: 'ok', what: 'disk', detail: '5 GB free' },
      { verdict: 'fail', what: 'wallet', detail: `${poolA} and ${poolB}` },
    ];
    expect(renderFindings('test', findings)).toBe(
      `ok    test  disk    5 GB free\nfail  test  wallet  ${poolA} and ${poolB}\n`,
    );
  });
});
