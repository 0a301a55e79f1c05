import { z } from 'zod';
import { type Declaration, declarations, defaultTextOf, fileNameOf } from './variable.ts';

interface Section {
  readonly title: string;
  readonly schema: z.ZodObject;
}

/**
 * Renders a commented .env.example. Required variables are lines to fill in, optional ones are commented out.
 * Variables that all sections have come first; a variable that some sections share appears in the first of
 * those. A secret never has a value.
 */
export function renderEnvExample(sections: readonly Section[]): string {
  const written = new Set<string>();
  const blocks = withShared(sections).map(({ title, schema }) => {
    const own = declarations(schema).filter(each => !written.has(each.name));
    for (const each of own) written.add(each.name);
    return [`# ── ${title} ──`, ...own.map(each => entry(each, schema))].join('\n\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

function withShared(sections: readonly Section[]): Section[] {
  const [first, ...others] = sections;
  if (first === undefined || others.length === 0) return [...sections];
  const inAll = Object.entries(first.schema.shape).filter(([name]) =>
    others.every(({ schema }) => name in schema.shape),
  );
  return [{ title: 'Every bot', schema: z.object(Object.fromEntries(inAll)) }, ...sections];
}

function entry(declaration: Declaration, schema: z.ZodObject): string {
  const { name, description, required, secret, aliases = [], example } = declaration;
  const fallback = defaultTextOf(schema, declaration);
  const notes = [
    required ? 'Required.' : fallback === undefined ? 'Optional.' : `Default: ${fallback}.`,
    ...(aliases.length > 0 ? [`Also called ${aliases.join(', ')}.`] : []),
    ...(secret ? [`Secret: better in a file of mode 600, named in ${fileNameOf(name)}.`] : []),
  ];
  const value = secret ? '' : example;
  return `# ${description}. ${notes.join(' ')}\n${required ? '' : '# '}${name}=${value}`;
}
