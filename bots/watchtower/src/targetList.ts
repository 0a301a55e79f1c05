import { eachEntry, parsed, Refusal, type Variable } from '@service-bots/core/config';
import { namedUrl } from './namedUrl.ts';

/** A process to watch. */
export interface Target {
  /** The name in alerts and on the page: `keeper`, or `keeper-2` for its second copy. */
  readonly id: string;
  /** The name that the copies of one bot share. */
  readonly name: string;
  /** The URL of its `/status`. */
  readonly url: string;
}

/** The most targets. Each is polled every few seconds, and its answer is kept in memory. */
const mostTargets = 50;

/** Parses `name=URL` entries, separated by commas. A repeated name means copies of one bot. */
export function targetList(): Variable<Target[]> {
  return parsed(text => {
    const targets: Target[] = [];
    eachEntry(text, entry => void targets.push(targetOf(entry, targets)), targets);
    if (targets.length > mostTargets)
      throw new Refusal(`has ${targets.length} entries, more than ${mostTargets}`);
    return targets;
  });
}

function targetOf(entry: string, before: readonly Target[]): Target {
  const { name, url: given } = namedUrl(entry);
  if (given.pathname === '/') given.pathname = '/status';
  const url = given.href;
  if (before.some(other => other.url === url)) throw new Refusal('repeats the URL of an earlier one');
  const copies = before.filter(other => other.name === name).length;
  const id = copies === 0 ? name : `${name}-${copies + 1}`;
  if (before.some(other => other.id === id || other.name === id))
    throw new Refusal(`would be called ${id}, as an earlier one is: choose another name`);
  return { id, name, url };
}
