import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { timed } from '@service-bots/devnet';
import { Wallet } from 'ethers';
import fc from 'fast-check';
import { createLogger, type LoggerOptions } from './createLogger.ts';
import type { Fields } from './Entry.ts';
import type { RootLogger } from './Logger.ts';
import { Redactor } from './Redactor.ts';

const key = '0x00c3a1f9e27b5d48860f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69';
const token = 'Key0fTheProvider';
const url = `https://rpc.example/v2/${token}`;
const hash = '0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b';

async function written(
  write: (logger: RootLogger) => void,
  options: Partial<LoggerOptions> = {},
): Promise<string> {
  const stream = new PassThrough();
  const logger = createLogger({
    bot: 'checkpoint',
    level: 'debug',
    format: 'json',
    redactor: new Redactor([key, url]),
    now: () => 1_700_000_000_123,
    stream,
    ...options,
  });
  write(logger);
  await logger.close();
  return String(stream.read() ?? '');
}

describe('createLogger', () => {
  it('default', async () => {
    const text = await written(logger => {
      logger.child({ pool: '0xabc' }).warning(`a line with ${key}`, { value: 10n, at: url });
    });
    expect(text.endsWith('}\n')).toBe(true);
    expect(Object.entries(JSON.parse(text))).toEqual([
      ['time', '2023-11-14T22:13:20.123Z'],
      ['level', 'warning'],
      ['bot', 'checkpoint'],
      ['message', 'a line with 0x[redacted]'],
      ['pool', '0xabc'],
      ['value', '10'],
      ['at', 'https://rpc.example/[redacted]'],
    ]);
  });

  it('behavior: pretty lines are for people, with stacks below', async () => {
    const error = new Error('no answer', { cause: new Error('socket hang up') });
    const text = await written(
      logger => logger.error('round failed', { block: 12n, why: 'two words', error }),
      {
        format: 'pretty',
      },
    );
    const [first, ...others] = text.split('\n');
    expect(first).toMatch(
      /^22:13:20\.123 .*error.* checkpoint: round failed block=12 why="two words" error=\{/,
    );
    expect(first).toContain('"cause":{"name":"Error","message":"socket hang up"}');
    expect(others.filter(line => /^ {4}at /.test(line)).length).toBeGreaterThan(2);
  });

  it('behavior: auto is pretty on a terminal only', async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    await written(logger => logger.info('hello'), { format: 'auto', stream: terminal });
    expect(String(terminal.read())).toContain('\u001b[32minfo');
    expect(await written(logger => logger.info('hello'), { format: 'auto' })).toMatch(/^\{/);
  });

  it('behavior: less severe levels are not written', async () => {
    const all = (logger: RootLogger) => {
      for (const level of ['debug', 'info', 'warning', 'error', 'critical'] as const) logger[level](level);
    };
    const levelsOf = (text: string) =>
      text
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).level);
    expect(levelsOf(await written(all))).toEqual(['debug', 'info', 'warning', 'error', 'critical']);
    expect(levelsOf(await written(all, { level: 'warning' }))).toEqual(['warning', 'error', 'critical']);
    expect(levelsOf(await written(all, { level: 'critical' }))).toEqual(['critical']);
  });

  it('behavior: a field cannot pass for the level, the time or the message', async () => {
    const text = await written(logger =>
      logger.info('said', { level: 'critical', message: 'm', time: 1, bot: 'x' }),
    );
    expect(JSON.parse(text)).toMatchObject({
      level: 'info',
      message: 'said',
      bot: 'checkpoint',
      level_: 'critical',
    });
  });

  it('behavior: foreign text can neither begin a line nor steer the terminal', async () => {
    const foreign = 'x\n12:00:00.000 critical forged \u001b[2J \u009b2J';
    const pretty = await written(logger => logger.info(foreign, { foreign }), { format: 'pretty' });
    expect(pretty.split('\n').filter(line => line.startsWith('12:'))).toEqual([]);
    // Two sequences of our own colours, and no other.
    expect(pretty.split('\u001b')).toHaveLength(3);
    expect(pretty).not.toContain('\u009b');
    expect((await written(logger => logger.info(foreign, { foreign }))).split('\n')).toHaveLength(2);
  });

  it('behavior: fields that throw do not cost the line', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const fields: Fields = {
      get broken(): string {
        throw new Error('no');
      },
      fine: 1,
    };
    expect(JSON.parse(await written(logger => logger.info('a', fields)))).toMatchObject({
      message: 'a',
      fine: 1,
    });
    expect(await written(logger => logger.child(fields).info('b', { proxy }))).toContain('"message":"b"');
    expect(await written(logger => logger.info('c', proxy))).toContain('"message":"c"');
    expect(await written(logger => logger.info('d', null as unknown as Fields))).toContain('"message":"d"');
  });

  it('behavior: a redactor that fails costs the text and not the process', async () => {
    const redactor = new Redactor([]);
    redactor.redact = () => {
      throw new Error('no');
    };
    const text = await written(logger => logger.critical(`it is ${key}`), { redactor });
    expect(JSON.parse(text)).toEqual({
      level: 'critical',
      bot: 'checkpoint',
      message: expect.stringMatching(/withheld/),
    });
  });

  it('behavior: a line stays JSON when the secret is part of its form', async () => {
    const text = await written(logger => logger.info('x', { a: null, b: 123456 }), {
      redactor: new Redactor(['null', '123456']),
    });
    expect(JSON.parse(text)).toMatchObject({
      level: 'info',
      message: expect.stringContaining('"a":[redacted]'),
    });
  });

  it('behavior: a later change of a field is not written', async () => {
    const fields = { count: 1 };
    const text = await written(logger => {
      logger.info('a', fields);
      fields.count = 2;
    });
    expect(JSON.parse(text).count).toBe(1);
  });
});

describe('createLogger, wherever a secret is', () => {
  class CallError extends Error {
    readonly code = 'SERVER_ERROR';
    readonly info = { requestUrl: url, payload: { key } };
  }
  const failing = new CallError(`POST ${url} failed, key ${key}`, {
    cause: new TypeError(`fetch ${url} ${key}`),
  });
  const cyclic = new Error(key);
  cyclic.cause = cyclic;
  const wallet = Wallet.createRandom();
  const placements: [string, string, Fields][] = [
    ['in the message', `${key} ${url}`, {}],
    ['in a field', 'm', { key, url }],
    ['nested', 'm', { a: { b: [{ c: key }, [url]] } }],
    ['in a key', 'm', { [key]: 1, [url]: 2 }],
    ['in an error', 'm', { failing }],
    ['in a cyclic error', 'm', { cyclic }],
    ['in an aggregate error', 'm', { all: new AggregateError([failing, new Error(url)], key) }],
    ['in a map', 'm', { map: new Map([[key, url]]), odd: new Map([[{ key }, url]]) }],
    ['in a set', 'm', { set: new Set([key, url]) }],
    ['as bytes', 'm', { bytes: Buffer.from(key.slice(2), 'hex') }],
    ['as a bigint', 'm', { number: BigInt(key) }],
    ['as a URL', 'm', { parsed: new URL(url) }],
    ['in JSON in JSON', 'm', { json: JSON.stringify({ inner: JSON.stringify({ key, url }) }) }],
    ['in base64', 'm', { body: Buffer.from(`{"k":"${key}","u":"${token}"}`).toString('base64') }],
    ['at the end of a text that is cut', 'm', { text: `${'x'.repeat(8192 - 40)}${key}${'y'.repeat(99)}` }],
    ['in the middle of a huge text', 'm', { text: `${'x'.repeat(3 * 8192 - 20)}${key}${'y'.repeat(1e6)}` }],
  ];
  const spellings = [
    key.slice(2, 30),
    key.slice(-28),
    BigInt(key).toString(),
    token,
    Buffer.from(key.slice(2), 'hex').toString('base64').slice(3, -3),
    Buffer.from(token).toString('base64').slice(3, -5),
  ];

  for (const format of ['json', 'pretty'] as const) {
    it.each(placements)(`behavior: it is not shown %s (${format})`, async (_, message, fields) => {
      const text = await written(logger => logger.error(message, { ...fields, hash }), { format });
      for (const spelling of spellings) expect(text.toLowerCase()).not.toContain(spelling.toLowerCase());
      expect(text).toContain(hash);
    });

    it(`behavior: a phrase is not shown (${format})`, async () => {
      const phrase = wallet.mnemonic?.phrase ?? '';
      const text = await written(
        logger => logger.info(`it is ${phrase}`, { wallet, words: phrase.split(' ') }),
        {
          format,
        },
      );
      expect(text).not.toContain(phrase.slice(0, 20));
      expect(text).not.toContain(phrase.split(' ').slice(3, 6).join('","'));
    });

    it(`behavior: no secret in any text is shown (${format})`, async () => {
      const text = fc.string({ unit: 'grapheme', maxLength: 40 });
      const anySecret = fc.string({ minLength: 8, maxLength: 40 }).filter(each => each.trim() === each);
      await fc.assert(
        fc.asyncProperty(anySecret, text, text, async (secret, before, after) => {
          const redactor = new Redactor([secret]);
          const empty = await written(logger => logger.info('', { a: '' }), { format, redactor });
          fc.pre(!empty.includes(secret) && !/^\w+:\/\//.test(secret));
          const value = before + secret + after;
          const error = new Error(value);
          const line = await written(logger => logger.info(value, { a: { [value]: [value] }, error }), {
            format,
            redactor,
          });
          for (const spelling of [secret, JSON.stringify(secret).slice(1, -1)])
            expect(line).not.toContain(spelling);
        }),
        { numRuns: 60 },
      );
    });
  }
});

describe('createLogger, whatever the stream does', () => {
  it('behavior: a stream that throws does not throw into the caller', async () => {
    const stream = new Writable();
    stream.write = () => {
      throw new Error('gone');
    };
    await expect(written(logger => logger.critical('x'), { stream })).resolves.toBe('');
  });

  it('behavior: a stream that fails does not end the process', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, callback) => callback(new Error('EPIPE')) });
    await expect(
      written(
        logger => {
          for (let index = 0; index < 100; index++) logger.info('x');
        },
        { stream },
      ),
    ).resolves.toBe('');
  });

  it('behavior: a stream that hangs neither stops the caller nor close()', async () => {
    const stream = new Writable({ write: () => undefined });
    const logger = createLogger({
      bot: 'b',
      level: 'info',
      format: 'json',
      redactor: new Redactor([]),
      stream,
    });
    const { ms } = await timed(() => {
      for (let index = 0; index < 2000; index++) logger.info('x');
      return logger.close(50);
    });
    expect(ms).toBeLessThan(2000);
  });

  it('behavior: every line of a burst is out when close() is', async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write: (chunk, _encoding, callback) => {
        lines.push(String(chunk));
        setImmediate(callback);
      },
    });
    const logger = createLogger({
      bot: 'b',
      level: 'info',
      format: 'json',
      redactor: new Redactor([]),
      stream,
    });
    for (let index = 0; index < 500; index++) logger.info(`line ${index}`);
    await logger.close();
    logger.info('too late');
    expect(lines).toHaveLength(500);
    expect(lines.at(-1)).toContain('line 499');
  });
});
