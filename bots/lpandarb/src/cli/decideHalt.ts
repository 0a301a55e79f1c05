import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type Env, loadConfig, runtimeVariables } from '@service-bots/core/config';
import { z } from 'zod';
import { ledgersIn } from '../ledger/ledgersIn.ts';
import { haltFile, readHalt, resume, writeHalt } from '../limits/halt.ts';

const config = z.object({ STATE_DIR: runtimeVariables.STATE_DIR });

/** The outcome of a command that halts or resumes the bot. */
export interface Decided {
  text: string;
  /** Why the command may have no effect. */
  warning: string | undefined;
}

/**
 * Writes or removes the file that halts the bot.
 * @throws ConfigError
 */
export function decideHalt(
  env: Env,
  command: 'halt' | 'unwind' | 'resume',
  why: string | undefined,
): Decided {
  const { STATE_DIR } = loadConfig(config, env).config;
  const path = haltFile(STATE_DIR);
  // The folder of a bot that has run holds its ledger. A halt in any other folder stops nothing.
  const warning =
    ledgersIn(STATE_DIR).length > 0
      ? undefined
      : `no lpandarb bot has run with STATE_DIR ${STATE_DIR}: a bot with another STATE_DIR is not affected`;
  if (command === 'resume') {
    const before = existsSync(STATE_DIR) ? readHalt(STATE_DIR) : undefined;
    if (before) resume(STATE_DIR);
    const text = before
      ? `resumed; it was halted by ${before.by}: ${before.why}`
      : 'nothing had halted the bot';
    return { text, warning };
  }
  writeHalt(STATE_DIR, {
    mode: command,
    why: why?.trim() || 'no reason was given',
    by: person(),
    at: new Date().toISOString(),
  });
  const does = command === 'halt' ? 'opens no position' : 'closes everything, step by step';
  return { text: `the bot ${does} from its next round on (${path}); "resume" ends it`, warning };
}

/** Returns the name of the user who runs the command. A container may have none. */
function person(): string {
  try {
    return userInfo().username;
  } catch {
    return 'a person';
  }
}
