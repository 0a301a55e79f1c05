import { userInfo } from 'node:os';
import { type Env, loadConfig, runtimeVariables } from '@service-bots/core/config';
import { z } from 'zod';
import { haltFile, readHalt, resume, writeHalt } from '../limits/halt.ts';

const config = z.object({ STATE_DIR: runtimeVariables.STATE_DIR });

/**
 * Writes or removes the file that halts the bot.
 * @returns the text that the command prints
 * @throws ConfigError
 */
export function decideHalt(env: Env, command: 'halt' | 'unwind' | 'resume', why: string | undefined): string {
  const { STATE_DIR } = loadConfig(config, env).config;
  const path = haltFile(STATE_DIR);
  if (command === 'resume') {
    const before = readHalt(STATE_DIR);
    resume(STATE_DIR);
    return before ? `resumed; it was halted by ${before.by}: ${before.why}` : 'nothing had halted the bot';
  }
  writeHalt(STATE_DIR, {
    mode: command,
    why: why ?? 'no reason was given',
    by: person(),
    at: new Date().toISOString(),
  });
  const does = command === 'halt' ? 'opens no position' : 'closes everything, step by step';
  return `the bot ${does} from its next round on (${path}); "resume" ends it`;
}

/** Returns the name of the user who runs the command. A container may have none. */
function person(): string {
  try {
    return userInfo().username;
  } catch {
    return 'a person';
  }
}
