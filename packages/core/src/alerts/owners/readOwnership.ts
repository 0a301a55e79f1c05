import { readFileSync } from 'node:fs';
import { ConfigError } from '../../config/index.ts';
import { reasonOf } from '../../errors/index.ts';
import { channelNames } from '../channels/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import type { AlertTable, Severity } from '../model/alert.ts';
import { type OwnerRule, type Owners, OwnersRefused, parseOwners, routedBy, ruleFor } from './parseOwners.ts';
import { channelsNamed, problemsOfOwners } from './problemsOfOwners.ts';
import { unreached } from './unreached.ts';

/** The owners of the alerts of one bot. */
export interface Ownership {
  ownerOf(bot: string, check: string, severity: Severity): string;
  /** The links of the rules. They are shown unredacted, since they are for people and no secrets. */
  links: readonly string[];
  /** Returns the channels, each limited to the alerts that the owners listed it for. */
  routed(channels: readonly Channel[]): Channel[];
}

/** The ownership without a file of owners: everyone on call, by every channel. */
export const onCall: Ownership = {
  ownerOf: () => 'on-call',
  links: [],
  routed: channels => [...channels],
};

/** The path of the file of owners, and the alerts that it has to cover. */
export interface OwnershipOptions {
  /** The path of the file. Without it, every alert is for everyone on call, through every channel. */
  file: string | undefined;
  bot: string;
  /** Every alert that the bot can raise. */
  table: AlertTable;
  /** The configured channels. */
  channels: readonly Channel[];
}

/**
 * Reads the file of owners for one bot, and proves that each of its alerts reaches a channel. Rules about
 * bots that are unknown here are not judged.
 * @throws ConfigError with all problems: also when a check of the bot has no owner, is sent to a channel that
 * is not configured, or is delivered by no channel
 */
export function readOwnership({ file, bot, table, channels }: OwnershipOptions): Ownership {
  if (file === undefined) {
    const problems = unreached({ bot, table, channels });
    const [variable = ''] = channels.map(({ name }) => `${name.toUpperCase()}_MIN_SEVERITY`);
    if (problems.length > 0) throw new ConfigError(problems.map(problem => ({ variable, problem })));
    return onCall;
  }
  const owners = readOwners(file);
  const configured = channels.map(({ name }) => name);
  const unconfigured = channelsNamed(owners, bot, table).filter(
    name => channelNames.some(each => each === name) && !configured.includes(name),
  );
  const problems = [
    ...unconfigured.map(name => `alerts of ${bot} go to ${name}, which is not configured`),
    ...problemsOfOwners(owners, { tables: { [bot]: table }, channels: channelNames, othersExist: true }),
    ...unreached({ bot, table, channels, owners }),
  ];
  if (problems.length > 0) throw refused(problems);
  return {
    ownerOf(ofBot, check, severity) {
      const rule = ruleFor(owners, { bot: ofBot, check, severity });
      return rule ? ownerText(rule) : 'on-call';
    },
    links: owners.rules.flatMap(({ link }) => link ?? []),
    routed: given => given.map(channel => routedBy(owners, channel)),
  };
}

/**
 * Returns the holders of each wallet's key, by the name of a bot or by an address in lower case.
 * @param file path of the file of owners; without it, the map is empty
 * @throws ConfigError when the file cannot be used
 */
export function readKeyHolders(file: string | undefined): ReadonlyMap<string, readonly string[]> {
  const { keys = {} } = file === undefined ? {} : readOwners(file);
  return new Map(Object.entries(keys).map(([wallet, holders]) => [wallet.toLowerCase(), holders]));
}

/** Reads the file of owners. @throws ConfigError */
function readOwners(file: string): Owners {
  try {
    return parseOwners(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof OwnersRefused) throw refused(error.problems);
    throw refused([`cannot be read: ${reasonOf(error)}`]);
  }
}

function refused(problems: readonly string[]): ConfigError {
  return new ConfigError(problems.map(problem => ({ variable: 'OWNERS_FILE', problem })));
}

function ownerText({ name, page, tell = [], link }: OwnerRule): string {
  const informed = tell.length === 0 ? '' : `, also informed: ${tell.join(', ')}`;
  return `${page.join(', ')}${informed} (${name}${link === undefined ? '' : `, ${link}`})`;
}
