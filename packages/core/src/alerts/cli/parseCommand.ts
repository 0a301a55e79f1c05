import { parseArgs } from 'node:util';
import { BotError } from '../../errors/index.ts';

/** A command of the operator. */
export type Command =
  | { verb: 'list'; stateDir: string; json: boolean }
  | {
      verb: 'ack' | 'mute';
      stateDir: string;
      key: string;
      why: string;
      by: string;
      forMs: number | undefined;
    }
  | { verb: 'unmute'; stateDir: string; key: string };

/** Thrown when the command line makes no sense, or names an alert that does not exist. */
export class CommandRefused extends BotError {}

export const usage = `pnpm alerts list [--json]                               open alerts, with their acknowledgements and mutes
pnpm alerts ack KEY --why TEXT [--for 4h] [--by NAME]   no reminders until it gets worse or ends
pnpm alerts mute KEY --for 4h --why TEXT [--by NAME]    nothing until then, unless it becomes critical
pnpm alerts unmute KEY                                  takes an ack or a mute back

KEY is the key that \`list\` shows, or any part of it that fits one alert alone. --for takes 30m, 4h or 2d, up to 90d.
The state is in --state-dir, or STATE_DIR, or ./state.
`;

/** A longer mute is forgotten by every person who could end it. */
const longestDays = 90;
const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Parses the command line.
 * @param user the name of the operator, if `--by` is absent
 * @throws CommandRefused
 */
export function parseCommand(
  args: readonly string[],
  stateDirOfEnv: string | undefined,
  user: string,
): Command {
  const { values, positionals } = parsed(args);
  const stateDir = values['state-dir'] ?? stateDirOfEnv ?? './state';
  const [verb, key, ...more] = positionals;
  if (more.length > 0)
    throw new CommandRefused(
      `one KEY at a time, and "${more[0]}" is another; quote a --why of several words`,
    );
  if (verb === 'list') return { verb, stateDir, json: values.json ?? false };
  if (verb !== 'ack' && verb !== 'mute' && verb !== 'unmute')
    throw new CommandRefused(
      verb === undefined ? 'say what to do' : `"${verb}" is none of list, ack, mute, unmute`,
    );
  if (!key) throw new CommandRefused(`${verb} needs the KEY of an alert`);
  if (verb === 'unmute') return { verb, stateDir, key };
  if (!values.why?.trim()) throw new CommandRefused(`${verb} needs --why, for those who find it later`);
  const forMs = values.for === undefined ? undefined : durationMs(values.for);
  if (verb === 'mute' && forMs === undefined) throw new CommandRefused('mute needs --for, such as --for 4h');
  return { verb, stateDir, key, why: values.why.trim(), by: values.by?.trim() || user, forMs };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        for: { type: 'string' },
        why: { type: 'string' },
        by: { type: 'string' },
        json: { type: 'boolean' },
        'state-dir': { type: 'string' },
      },
    });
  } catch (error) {
    throw new CommandRefused((error as Error).message);
  }
}

function durationMs(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * unitMs[unit as keyof typeof unitMs];
  if (!(ms > 0)) throw new CommandRefused(`--for ${text} is no length of time; write 30m, 4h or 2d`);
  if (ms > longestDays * unitMs.d)
    throw new CommandRefused(`--for ${text} is too long: at most ${longestDays}d, and again then if need be`);
  return ms;
}
