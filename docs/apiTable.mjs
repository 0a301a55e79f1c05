// The public API of a package from its built declarations: what each index exports, with the first sentence of its TSDoc.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @param {string} folder the folder of the package, which is built
 * @returns {{ entry: string, exports: { name: string, kind: string, summary: string | undefined }[] }[]}
 */
export function publicApi(folder) {
  return readdirSync(join(folder, 'src'))
    .filter(entry => existsSync(join(folder, 'src', entry, 'index.ts')))
    .sort()
    .map(entry => ({ entry, exports: exportsOf(join(folder, 'dist', entry, 'index.d.ts')).sort(byName) }));
}

const byName = (a, b) => a.name.localeCompare(b.name, 'en');

/** Returns every export of a declaration file, where it is declared. */
function exportsOf(file) {
  const text = readFileSync(file, 'utf8');
  const again = [...text.matchAll(/^export (type )?\{([^}]*)\} from '(\..*?)';/gm)].flatMap(
    ([, , names, from]) => {
      const there = new Map(exportsOf(declarationOf(file, from)).map(each => [each.name, each]));
      return names
        .split(',')
        .map(part => part.trim().replace(/^type /, ''))
        .filter(Boolean)
        .map(part => {
          const [name, as = name] = part.split(' as ');
          const found = there.get(name);
          if (!found) throw new Error(`${file} exports ${name} of ${from}, which does not declare it`);
          return { ...found, name: as };
        });
    },
  );
  const all = [...text.matchAll(/^export \* from '(\..*?)';/gm)].flatMap(([, from]) =>
    exportsOf(declarationOf(file, from)),
  );
  return [...again, ...all, ...declaredIn(text)];
}

const declarationOf = (file, from) => join(dirname(file), from.replace(/\.[jt]s$/, '.d.ts'));

const declaration =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^export (?:declare )?(?:abstract )?(function|class|const|interface|type|enum) (\w+)/gm;

function declaredIn(text) {
  const found = new Map();
  for (const [, comment, kind, name] of text.matchAll(declaration)) {
    // The first of several overloads has the comment.
    if (!found.has(name)) found.set(name, { name, kind, summary: comment && firstSentence(comment) });
  }
  return [...found.values()];
}

function firstSentence(comment) {
  const lines = comment.split('\n').map(line => line.replace(/^\s*\* ?/, '').trim());
  const end = lines.findIndex((line, i) => i > 0 && (line === '' || /^[@-]/.test(line)));
  const text = lines
    .slice(0, end === -1 ? undefined : end)
    .join(' ')
    .replace(/\s+@\w+ .*$/, '')
    .trim();
  return /^.*?[.](?= [A-Z`]|$)/.exec(text)?.[0] ?? text;
}

/** Returns the list of a package's public API: an entry a paragraph, its exports in a table that is folded on GitHub. */
export function renderApi(name, folder) {
  return publicApi(folder)
    .filter(({ exports }) => exports.length > 0)
    .map(({ entry, exports }) => {
      const rows = exports.map(
        ({ name: exported, kind, summary = '' }) =>
          `| \`${exported}\` | ${kind} | ${summary.replaceAll('|', '\\|').replaceAll(/\{@link (\w+)\}/g, '`$1`')} |`,
      );
      return [
        '<details>',
        `<summary><code>${name}/${entry}</code>: ${exports.length} exports</summary>`,
        '',
        '| Name | Kind | Summary |',
        '| --- | --- | --- |',
        ...rows,
        '',
        '</details>',
        '',
      ].join('\n');
    })
    .join('\n');
}
