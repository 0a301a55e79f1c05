import type { z } from 'zod';
import { type Declaration, declarations, defaultTextOf, spellingsOf } from './variable.ts';

/** Renders the variables of a bot as a Markdown table, in the order of declaration. */
export function renderEnvTable(schema: z.ZodObject): string {
  const rows = declarations(schema).map(each => {
    const standard = each.required ? '**required**' : defaultCell(schema, each);
    return [names(each), each.description, standard, each.secret ? 'secret' : code(each.example)];
  });
  const lines = [['Variable', 'Meaning', 'Default', 'Example'], ['---', '---', '---', '---'], ...rows];
  return `${lines.map(cells => `| ${cells.map(inCell).join(' | ')} |`).join('\n')}\n`;
}

function defaultCell(schema: z.ZodObject, declaration: Declaration): string {
  const value = defaultTextOf(schema, declaration) ?? '–';
  return value === '–' || value === declaration.defaultText ? value : code(value);
}

function names(declaration: Declaration): string {
  const [name, ...others] = spellingsOf(declaration);
  const also = others.length === 0 ? '' : `<br>or ${others.map(code).join(', ')}`;
  return `${code(name ?? '')}${also}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function inCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');
}
