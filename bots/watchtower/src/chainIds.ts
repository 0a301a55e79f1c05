import { eachEntry, parsed, Refusal, type Variable } from '@service-bots/core/config';

/** Parses `name:chain id` entries, separated by commas, into the required chain of each bot. */
export function chainIds(): Variable<ReadonlyMap<string, number>> {
  return parsed(text => {
    const ids = new Map<string, number>();
    eachEntry(
      text,
      entry => {
        const [, name, id] = /^([a-z0-9-]+):(\d{1,15})$/.exec(entry) ?? [];
        if (name === undefined || id === undefined || Number(id) === 0)
          throw new Refusal('is not of the form name:chain id');
        if (ids.has(name)) throw new Refusal(`names ${name} a second time`);
        ids.set(name, Number(id));
      },
      ids,
    );
    return ids;
  });
}
