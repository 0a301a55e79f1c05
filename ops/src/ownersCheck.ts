import { readFileSync } from 'node:fs';
import {
  type AlertTable,
  channelNames,
  OwnersRefused,
  parseOwners,
  problemsOfOwners,
} from '@service-bots/core/alerts';
import { reasonOf, SetupError } from '@service-bots/core/errors';

/**
 * Looks at a file of owners with the tables of all bots at hand.
 * @throws SetupError with everything that is wrong
 */
export function checkOwners(
  file: string,
  tables: Readonly<Record<string, AlertTable>>,
  print: (line: string) => void,
): void {
  const problems = problemsOf(read(file), tables);
  if (problems.length > 0)
    throw new SetupError([`${file} cannot be used:`, ...problems.map(each => `  ${each}`)].join('\n'));
  const checks = Object.values(tables).flatMap(table => Object.keys(table));
  print(`${file}: each of ${checks.length} checks of ${Object.keys(tables).join(', ')} has an owner`);
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new SetupError(`${file} cannot be read: ${reasonOf(error)}`);
  }
}

function problemsOf(text: string, tables: Readonly<Record<string, AlertTable>>): readonly string[] {
  try {
    return problemsOfOwners(parseOwners(text), { tables, channels: channelNames, othersExist: false });
  } catch (error) {
    if (error instanceof OwnersRefused) return error.problems;
    throw error;
  }
}
