import { readFileSync } from 'node:fs';
import { ConfigError } from '../../config/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { AlertTable, Notice } from '../alert.ts';
import type { Channel } from '../channel.ts';
import type { Severity } from '../severity.ts';
import { channelsNamed, problemsOfOwners } from './checkOwners.ts';
import { type OwnerRule, type Owners, OwnersRefused, parseOwners, ruleFor } from './ownersFile.ts';

/** Names of every channel there is. */
export const channelNames = ['rollbar', 'pagerduty', 'telegram', 'slack', 'discord', 'webhook'] as const;

/** Who is responsible for the alerts of one bot. */
export interface Ownership {
  ownerOf(bot: string, check: string, severity: Severity): string;
  /** The channels, each told only what its owners listed it for. */
  routed(channels: readonly Channel[]): Channel[];
}

/** Without a file of owners: everybody who is on call, by every channel. */
export const onCall: Ownership = { ownerOf: () => 'on-call', routed: channels => [...channels] };

export interface OwnershipOptions {
  /** Path of the file. */
  file: string;
  bot: string;
  /** Everything the bot can raise. */
  table: AlertTable;
  /** Names of the channels that are configured. */
  configured: readonly string[];
}

/**
 * Reads the file of owners for one bot.
 * @throws ConfigError with everything that is wrong with it: also when a check of the bot has no owner, or is sent to a
 * channel that is not configured. What it says of bots that are not known here is not judged.
 */
export function readOwnership({ file, bot, table, configured }: OwnershipOptions): Ownership {
  const owners = readOwners(file);
  const unconfigured = channelsNamed(owners, bot, table).filter(
    name => channelNames.some(each => each === name) && !configured.includes(name),
  );
  const problems = [
    ...unconfigured.map(name => `alerts of ${bot} go to ${name}, which is not configured`),
    ...problemsOfOwners(owners, { tables: { [bot]: table }, channels: channelNames, othersExist: true }),
  ];
  if (problems.length > 0) throw refused(problems);
  return {
    ownerOf(ofBot, check, severity) {
      const rule = ruleFor(owners, ofBot, check, severity);
      return rule ? ownerText(rule) : 'on-call';
    },
    routed: channels => channels.map(channel => routedBy(owners, channel)),
  };
}

/** @throws ConfigError */
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
  const told = tell.length === 0 ? '' : `, told: ${tell.join(', ')}`;
  return `${page.join(', ')}${told} (${name}${link === undefined ? '' : `, ${link}`})`;
}

function routedBy(owners: Owners, channel: Channel): Channel {
  const gets = ({ occasion, alert }: Notice): boolean => {
    if (occasion === 'news') return true;
    const channels = ruleFor(owners, alert.bot, alert.check, alert.severity)?.channels;
    return channels?.includes(channel.name) ?? true;
  };
  return {
    ...channel,
    deliver: (notices, signal) => channel.deliver(notices, signal),
    wants: notice => (channel.wants?.(notice) ?? notice.occasion !== 'news') && gets(notice),
  };
}
