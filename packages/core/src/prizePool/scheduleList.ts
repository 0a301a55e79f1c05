import {
  addressIn,
  allOf,
  assertChecksum,
  assertNew,
  eachEntry,
  parsed,
  type Variable,
} from '../config/index.ts';
import { type Anchor, parseAnchor } from './schedule.ts';

/** The anchor of each pool; undefined for a pool whose entry is refused. */
export type Schedule = ReadonlyMap<string, Anchor | undefined>;

/**
 * Parses `address:Wed:13` or `address:Wed:13:30`, separated by commas, into the anchor of each address, with
 * its checksum.
 */
export function scheduleList(): Variable<Schedule> {
  return parsed(text => {
    const anchors = new Map<string, Anchor | undefined>();
    const take = (entry: string) => {
      const [address = '', ...rest] = entry.split(':').map(part => part.trim());
      const pool = addressIn(address);
      const isRepeated = anchors.has(pool);
      if (!isRepeated) anchors.set(pool, undefined);
      allOf(
        () => assertChecksum(address),
        () => assertNew(pool, isRepeated),
        () => void anchors.set(pool, parseAnchor(rest)),
      );
    };
    eachEntry(text, take, anchors);
    return anchors;
  });
}
