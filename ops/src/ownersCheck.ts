import { readFileSync } from 'node:fs';
import {
  type AlertTable,
  alertVariables,
  type Channel,
  channelNames,
  OwnersRefused,
  openChannels,
  parseOwners,
  problemsOfOwners,
  reaches,
  type Severity,
  unreached,
} from '@service-bots/core/alerts';
import { type Env, loadConfig } from '@service-bots/core/config';
import { reasonOf, SetupError } from '@service-bots/core/errors';
import { z } from 'zod';

interface OwnersCheck {
  /** All alerts of each bot, by the bot's name. */
  tables: Readonly<Record<string, AlertTable>>;
  env: Env;
  print(line: string): void;
}

/**
 * Checks a file of owners against the tables of all bots. It also checks whether each alert reaches a
 * channel: a channel that the environment configures, or, where it configures none, any existing one.
 * @throws SetupError with all mistakes
 */
export function checkOwners(file: string, { tables, env, print }: OwnersCheck): void {
  const channels = channelsIn(env);
  const problems = problemsOf(read(file), tables, channels);
  if (problems.length > 0)
    throw new SetupError([`${file} cannot be used:`, ...problems.map(each => `  ${each}`)].join('\n'));
  const checks = Object.values(tables).flatMap(table => Object.keys(table));
  const through = channels.map(({ name }) => name).join(', ');
  print(
    `${file}: each of ${checks.length} checks of ${Object.keys(tables).join(', ')} has an owner and reaches a channel (${through})`,
  );
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new SetupError(`${file} cannot be read: ${reasonOf(error)}`);
  }
}

function channelsIn(env: Env): Channel[] {
  const { config } = loadConfig(z.object(alertVariables), env, { isOffline: true });
  const open = openChannels(config, {
    bot: 'ops',
    version: '',
    host: '',
    chain: () => '',
    redact: text => text,
  });
  if (open.length > 0) return open;
  const least = config as Readonly<Record<string, unknown>>;
  return channelNames.map(name => ({
    name,
    wants: notice => reaches(notice, least[`${name.toUpperCase()}_MIN_SEVERITY`] as Severity),
    deliver: () => Promise.resolve(),
  }));
}

function problemsOf(
  text: string,
  tables: Readonly<Record<string, AlertTable>>,
  channels: readonly Channel[],
): readonly string[] {
  try {
    const owners = parseOwners(text);
    const problems = problemsOfOwners(owners, { tables, channels: channelNames, othersExist: false });
    const silent = Object.entries(tables).flatMap(([bot, table]) =>
      unreached({ bot, table, channels, owners }),
    );
    return [...problems, ...silent];
  } catch (error) {
    if (error instanceof OwnersRefused) return error.problems;
    throw error;
  }
}
