import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { discontinuityOf, type Header, headerIn } from './header.ts';

const hashOf = (n: number) => `0x${n.toString(16).padStart(64, '0')}`;
const header = (number: number, timestamp: number, change: Partial<Header> = {}): Header => ({
  number,
  hash: hashOf(number),
  parentHash: hashOf(number - 1),
  timestamp,
  ...change,
});
const last = { header: header(100, 1_000), atMs: 0 };

describe('a head after the last one that was believed', () => {
  it.each<[string, Header, number, ReturnType<typeof discontinuityOf>]>([
    ['is the next', header(101, 1_012), 12_000, undefined],
    ['is the same', header(100, 1_000), 12_000, undefined],
    ['comes after a gap', header(150, 1_600), 600_000, undefined],
    ['is behind', header(99, 988), 0, undefined],
    ['is behind, and later', header(99, 1_001), 0, 'time'],
    ['shares a second with it', header(101, 1_000), 400, undefined],
    ['is a minute early', header(101, 1_060), 0, undefined],
    ['replaces it', header(100, 1_000, { hash: hashOf(7) }), 0, 'hash'],
    ['follows from another', header(101, 1_012, { parentHash: hashOf(7) }), 12_000, 'hash'],
    ['is the same at another time', header(100, 1_001), 0, 'time'],
    ['is older', header(101, 999), 0, 'time'],
    ['is two minutes early', header(101, 1_120), 0, 'time'],
    ['comes after a gap, too early', header(150, 2_000), 600_000, 'time'],
  ])('%s', (_, next, afterMs, expected) => {
    expect(discontinuityOf(next, last, afterMs)).toBe(expected);
  });

  it('property: of a chain in step with the clock, no look finds a break', () => {
    const looks = fc.array(fc.record({ blocks: fc.nat(50), lateMs: fc.nat(30_000) }), { maxLength: 30 });
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 12 }), (steps, seconds) => {
        let before = { header: header(1, 0), atMs: 0 };
        for (const { blocks, lateMs } of steps) {
          const number = before.header.number + blocks;
          const atMs = Math.max(number * seconds * 1_000 + lateMs, before.atMs);
          const next = header(number, number * seconds);
          if (number === 1) continue;
          expect(discontinuityOf(next, before, atMs)).not.toBe('hash');
          if (before.header.number > 1) expect(discontinuityOf(next, before, atMs)).toBeUndefined();
          before = { header: next, atMs };
        }
      }),
    );
  });
});

describe('headerIn', () => {
  it.each([null, 'text', [], {}, { number: '0x1' }, { ...header(5, 1), hash: '0x' }])('%j is none', block => {
    expect(headerIn(block)).toBeUndefined();
  });
  it('is none with another number than was asked for', () => {
    const block = { ...header(5, 1), number: '0x5', timestamp: '0x1' };
    expect(headerIn(block, 6)).toBeUndefined();
    expect(headerIn(block, 5)).toEqual(header(5, 1));
  });
});
