import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../errors/index.ts';
import { exclusively, type Store } from '../../store/index.ts';
import { readLedger } from '../delivery/readLedger.ts';
import { acknowledgementStore, applies, severityFor } from '../lifecycle/Acknowledgements.ts';
import { acknowledgementOf, severityOf } from '../lifecycle/group.ts';
import type { Acknowledgement, Severity } from '../model/alert.ts';
import type { Incident } from '../model/condition.ts';
import type { AcknowledgementRecords } from '../model/schemas.ts';
import { type Listed, listing } from './listing.ts';
import { type Command, CommandRefused } from './parseCommand.ts';

/** The alerts of one bot, as read from its files. */
interface Files {
  incidents: Map<string, Incident>;
  decisions: AcknowledgementRecords;
  store: Store<AcknowledgementRecords>;
}

const suffix = '-alerts.jsonl';
/** A decision that expired this long ago is deleted when a new one is made. */
const forgetAfterMs = 7 * 86_400_000;

/**
 * Executes a command. The bots may run meanwhile. Only this command writes files of decisions, each time as a
 * whole, and only the bot writes its file of alerts.
 * @param warn called with a warning for the operator beside the answer
 * @returns the text to print
 * @throws CommandRefused
 */
export async function act(command: Command, now: number, warn: (text: string) => void): Promise<string> {
  if (command.verb === 'list') {
    const bots = await filesIn(command.stateDir, warn);
    return listing(
      bots.flatMap(bot => listed(bot, now)),
      command.json,
    );
  }
  if (!existsSync(command.stateDir)) throw noFolder(command.stateDir);
  // Two operators may decide at once: each reads the other's decision.
  return exclusively(join(command.stateDir, 'alerts-decisions'), () => decide(command, now, warn)).catch(
    error => {
      throw error instanceof CommandRefused ? error : noAccess(error);
    },
  );
}

async function decide(
  command: Exclude<Command, { verb: 'list' }>,
  now: number,
  warn: (text: string) => void,
): Promise<string> {
  const { bot, key } = find(await filesIn(command.stateDir, warn), command);
  const isForgotten = (each: string, { at, until }: Acknowledgement) =>
    !bot.incidents.has(each) && (until ?? at) < now - forgetAfterMs;
  const rest = Object.entries(bot.decisions).filter(
    ([each, decision]) => each !== key && !isForgotten(each, decision),
  );
  if (command.verb === 'unmute') {
    if (!bot.decisions[key]) throw new CommandRefused(`${key} is neither acknowledged nor muted`);
    await save(bot, rest);
    return `${key}: taken back\n`;
  }
  const { verb: kind, by, why, forMs } = command;
  const about = bot.incidents.get(key);
  const severity = about && severityFor(about);
  // A decision about a group covers its present findings: a pool that joins later is reported.
  const members = about?.isGroup ? membersOf(bot, key) : undefined;
  const until = forMs === undefined ? undefined : now + forMs;
  const since = Object.fromEntries(
    [key, ...Object.keys(members ?? {})].flatMap(each => {
      const began = bot.incidents.get(each)?.alert.since;
      return began === undefined ? [] : [[each, began]];
    }),
  );
  const decision: Acknowledgement = { kind, by, why, at: now, severity, until, members, since };
  await save(bot, [...rest, [key, decision]]);
  const end = until === undefined ? 'until it gets worse or ends' : `until ${new Date(until).toISOString()}`;
  return `${key}: ${kind === 'ack' ? 'acknowledged' : 'muted'} by ${by} ${end}\n`;
}

async function filesIn(folder: string, warn: (text: string) => void): Promise<Files[]> {
  if (!existsSync(folder)) throw noFolder(folder);
  const names = namesIn(folder).filter(name => name.endsWith(suffix));
  return Promise.all(
    names.map(async name => {
      const path = join(folder, name);
      const store = acknowledgementStore(path.slice(0, -'.jsonl'.length), warn);
      const incidents = new Map<string, Incident>();
      try {
        for (const [key, { incident }] of readLedger(path).conditions)
          if (incident) incidents.set(key, incident);
        return { incidents, decisions: await store.read(), store };
      } catch (error) {
        throw noAccess(error);
      }
    }),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw noAccess(error);
  }
}

async function save({ store }: Files, decisions: [string, Acknowledgement][]): Promise<void> {
  await store.write(Object.fromEntries(decisions)).catch(error => {
    throw noAccess(error);
  });
}

function noFolder(folder: string): CommandRefused {
  return new CommandRefused(`there is no folder ${folder}; give --state-dir or STATE_DIR`);
}

function noAccess(error: unknown): CommandRefused {
  return new CommandRefused(`${reasonOf(error)}; the files are the bot's own: run it as the bot's user`);
}

function listed({ incidents, decisions }: Files, now: number): Listed[] {
  const keys = new Set([...incidents.keys(), ...Object.keys(decisions)]);
  return [...keys].flatMap(key => {
    const incident = incidents.get(key);
    const decision = decisions[key];
    const isOver = decision?.until !== undefined && decision.until <= now;
    const standing =
      decision && !isOver && (incident ? appliesTo(incident, decision) : decision.kind === 'mute');
    if (!incident && !standing) return [];
    return [{ key, incident, decision: standing ? decision : undefined }];
    function appliesTo(of: Incident, about: Acknowledgement): boolean {
      if (!of.isGroup) return applies(of, about);
      const members = [...incidents].filter(([, { alert }]) => alert.group === key);
      return members.some(
        ([each, member]) => acknowledgementOf({ key: each, incident: member }, about, now) !== undefined,
      );
    }
  });
}

function membersOf({ incidents }: Files, group: string): Record<string, Severity> {
  const members = [...incidents].filter(([, { alert }]) => alert.group === group);
  return Object.fromEntries(members.map(([key, incident]) => [key, severityOf({ key, incident })]));
}

function find(
  bots: readonly Files[],
  { verb, key: part }: Command & { key: string },
): { bot: Files; key: string } {
  const known = bots.flatMap(bot => {
    const keys = verb === 'unmute' ? Object.keys(bot.decisions) : [...bot.incidents.keys()];
    return keys.map(key => ({ bot, key }));
  });
  const exact = known.filter(({ key }) => key === part);
  const parts = exact.length > 0 ? exact : known.filter(({ key }) => key.includes(part));
  // If all other matches are pools of one group, the group is meant.
  const groups = parts.filter(({ bot, key }) =>
    parts.every(each => each.key === key || bot.incidents.get(each.key)?.alert.group === key),
  );
  const fits = groups.length === 1 ? groups : parts;
  const [first] = fits;
  if (first && fits.length === 1) return first;
  const choice = (fits.length > 0 ? fits : known).map(({ key }) => `\n  ${key}`).join('') || ' nothing';
  throw new CommandRefused(
    fits.length > 0
      ? `"${part}" matches several alerts:${choice}`
      : `"${part}" matches no alert; there is:${choice}`,
  );
}
