import { ConcealedSecrets, merged, textBreak } from './ConcealedSecrets.ts';
import { decodings } from './Decoding.ts';
import { englishWords, phrases } from './mnemonics.ts';
import { isUrl, redacted, redactUrl, urlSource } from './redactUrl.ts';
import { spellingsOf } from './spellings.ts';
import { urlSecrets } from './urlSecrets.ts';

// A text of three characters occurs by chance in every second line; such a "secret" protects nothing in any
// case.
const shortestSecret = 4;

// V8 interprets expressions of more than 20 KB instead of compiling them: forty times slower.
const longestFilter = 10_000;

/**
 * A secret is looked for inside this many layers of encoding: tokens and mails hold base64 of JSON with
 * base64 in it.
 */
const mostEncodings = 3;

/** Stands in place of a text that could not be redacted. */
export const withheld = '[withheld: this text could not be redacted]';

/** Options of a redactor. */
export interface RedactorOptions {
  /** Public URLs whose paths are worth showing: runbooks, block explorers. Every URL below them is kept. */
  readonly keepUrls?: readonly string[];
  /**
   * Words that are no secrets where a URL has them: the URL of a dead man's switch may end in the bot's name.
   */
  readonly publicWords?: readonly (string | undefined)[];
}

/**
 * Removes secrets from texts that leave the process: the known secrets in every spelling, also with
 * characters in between; the path, query and user of every URL; and BIP-39 phrases, known or not. Hashes and
 * addresses stay.
 */
export class Redactor {
  readonly #keepUrls: string[];
  readonly #publicWords: ReadonlySet<string>;
  readonly #sources = new Set<string>();
  readonly #words = englishWords();
  readonly #urls = new RegExp(urlSource, 'gi');
  /** Together these match where `#secrets` does. */
  #filters: readonly RegExp[] = [];
  #secrets = /(?!)/g;
  #secretsAndUrls = this.#urls;
  readonly #concealed = new ConcealedSecrets();

  constructor(secrets: readonly string[], { keepUrls = [], publicWords = [] }: RedactorOptions = {}) {
    this.#keepUrls = [...keepUrls];
    this.#publicWords = new Set(publicWords.flatMap(word => word?.toLowerCase() ?? []));
    for (const secret of secrets) this.#learn(secret);
    this.#compile();
  }

  /** Adds a secret. Secrets of fewer than 4 characters are ignored. */
  add(secret: string): void {
    this.#learn(secret);
    this.#compile();
  }

  /** Keeps a public URL whole, with every URL below it. */
  keep(url: string): void {
    this.#keepUrls.push(url);
  }

  /**
   * Returns the text without secrets. Never throws: a text that cannot be redacted is withheld as a whole.
   */
  redact(text: string): string {
    try {
      const pattern = this.#filters.some(filter => filter.test(text)) ? this.#secretsAndUrls : this.#urls;
      const known = text.replace(pattern, match => (isUrl(match) ? this.#url(match) : redacted));
      const clean = without(known, this.#concealed.find(known));
      const said = without(clean, phrases(clean, this.#words));
      return without(said, this.#encoded(said, mostEncodings));
    } catch {
      return withheld;
    }
  }

  /** Returns the places of texts that hold a secret after up to `times` decodings. */
  #encoded(text: string, times: number): [from: number, to: number][] {
    const found: [number, number][] = [];
    for (const { from, to, text: decoded } of decodings(text))
      if (this.#holdsSecret(decoded, times - 1)) found.push([from, to]);
    return merged(found);
  }

  #holdsSecret(text: string, times: number): boolean {
    return (
      this.#filters.some(filter => filter.test(text)) ||
      this.#concealed.find(text).length > 0 ||
      phrases(text, this.#words).length > 0 ||
      (times > 0 && this.#encoded(text, times).length > 0)
    );
  }

  #url(url: string): string {
    const kept = this.#keepUrls.some(prefix => url.startsWith(prefix) && isBoundary(prefix, url));
    return kept ? url.replace(this.#secrets, redacted) : redactUrl(url);
  }

  #learn(secret: string): void {
    // A list of URLs is several secrets. As a single URL, the host of the second would be part of a path, and
    // a trailing comma part of the key before it.
    for (const text of secret.trim().split(/[\s,]+(?=[a-z]+:\/\/)/i)) {
      const parts = urlSecrets(text.replace(/[\s,]+$/, ''));
      for (const part of parts?.filter(each => !this.#publicWords.has(each.toLowerCase())) ?? [text]) {
        if (part.length < shortestSecret) continue;
        for (const source of spellingsOf(part)) this.#sources.add(source);
        this.#concealed.add(part);
      }
    }
  }

  #compile(): void {
    // The longest comes first: where one secret begins another, the whole of the longer one has to be
    // removed.
    const sources = [...this.#sources].sort((left, right) => right.length - left.length);
    this.#filters = inGroups(sources).map(group => new RegExp(group, 'i'));
    if (sources.length > 0) this.#secrets = new RegExp(sources.join('|'), 'gi');
    this.#secretsAndUrls = new RegExp([...sources, urlSource].join('|'), 'gi');
  }
}

/**
 * Returns the text with these ranges redacted. The number of texts that are searched as one stays the same.
 */
function without(text: string, ranges: readonly [from: number, to: number][]): string {
  let output = '';
  let copied = 0;
  for (const [from, to] of ranges) {
    const breaks = text.slice(from, to).split(textBreak).length - 1;
    output += text.slice(copied, from) + redacted + `${textBreak}${redacted}`.repeat(breaks);
    copied = to;
  }
  return copied === 0 ? text : output + text.slice(copied);
}

function inGroups(sources: readonly string[]): string[] {
  const groups: string[] = [];
  for (const source of sources) {
    const last = groups.at(-1);
    if (last === undefined || last.length + source.length > longestFilter) groups.push(source);
    else groups[groups.length - 1] = `${last}|${source}`;
  }
  return groups;
}

// `https://explorer.example` is no prefix of `https://explorer.example.org/`.
function isBoundary(prefix: string, url: string): boolean {
  return prefix.endsWith('/') || url.length === prefix.length || /[/?#]/.test(url.charAt(prefix.length));
}
