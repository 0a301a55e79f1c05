import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Alerter } from '../../alerts/index.ts';
import type { Clock } from '../../clock/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Logger } from '../../logger/index.ts';

const signsPerBound = 60;
const longestPauseMs = 10_000;

/**
 * Reads a line for each sign of life. `read` returns more than 128 when no line came in time. It returns 1 at
 * the end of the pipe, when the bot has ended. The script counts missing signs, since a container that was
 * suspended has missed one at most. The file is written in the background: a file system that hangs must not
 * keep the bot from being killed.
 */
const script = `
bot=$1 file=$2 pause=$3 most=$4 missing=0
while [ "$missing" -lt "$most" ]; do
  if read -r -t "$pause" _; then missing=0; elif [ $? -gt 128 ]; then missing=$((missing + 1)); else exit; fi
done
at=$(TZ=UTC printf '%(%Y-%m-%dT%H:%M:%SZ)T' -1)
printf '{"time":"%s","level":"critical","bot":"%s","message":"the event loop was blocked for %s s (ROUND_STUCK_SECONDS): the process is killed"}\\n' "$at" "$bot" "$((pause * most))" >&2
printf '{"at":"%s","seconds":%s}\\n' "$at" "$((pause * most))" > "$file" &
sleep 1
kill -KILL $PPID
`;

/** Returns the path of the file that records that a bot was killed. */
export function killedFile(stateDir: string, bot: string): string {
  return resolve(join(stateDir, `${bot}-killed.json`));
}

/**
 * Kills this process when its event loop is blocked for `boundMs`: by an endless loop, or by a system call on
 * a file server that is gone. No timer of the process itself runs then. The shell beside it takes 1 MB; a
 * worker thread, which could do the same, takes 8 MB.
 *
 * **What remains:** two kinds of bot are not killed. On a machine without bash there is no shell. A bot that
 * is process 1 of a container cannot be killed from inside (compose's `init: true` avoids that). For both,
 * missing heartbeats are the only sign.
 */
export function killWhenBlocked({
  bot,
  stateDir,
  boundMs,
  logger,
}: {
  bot: string;
  stateDir: string;
  /** How long the event loop may be blocked, in ms. */
  boundMs: number;
  logger: Logger;
}): void {
  const pauseSeconds = Math.max(Math.round(Math.min(boundMs / signsPerBound, longestPauseMs) / 1000), 1);
  const most = Math.max(Math.ceil(boundMs / 1000 / pauseSeconds), 2);
  const args = [bot, killedFile(stateDir, bot), `${pauseSeconds}`, `${most}`];
  // Without --norc bash would read .bashrc, since it takes Node's pipe for a remote shell's.
  const shell = spawn('bash', ['--norc', '-c', script, 'killWhenBlocked', ...args], {
    stdio: ['pipe', 'ignore', 'inherit'],
    // The shell gets no variable of the bot's environment, which may hold secrets.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
  });
  const signs = setInterval(() => shell.stdin.write('\n'), pauseSeconds * 500).unref();
  const end = () => clearInterval(signs);
  shell.on('error', ({ message: reason }) => {
    end();
    logger.warning(
      'bash cannot be started, so this process will not be killed when its event loop is blocked',
      { reason },
    );
  });
  shell.on('exit', end);
  // The shell has ended, and its `exit` event reports that.
  shell.stdin.on('error', () => undefined);
  shell.unref();
}

/** The record that the shell of `killWhenBlocked` writes. */
const killedSchema = z.object({ at: z.iso.datetime(), seconds: z.number() });
/** A kill that is older is not reported, because another copy of the bot has been at work since. */
const freshMs = 24 * 3_600_000;

/**
 * Raises the alert about the previous process, which was killed and could not raise it itself. Never throws.
 */
export async function alertIfKilledBefore(
  file: string,
  { alerter, logger }: { alerter: Alerter; logger: Logger },
  clock: Clock,
): Promise<void> {
  try {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    const { at, seconds } = killedSchema.parse(JSON.parse(text));
    const message = `the event loop was blocked for ${seconds} s (ROUND_STUCK_SECONDS), so the process was killed at ${at}`;
    if (Math.abs(clock.now() - Date.parse(at)) < freshMs)
      alerter.observe([{ check: 'round-stuck', failing: true, message }]);
    else logger.warning(message);
    await rm(file, { force: true });
  } catch (error) {
    logger.warning('the record of a killed process could not be used', {
      file,
      reason: reasonOf(error),
    });
  }
}
