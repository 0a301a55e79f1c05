import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Secret } from '../config/Secret.ts';
import { serialise } from './serialise.ts';

describe('serialise', () => {
  it('behavior: characters that steer a terminal or change how a text reads are escaped, line breaks are kept', () => {
    expect(serialise({ 'k\u202e': ['a\0b', '\u001b[31m', 'x\u202ey\u200b', 'one\ntwo\t3'] })).toEqual({
      'k\\u202e': ['a\\u0000b', '\\u001b[31m', 'x\\u202ey\\u200b', 'one\ntwo\t3'],
    });
  });

  it('default', () => {
    const value = {
      text: 'a',
      number: 1.5,
      none: null,
      absent: undefined,
      wei: 10n ** 20n,
      when: new Date(0),
      list: [1, undefined, 2n],
      set: new Set(['a']),
      map: new Map([['pool', 1n]]),
      pairs: new Map([[{ a: 1 }, 2]]),
      bytes: new Uint8Array([1, 255]),
      secret: new Secret('hunter2'),
      url: new URL('https://a.example/b'),
      not: Number.NaN,
      call: () => 1,
      sign: Symbol('s'),
    };
    expect(serialise(value)).toEqual({
      text: 'a',
      number: 1.5,
      none: null,
      wei: '100000000000000000000',
      when: '1970-01-01T00:00:00.000Z',
      list: [1, null, '2'],
      set: ['a'],
      map: { pool: '1' },
      pairs: [[{ a: 1 }, 2]],
      bytes: '0x01ff',
      secret: '[secret]',
      url: 'https://a.example/b',
      not: 'NaN',
      call: '[function]',
      sign: 'Symbol(s)',
    });
  });

  it('behavior: an error has its parts, and those of its causes', () => {
    const error = Object.assign(new RangeError('outer', { cause: new Error('inner') }), {
      code: 'E_CODE',
      extra: 1n,
    });
    expect(serialise(error)).toEqual({
      name: 'RangeError',
      message: 'outer',
      code: 'E_CODE',
      extra: '1',
      stack: expect.stringMatching(/^ {4}at /),
      cause: { name: 'Error', message: 'inner', stack: expect.any(String) },
    });
    expect(serialise(new AggregateError([new Error('one'), 'two'], 'all'))).toMatchObject({
      message: 'all',
      errors: [{ message: 'one' }, 'two'],
    });
  });

  it('behavior: cycles end', () => {
    const error = new Error('x');
    error.cause = error;
    expect(serialise(error)).toMatchObject({ cause: '[circular]' });
    const list: unknown[] = [1];
    list.push(list);
    expect(serialise(list)).toEqual([1, '[circular]']);
    const self = { toJSON: () => self, a: 1 };
    expect(serialise(self)).toEqual({ toJSON: '[function]', a: 1 });
    const shared = { a: 1 };
    expect(serialise([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('behavior: what throws on reading is a note', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const value = {
      get broken(): string {
        throw new Error('no');
      },
      proxy,
      json: {
        toJSON: () => {
          throw new Error('no');
        },
      },
      fine: 1,
    };
    expect(serialise(value)).toMatchObject({ broken: '[unreadable]', json: '[unreadable]', fine: 1 });
    expect(() => serialise(proxy)).not.toThrow();
  });

  it('behavior: a key named __proto__ is a key', () => {
    const value = serialise(JSON.parse('{"__proto__":{"a":1}}'));
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":1}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('behavior: long texts, long lists and deep objects are cut, and say so', () => {
    expect(serialise('x'.repeat(9000))).toBe(`${'x'.repeat(8192)}… [cut from 9000 characters]`);
    expect(serialise(`${'x'.repeat(8191)}😀`)).toBe(`${'x'.repeat(8191)}… [cut from 8193 characters]`);
    expect((serialise(Array.from({ length: 300 }, () => 1)) as unknown[]).at(-1)).toBe('[100 more]');
    let deep: unknown = 1;
    for (let index = 0; index < 50; index++) deep = { deep };
    expect(JSON.stringify(serialise(deep))).toContain('[too deep]');
    expect(serialise(new Uint8Array(1e6))).toMatch(/characters\]$/);
  });

  it('behavior: returns a result also when the size limit is below the size of an empty text', () => {
    for (let maxBytes = 0; maxBytes < 40; maxBytes++)
      expect(serialise(['a text', { b: 'c' }], maxBytes)).toBeDefined();
  });

  it('behavior: a text is redacted before it is cut', () => {
    const redact = (text: string) => text.replaceAll('SECRET', '[r]');
    expect(serialise(`${'x'.repeat(8190)}SECRET`, undefined, redact)).toMatch(/x\[r…/);
  });

  it('behavior: never throws, gives JSON, and keeps about to the size', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withMap: true,
          withSet: true,
          withDate: true,
          withTypedArray: true,
          withNullPrototype: true,
          withSparseArray: true,
          maxDepth: 6,
        }),
        fc.integer({ min: 0, max: 2000 }),
        (value, maxBytes) => {
          const json = JSON.stringify(serialise(value, maxBytes));
          JSON.parse(json);
          expect(Buffer.byteLength(json)).toBeLessThan(maxBytes + 500);
        },
      ),
    );
  });
});
