import { getBytes, isHexString, keccak256 } from 'ethers';
import type { LogFilter } from './logShape.ts';

const bits = 2048;
const bytes = bits / 8;
/** A bloom that errs more often than this cannot decide about a filter. */
const mostErrors = 0.05;

/** Returns whether a header's `logsBloom` is a bloom. Some chains have none, and write `0x`. */
export function isBloom(bloom: string): boolean {
  return isHexString(bloom, bytes);
}

/**
 * Reads from a block's bloom whether the block holds logs that match a filter. `no` is certain; `yes` has few
 * errors. `unknown` means that the block has so many logs, or the filter so many values, that nearly every
 * filter seems to match.
 * @param bloom the header's `logsBloom`
 */
export function bloomSays(bloom: string, { address, topics = [] }: LogFilter): 'yes' | 'no' | 'unknown' {
  if (!isBloom(bloom)) return 'unknown';
  const filter = getBytes(bloom);
  const places = [address, ...topics].flatMap(place =>
    place === undefined || place === null ? [] : [[place].flat()],
  );
  const matches = places.every(values => values.some(value => holds(filter, value)));
  if (!matches) return 'no';
  const setBits = filter.reduce((sum, byte) => sum + popcount(byte), 0);
  if (setBits === 0) return 'no';
  const errs = (setBits / bits) ** 3;
  const errors = places.reduce((product, { length }) => product * (1 - (1 - errs) ** length), 1);
  return errors <= mostErrors ? 'yes' : 'unknown';
}

/** Yellow paper 4.3.1: three bits, each by two bytes of the hash. */
function holds(filter: Uint8Array, value: string): boolean {
  const hash = getBytes(keccak256(value));
  return [0, 2, 4].every(i => {
    const bit = (((hash[i] as number) << 8) | (hash[i + 1] as number)) % bits;
    return (((filter[bytes - 1 - (bit >> 3)] as number) >> (bit & 7)) & 1) === 1;
  });
}

function popcount(byte: number): number {
  let count = 0;
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
