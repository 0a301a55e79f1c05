import { addressOf, eachEntry, parsed, Refusal, type Variable } from '@service-bots/core/config';
import { type Anchor, parseAnchor } from './schedule.ts';

/** `address:Wed:13` or `address:Wed:13:30`, separated by commas → the anchor of each address, with its checksum. */
export function scheduleList(): Variable<ReadonlyMap<string, Anchor>> {
  return parsed(text => {
    const anchors = new Map<string, Anchor>();
    eachEntry(text, entry => {
      const [address = '', ...rest] = entry.split(':').map(part => part.trim());
      const pool = addressOf(address);
      const anchor = parseAnchor(rest);
      if (anchors.has(pool)) throw new Refusal(`repeats ${pool}`);
      anchors.set(pool, anchor);
    });
    return anchors;
  });
}
