import { eachEntry, parsed, Refusal, type Variable } from '@service-bots/core/config';

/** A process to watch. */
export interface Target {
  /** The name in alerts and on the page: `keeper`, or `keeper-2` for its second copy. */
  readonly id: string;
  /** The name that the copies of one bot share. */
  readonly name: string;
  /** The URL of its `/status`. */
  readonly url: string;
}

const nameForm = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;
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
  const at = entry.indexOf('=');
  if (at < 0) throw new Refusal('is not of the form name=http://host:port');
  const name = entry.slice(0, at).trim();
  if (!nameForm.test(name))
    throw new Refusal('has a name that is not made of lower-case letters, digits and dashes');
  const url = statusUrl(entry.slice(at + 1).trim());
  if (before.some(other => other.url === url)) throw new Refusal('repeats the URL of an earlier one');
  const copies = before.filter(other => other.name === name).length;
  const id = copies === 0 ? name : `${name}-${copies + 1}`;
  if (before.some(other => other.id === id || other.name === id))
    throw new Refusal(`would be called ${id}, as an earlier one is: choose another name`);
  return { id, name, url };
}

function statusUrl(text: string): string {
  if (!/^https?:\/\/[^\s/]/i.test(text) || !URL.canParse(text))
    throw new Refusal('has no http or https URL after its name');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw new Refusal('has a user name or password before the host, which is not supported');
  if (url.search !== '' || url.hash !== '') throw new Refusal('has a query or a fragment in its URL');
  if (url.pathname === '/') url.pathname = '/status';
  return url.href;
}
