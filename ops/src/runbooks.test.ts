import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { alertTables } from './alertTables.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'docs', 'runbooks');
const read = (name: string) => readFileSync(join(folder, `${name}.md`), 'utf8');
const pages = readdirSync(folder)
  .map(file => file.replace(/\.md$/, ''))
  .filter(name => name !== 'index');

const everyAlert = Object.entries(await alertTables(root)).flatMap(([bot, table]) =>
  Object.entries(table).map(([check, kind]) => ({ bot, check, ...kind })),
);
/** A bot has its runbooks once it has its own page. */
const alerts = everyAlert.filter(({ bot }) => existsSync(join(root, 'docs', `${bot}.md`)));

describe('every alert', () => {
  it.each(alerts)(
    '$bot $check has its page, which names it and its severity',
    ({ check, runbook, severity, worst = severity }) => {
      expect(pages).toContain(runbook);
      const [said] = /^\*\*Alert:\*\* [\s\S]*?\n\n/m.exec(read(runbook)) ?? [''];
      expect(said).toContain(`\`${check}\``);
      expect(said).toContain(severity);
      expect(said.toLowerCase()).toContain(worst);
    },
  );
});

describe('every page', () => {
  const index = read('index');

  it.each(pages)(
    '%s says what it means, how bad it is, what to look at and do, how to verify, whom to call',
    name => {
      const page = read(name);
      expect(page.split('\n')[0]).toBe(`# ${name}`);
      const heads = [...page.matchAll(/^\*\*([A-Z][a-z ]*):?\*\*/gm)].map(([, head]) => head);
      expect(heads).toEqual(['Alert', 'How bad', 'Look at', 'Do', 'Verify', 'Call']);
    },
  );

  it.each(pages)('%s is reached from the index', name => {
    expect(index).toContain(`(${name}.md)`);
  });

  it.each(pages)('%s is the page of an alert', name => {
    expect(['drill', ...everyAlert.map(({ runbook }) => runbook)]).toContain(name);
  });
});
