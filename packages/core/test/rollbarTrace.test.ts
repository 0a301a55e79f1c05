import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RollbarSink, startRollbar } from '@service-bots/devnet';
import { loadNotifier, type Notifier } from '../src/alerts/channels/loadNotifier.ts';
import { rollbarChannel } from '../src/alerts/channels/rollbar.ts';
import { type Plain, serialise } from '../src/logger/index.ts';
import { notice } from './support/notice.ts';

interface Frame {
  filename: string;
  lineno: number;
  code?: string;
  context?: { pre: string[]; post: string[] };
}
type Chain = { frames: Frame[]; exception: { class: string; message: string } }[];

const here = fileURLToPath(import.meta.url);
let sink: RollbarSink;
beforeAll(async () => {
  sink = await startRollbar();
  // The library is compiled once for all tests of the file.
  await import('rollbar');
});
afterEach(() => sink.clear());
afterAll(() => sink.close());

async function sent(error: unknown, { redact = (text: string) => text, notifier = loadNotifier() } = {}) {
  const channel = rollbarChannel({
    accessToken: { reveal: () => 'post-server-item-token' },
    endpoint: sink.endpoint,
    minSeverity: 'info',
    environment: () => 'keeper-devnet',
    version: '1.2.3',
    host: 'host-1',
    redact,
    notifier,
  });
  const data = { error: serialise(error) };
  await channel.deliver([notice({ check: 'crashed', data })], AbortSignal.timeout(10_000));
  const [item] = sink.items;
  if (!item) throw new Error('nothing was sent');
  return { item, chain: (item.data.body as { trace_chain?: Chain }).trace_chain };
}

describe('an alert with an error', () => {
  it('default: has the frames, with the code around them, and says what the alert says', async () => {
    const { item, chain } = await sent(new RangeError('too far'));
    expect(item.message).toBe('[crashed] something broke: it broke');
    expect(chain?.[0]?.exception.class).toBe('RangeError');
    // Rollbar wants the innermost frame last.
    const frame = chain?.[0]?.frames.at(-1);
    expect(frame?.filename).toBe(here);
    const lines = readFileSync(here, 'utf8').split('\n');
    expect(frame?.code).toBe(lines[(frame?.lineno ?? 0) - 1]);
    expect(frame?.context?.pre).toHaveLength(3);
  });

  it('behavior: a frame in a module, which Node names by its URL, has its code too', async () => {
    const error = { name: 'Error', message: 'x', stack: `    at run (file://${here}:1:1)` };
    const { chain } = await sent(error);
    expect(chain?.[0]?.frames).toMatchObject([
      { filename: here, code: readFileSync(here, 'utf8').split('\n')[0] },
    ]);
  });

  it('behavior: its causes follow, each with its own message', async () => {
    const { chain } = await sent(new Error('a', { cause: new TypeError('b', { cause: new Error('c') }) }));
    expect(chain?.map(({ exception }) => exception)).toEqual([
      { class: 'Error', message: '[crashed] something broke: it broke' },
      { class: 'TypeError', message: 'b' },
      { class: 'Error', message: 'c' },
    ]);
  });

  const circular = new Error('round');
  circular.cause = circular;
  const strange: [string, unknown][] = [
    ['that is its own cause', circular],
    ['of several errors', new AggregateError([new Error('one'), new Error('two')], 'all failed')],
    ['with a bigint', Object.assign(new Error('x'), { wei: 10n ** 30n })],
    ['with a message like a template’s error', new Error('views/a.jade:3\n  > 3| p= x\n')],
    [
      'with fields like those of an HTTP request',
      Object.assign(new Error('x'), {
        url: 'u',
        method: 'm',
        body: {},
        headers: {},
        route: {},
        protocol: 'p',
      }),
    ],
    ['with a frame of many brackets', { name: 'E', message: '', stack: `    at ${'x('.repeat(4_000)}` }],
    ['with hundreds of frames', { name: 'E', message: '', stack: '    at f (/n.js:1:1)\n'.repeat(300) }],
    [
      'with a frame in a file that is gone',
      { name: 'E', message: '', stack: '    at f (/gone/away.js:1:1)' },
    ],
    ['with a frame in a folder', { name: 'E', message: '', stack: '    at f (/tmp:1:1)' }],
    ['with a frame at an impossible URL', { name: 'E', message: '', stack: '    at f (file:///%:1:1)' }],
    ['that is a text', 'just a text'],
    ['that is null', null],
  ];
  it.each(strange)('behavior: an error %s is sent whole, with the alert’s text', async (_, error) => {
    const { item } = await sent(error);
    expect(item.message).toBe('[crashed] something broke: it broke');
    expect(item.custom?.alert).toMatchObject({ data: { error: serialise(error) as Plain } });
  });
});

describe('the data that leave the process', () => {
  it('behavior: neither the command line nor the library’s copy of the error', async () => {
    const { item } = await sent(new Error('x'));
    expect(item.data.server).toEqual({ host: 'host-1' });
    expect(item.data.notifier).toEqual({ name: 'node_rollbar', version: '3.1.0' });
    for (const text of ['argv', 'raw_error', 'diagnostic', 'configured_options', 'pid'])
      expect(item.rawBody).not.toContain(`"${text}"`);
  });

  it('behavior: a secret in the code around a frame is redacted', async () => {
    const inCode = 'secret-that-stands-in-this-line';
    const { item } = await sent(new Error('x'), {
      redact: text => text.replaceAll(/secret-that-[a-z-]*/g, '[redacted]'),
    });
    expect(inCode).toBeTruthy();
    expect(item.rawBody).toContain('[redacted]');
    expect(item.rawBody).not.toContain('stands-in-this-line');
  });

  it.each([
    ['in brackets', (path: string) => `    at f (${path}:1:1)`],
    ['alone', (path: string) => `    at ${path}:1:1`],
    ['without a line', (path: string) => `    at ${path}`],
    ['as a URL', (path: string) => `    at f (file://${path}:1:1)`],
    ['of a template', (path: string) => `    at f (x.js:1:1 at ${path}:1:1))`],
    ['after a name of code', (path: string) => `    at /a/b.js:1:1 (${path}:1:1)`],
    ['with a place in another language', (path: string) => `    at f (${path}:1:1, <js>:1:1)`],
    ['relative', (path: string) => `    at f (./${relative(process.cwd(), path)}:1:1)`],
  ])('behavior: nothing of a file that is no code, though a frame names it %s', async (_, frame) => {
    const folder = mkdtempSync(join(tmpdir(), 'frames-'));
    try {
      const path = join(folder, 'keys.env');
      writeFileSync(path, 'KEY=of-another-program\n');
      const { item } = await sent({ name: 'Error', message: 'x', stack: `${frame(path)}\n${frame(path)}` });
      expect(item.message).toBe('[crashed] something broke: it broke');
      expect(item.rawBody).not.toContain('of-another-program');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('behavior: an item that is too long is shortened in its frames, and keeps what the alert says', async () => {
    const frames = `    at f (${here}:30:1)\n`.repeat(60);
    const nested = (depth: number): object => ({
      name: 'Error',
      message: 'x'.repeat(5_000),
      stack: frames,
      ...(depth > 0 ? { cause: nested(depth - 1) } : {}),
    });
    const { item, chain } = await sent(nested(3));
    expect(Buffer.byteLength(item.rawBody)).toBeLessThan(256 * 1_024);
    expect(chain).toHaveLength(4);
    expect(item).toMatchObject({
      message: '[crashed] something broke: it broke',
      title: '[crashed] something broke',
      context: 'keeper#crashed',
      custom: { alert: { check: 'crashed' } },
    });
    expect(item.rawBody).not.toContain('[cut');
  });

  it('behavior: building items adds no listeners to the process and leaves Node’s limits alone', async () => {
    const before = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    const limit = Error.stackTraceLimit;
    await sent(new Error('x'));
    expect([process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]).toEqual(
      before,
    );
    expect(Error.stackTraceLimit).toBe(limit);
  });
});

describe('without rollbar.js', () => {
  const library = (log: unknown) => {
    class Rollbar {
      error = log;
    }
    return { Rollbar, truncate: () => ({}) };
  };
  it.each<[string, () => Promise<unknown>]>([
    ['cannot be loaded', () => Promise.reject(new Error('not found'))],
    [
      'throws',
      async () =>
        library(() => {
          throw new Error('a defect');
        }),
    ],
    ['never calls back', async () => library(() => undefined)],
    ['builds nothing', async () => library((_: unknown, done: () => void) => done())],
  ])('behavior: where it %s, the alert is sent all the same', async (_, load) => {
    const notifier: Notifier = loadNotifier(load as never);
    const { item } = await sent(new Error('x'), { notifier });
    expect(item.message).toBe('[crashed] something broke: it broke');
    expect(item.data.notifier).toEqual({ name: 'service-bots', version: '1.2.3' });
    expect(item.custom?.alert).toMatchObject({ check: 'crashed' });
  });
});
