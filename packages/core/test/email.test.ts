import { afterEach, describe, expect, it } from '@jest/globals';
import { type SmtpOptions, type SmtpSink, startSmtp } from '@service-bots/devnet';
import { z } from 'zod';
import { examineMailServer } from '../src/alerts/channels/email.ts';
import {
  alertVariables,
  type Channel,
  DeliveryFailed,
  type Notice,
  openChannels,
} from '../src/alerts/index.ts';
import { ConfigError, loadConfig } from '../src/config/index.ts';
import { Redactor } from '../src/logger/index.ts';
import { notice } from './support/notice.ts';

const password = 'the-password-at-the-mail-server';
const servers: SmtpSink[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => server.close()));
});

async function open(options: SmtpOptions = {}, env: Record<string, string> = {}) {
  const server = await startSmtp({ isClear: true, ...options });
  servers.push(server);
  return { server, channel: channelOf({ SMTP_URL: `smtp://127.0.0.1:${server.port}`, ...env }) };
}

function channelOf(env: Record<string, string>): Channel {
  const given = { EMAIL_TO: 'ann@example.com, bob@example.com', EMAIL_FROM: 'bots@example.com', ...env };
  const { config, secrets } = loadConfig(z.object(alertVariables), given);
  const redactor = new Redactor([...secrets, 'a-secret-word'], { keepUrls: ['https://wiki.example.com'] });
  const redact = (text: string) => redactor.redact(text);
  const speaker = { bot: 'keeper', version: '1.2.3', host: 'host-1', chain: () => 'devnet', redact };
  return openChannels(config, speaker)[0] as Channel;
}

const deliver = (channel: Channel, notices: Notice[] = [notice()], ms = 20_000) =>
  channel.deliver(notices, AbortSignal.timeout(ms));
const failureOf = (channel: Channel, ms?: number) =>
  deliver(channel, undefined, ms).catch(error => error) as Promise<DeliveryFailed>;
const headerOf = (raw: string, name: string) =>
  new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, 'im').exec(raw)?.[1]?.replaceAll(/\r\n[ \t]/g, ' ');
const bodyOf = (raw: string) =>
  raw.slice(raw.indexOf('\r\n\r\n')).replaceAll(/=\r\n/g, '').replaceAll('=3D', '=');

describe('an alert by e-mail', () => {
  it('default: each address gets a message of its own, with headline, check, owner and runbook', async () => {
    const { server, channel } = await open();
    await deliver(channel, [notice({ severity: 'critical', message: 'the pool is short of 5 %' })]);
    expect(server.mails.map(({ from, to }) => [from, ...to])).toEqual([
      ['bots@example.com', 'ann@example.com'],
      ['bots@example.com', 'bob@example.com'],
    ]);
    const raw = server.mails[0]?.raw ?? '';
    for (const text of ['the pool is short of 5 %', 'owner: on-call', 'https://wiki.example.com/broken.md'])
      expect(bodyOf(raw)).toContain(text);
    expect(raw).not.toContain('bob@example.com');
    expect(headerOf(raw, 'subject')).toContain('=5Bkeeper=5D_');
    expect(headerOf(raw, 'x-check')).toBe('broken');
    expect(headerOf(raw, 'x-severity')).toBe('critical');
    expect(headerOf(raw, 'x-priority')).toMatch(/^1/);
    expect(headerOf(raw, 'auto-submitted')).toBe('auto-generated');
  });

  it('everything about one incident is one thread, and a second copy has the number of the first', async () => {
    const { server, channel } = await open({}, { EMAIL_TO: 'ann@example.com' });
    await deliver(channel);
    await deliver(channel);
    await deliver(channel, [notice({}, { id: 'notice-2', occasion: 'resolved' })]);
    await deliver(channel, [notice({ since: 1 }, { id: 'notice-3' })]);
    const numbers = server.mails.map(({ raw }) => headerOf(raw, 'message-id'));
    expect(numbers[0]).toBe(numbers[1]);
    expect(new Set(numbers).size).toBe(3);
    const threads = server.mails.map(({ raw }) => headerOf(raw, 'references'));
    expect(threads[2]).toBe(threads[0]);
    expect(threads[3]).not.toBe(threads[0]);
  });

  it('sends many waiting notices as one message', async () => {
    const { server, channel } = await open({}, { EMAIL_TO: 'ann@example.com' });
    await deliver(channel, [notice({ title: 'one' }), notice({ title: 'two' }, { id: 'notice-2' })]);
    expect(server.mails).toHaveLength(1);
    for (const text of ['one', 'two']) expect(bodyOf(server.mails[0]?.raw ?? '')).toContain(text);
  });

  it('no secret arrives, and no text makes a header of its own', async () => {
    const { server, channel } = await open();
    const forged = 'broken\r\nBcc: eve@example.com\r\n\r\na-secret-word';
    await deliver(channel, [notice({ title: forged, message: forged, check: forged, bot: forged })]);
    for (const { raw, to } of server.mails) {
      expect(to).toHaveLength(1);
      expect(headerOf(raw.slice(0, raw.indexOf('\r\n\r\n')), 'bcc')).toBeUndefined();
      expect(raw).not.toContain('a-secret-word');
    }
  });
});

describe('when mail counts as delivered', () => {
  it('an address that is refused is tried again, and the others are not written to twice', async () => {
    const { server, channel } = await open();
    server.refuse('address', 550, '5.1.1 no such user', 'ann@example.com');
    const error = await failureOf(channel);
    expect(error).toMatchObject({ permanent: false, isPassing: false });
    expect(error.message).toContain('SMTP 550 5.1.1 no such user');
    server.behave();
    await deliver(channel);
    expect(server.mails.map(({ to }) => to[0])).toEqual(['bob@example.com', 'ann@example.com']);
    // The next notice goes to both again.
    await deliver(channel, [notice({}, { id: 'notice-2' })]);
    expect(server.mails).toHaveLength(4);
  });

  it.each([
    ['greylisting', 'address', 450, '4.7.1 try again later', false, true],
    ['a full disk', 'message', 452, '4.3.1 insufficient storage', false, true],
    ['a policy', 'message', 550, '5.7.1 rejected as spam', false, false],
    ['a relay that is denied', 'address', 554, '5.7.1 relay access denied', false, false],
    ['a message that is too large', 'message', 552, '5.3.4 message too big', true, false],
    ['content that cannot be converted', 'message', 554, '5.6.1 media not supported', true, false],
  ] as const)(
    '%s: for good only where it is about this message',
    async (_, stage, code, words, ...expected) => {
      const { server, channel } = await open();
      server.refuse(stage, code, words);
      const { permanent, isPassing, message } = await failureOf(channel);
      expect([permanent, isPassing]).toEqual(expected);
      expect(message).toContain(words);
      expect(server.mails).toEqual([]);
    },
  );

  it('does not count a server that falls silent as a delivery', async () => {
    const { server, channel } = await open();
    server.hang();
    expect(await failureOf(channel, 500)).toMatchObject({ message: 'no answer in time', isPassing: true });
  });

  it('does not count an unreachable server as a delivery', async () => {
    const { server, channel } = await open();
    await server.close();
    servers.length = 0;
    const error = await failureOf(channel);
    expect(error).toBeInstanceOf(DeliveryFailed);
    expect(error).toMatchObject({ permanent: false, isPassing: true });
  });
});

describe('the way to the server', () => {
  const login = { user: 'bots', password };
  const credentials = { SMTP_USER: 'bots', SMTP_PASSWORD: password };

  it('a password is not sent to a server without TLS', async () => {
    const { server, channel } = await open({ login }, credentials);
    const error = await failureOf(channel);
    expect(error.message).toMatch(/^no TLS: /);
    expect(error.isPassing).toBe(false);
    expect(server.mails).toEqual([]);
  });

  it.each([
    ['smtps', { isSecure: true, isClear: false }],
    ['smtp', { isClear: false }],
  ] as const)('%s: a certificate that nobody trusts is refused', async (scheme, options) => {
    const server = await startSmtp({ ...options, login });
    servers.push(server);
    const channel = channelOf({ SMTP_URL: `${scheme}://127.0.0.1:${server.port}`, ...credentials });
    expect((await failureOf(channel)).message).toMatch(/^no TLS: .*certificate/);
    expect(server.mails).toEqual([]);
  });
});

it('the doctor finds a server that does not answer, and sends nothing to one that does', async () => {
  const { server } = await open();
  const url = `smtp://127.0.0.1:${server.port}`;
  await examineMailServer({ url }, text => text);
  expect(server.mails).toEqual([]);
  await server.close();
  servers.length = 0;
  await expect(examineMailServer({ url }, text => text)).rejects.toThrow(/^no connection: .*ECONNREFUSED/);
});

describe('its variables', () => {
  const problemsOf = (env: Record<string, string>) => {
    try {
      loadConfig(z.object(alertVariables), env);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map(({ variable, problem }) => `${variable} ${problem}`);
    }
  };
  const whole = { EMAIL_TO: 'a@b.c', EMAIL_FROM: 'a@b.c', SMTP_URL: 'smtp://b.c' };
  it.each<[Record<string, string>, string[]]>([
    [whole, []],
    [{ ...whole, SMTP_URL: 'smtps://b.c:2465' }, []],
    [
      { EMAIL_TO: 'a@b.c' },
      [
        'EMAIL_FROM is not set, and EMAIL_TO is: give both or neither',
        'SMTP_URL is not set, and EMAIL_TO is: give both or neither',
      ],
    ],
    [
      { ...whole, EMAIL_TO: 'a@b.c, Ann <ann@b.c>' },
      ['EMAIL_TO entry 2 is not an address like on-call@example.com (it is "a@b.c, Ann <ann@b.c>")'],
    ],
    [{ ...whole, SMTP_URL: 'https://b.c' }, ['SMTP_URL has a scheme other than smtps:// or smtp://']],
    [{ ...whole, SMTP_URL: 'smtp://b.c/inbox' }, ['SMTP_URL has something after the host and port']],
    [{ ...whole, SMTP_USER: 'bots' }, ['SMTP_PASSWORD is not set, and SMTP_USER is: give both or neither']],
  ])('%j', (env, expected) => {
    expect(problemsOf(env)).toEqual(expected);
  });
});
