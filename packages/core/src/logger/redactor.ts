import { englishWords, replaceMnemonics } from './mnemonics.ts';
import { isUrl, redacted, redactUrl, urlSource } from './redactUrl.ts';
import { spellingsOf } from './spellings.ts';
import { urlSecrets } from './urlSecrets.ts';

// Three characters occur by chance in every second line; such a "secret" protects nothing anyway.
const shortestSecret = 4;

// V8 interprets expressions of more than 20 KB instead of compiling them: forty times slower.
const longestFilter = 10_000;

export const withheld = '[withheld: this text could not be redacted]';

export interface RedactorOptions {
  /** Public URLs whose paths are worth showing: runbooks, block explorers. Everything below them is kept. */
  readonly keepUrls?: readonly string[];
}

/**
 * Takes secrets out of texts that leave the process: the secrets it knows in every spelling, the path, query
 * and user of every URL, and BIP-39 phrases whether known or not. Hashes and addresses stay.
 */
export class Redactor {
  readonly #keepUrls: readonly string[];
  readonly #sources = new Set<string>();
  readonly #words = englishWords();
  readonly #urls = new RegExp(urlSource, 'gi');
  /** Together they match where `#secrets` does. */
  #filters: readonly RegExp[] = [];
  #secrets = /(?!)/g;
  #secretsAndUrls = this.#urls;

  constructor(secrets: readonly string[], { keepUrls = [] }: RedactorOptions = {}) {
    this.#keepUrls = keepUrls;
    for (const secret of secrets) this.#learn(secret);
    this.#compile();
  }

  /** Learn one more secret. Those of fewer than 4 characters are ignored. */
  add(secret: string): void {
    this.#learn(secret);
    this.#compile();
  }

  /** The text without secrets. Never throws: a text that cannot be redacted is withheld as a whole. */
  redact(text: string): string {
    try {
      const pattern = this.#filters.some(filter => filter.test(text)) ? this.#secretsAndUrls : this.#urls;
      const known = text.replace(pattern, match => (isUrl(match) ? this.#url(match) : redacted));
      return replaceMnemonics(known, this.#words, redacted);
    } catch {
      return withheld;
    }
  }

  #url(url: string): string {
    const kept = this.#keepUrls.some(prefix => url.startsWith(prefix) && isBoundary(prefix, url));
    return kept ? url.replace(this.#secrets, redacted) : redactUrl(url);
  }

  #learn(secret: string): void {
    // A list of URLs is as many secrets; as one of them the host of the second would be part of a path.
    for (const text of secret.trim().split(/\s*,\s*(?=[a-z]+:\/\/)/i)) {
      for (const part of urlSecrets(text) ?? [text]) {
        if (part.length < shortestSecret) continue;
        for (const source of spellingsOf(part)) this.#sources.add(source);
      }
    }
  }

  #compile(): void {
    // The longest first: where one secret begins another, the whole of it has to go.
    const sources = [...this.#sources].sort((left, right) => right.length - left.length);
    this.#filters = inGroups(sources).map(group => new RegExp(group, 'i'));
    if (sources.length > 0) this.#secrets = new RegExp(sources.join('|'), 'gi');
    this.#secretsAndUrls = new RegExp([...sources, urlSource].join('|'), 'gi');
  }
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
