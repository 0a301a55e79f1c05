import { describe, expect, it } from '@jest/globals';
import { getBytes, hexlify, keccak256, zeroPadValue } from 'ethers';
import fc from 'fast-check';
import { bloomSays } from './bloom.ts';

/** Returns a header's bloom of these addresses and topics, as the yellow paper defines it. */
function bloomOf(values: readonly string[]): string {
  const bloom = new Uint8Array(256);
  for (const value of values) {
    const hash = getBytes(keccak256(value));
    for (const i of [0, 2, 4]) {
      const bit = ((hash[i] as number) * 256 + (hash[i + 1] as number)) % 2048;
      bloom[255 - Math.floor(bit / 8)] = (bloom[255 - Math.floor(bit / 8)] as number) | (1 << (bit % 8));
    }
  }
  return hexlify(bloom);
}

const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(value => hexlify(value));
const address = hexOf(20);
const topic = hexOf(32);
const one = `0x${'11'.repeat(20)}`;
const transfer = `0x${'22'.repeat(32)}`;
const other = `0x${'33'.repeat(32)}`;

describe('a bloom', () => {
  it.each(['', '0x', '0x0', 'text', '0xzz', `0x${'00'.repeat(255)}`])('that is %j says nothing', bloom => {
    expect(bloomSays(bloom, { address: one })).toBe('unknown');
  });

  it('property: never denies a log that is in the block', () => {
    const log = fc.record({ address, topics: fc.array(topic, { maxLength: 4 }) });
    fc.assert(
      fc.property(
        fc.array(log, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        fc.array(address),
        (logs, i, more) => {
          const bloom = bloomOf(logs.flatMap(each => [each.address, ...each.topics]));
          const wanted = logs[i % logs.length] as { address: string; topics: string[] };
          const filter = {
            address: [...more, wanted.address],
            topics: wanted.topics.map(each => [each, other]),
          };
          expect(bloomSays(bloom, filter)).not.toBe('no');
        },
      ),
      { numRuns: 50 },
    );
  });

  it('of a quiet block says yes to what is in it and no to everything else', () => {
    const bloom = bloomOf([one, transfer]);
    expect(bloomSays(bloom, { address: one })).toBe('yes');
    expect(bloomSays(bloom, { address: [zeroPadValue('0x01', 20), one], topics: [[transfer, other]] })).toBe(
      'yes',
    );
    expect(bloomSays(bloom, { topics: [null, transfer] })).toBe('yes');
    expect(bloomSays(bloom, { address: one, topics: [other] })).toBe('no');
    expect(bloomSays(bloom, { address: zeroPadValue('0x01', 20) })).toBe('no');
  });

  it('that is empty has no logs for any filter', () => {
    const empty = `0x${'00'.repeat(256)}`;
    for (const filter of [{}, { address: one }, { topics: [null] }])
      expect(bloomSays(empty, filter)).toBe('no');
  });

  it('of a block in which very much happened says nothing', () => {
    const crowd = Array.from({ length: 1_500 }, (_, i) =>
      zeroPadValue(`0x${(i + 1).toString(16).padStart(4, '0')}`, 32),
    );
    const bloom = bloomOf([one, transfer, ...crowd]);
    expect(bloomSays(bloom, { address: one, topics: [transfer] })).toBe('unknown');
  });

  it('of another length says nothing', () => expect(bloomSays('0x1234', { address: one })).toBe('unknown'));
});
