import { readFileSync } from 'node:fs';

/** The same path from `src` and from `dist`. */
const page = new URL('../../../docs/runbooks/index.md', import.meta.url);

/** The checks of every alert with their titles, as a page of the documents lists them between its two marks. */
export function listedChecks(text: string): (readonly [check: string, title: string])[] {
  const [, table = ''] = text.split('<!-- alerts -->');
  const rows = table.matchAll(/^\| `([a-z-]+)` \| [^|]* \| ([^|]+) \|/gm);
  return [...rows].map(([, check = '', title = '']) => [check, title.trim()] as const);
}

/** Bots may give one check different titles. `drill` is an operator's test. */
export const checkTitles = [...listedChecks(readFileSync(page, 'utf8')), ['drill', 'a test alert'] as const];

export const knownChecks: ReadonlySet<string> = new Set(checkTitles.map(([check]) => check));
