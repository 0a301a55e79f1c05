import { Refusal } from '@service-bots/core/config';

const nameForm = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** Parses a `name=URL` entry of a list. @throws Refusal */
export function namedUrl(entry: string): { name: string; url: URL } {
  const at = entry.indexOf('=');
  if (at < 0) throw new Refusal('is not of the form name=http://host:port');
  const name = entry.slice(0, at).trim();
  if (!nameForm.test(name))
    throw new Refusal('has a name that is not made of lower-case letters, digits and dashes');
  const text = entry.slice(at + 1).trim();
  if (!/^https?:\/\/[^\s/]/i.test(text) || !URL.canParse(text))
    throw new Refusal('has no http or https URL after its name');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw new Refusal('has a user name or password before the host, which is not supported');
  if (url.search !== '' || url.hash !== '') throw new Refusal('has a query or a fragment in its URL');
  return { name, url };
}
