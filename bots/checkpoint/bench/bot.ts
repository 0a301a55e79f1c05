import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BotProcess,
  type Devnet,
  roles,
  roundsOf,
  startBotProcess,
  temporaryFolder,
  timeOf,
  waitForRounds,
} from '@service-bots/devnet';

/** The bot as its users run it. */
const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** The pause between two rounds that have nothing left to read, when `LOOK_SECONDS` is 1. */
const settledPauseMs = 800;

/** The folder for each bot's state. */
const stateRoot = temporaryFolder('checkpoint-bench-');

/** Starts the bot against a deployment, without earlier state; `env` overrides the defaults. */
export function startBot({ anvil, registry }: Devnet, env: Readonly<Record<string, string>>): BotProcess {
  return startBotProcess(entry, {
    RPC_URL: anvil.rpcUrl,
    REGISTRY_ADDRESS: registry,
    CHECKPOINT_BOT_KEY: roles.bot.privateKey,
    STATE_DIR: mkdtempSync(join(stateRoot, 'bot-')),
    LOG_LEVEL: 'debug',
    ...env,
  });
}

/** Waits until the bot has read its pools' past and pauses for a second between rounds (`LOOK_SECONDS=1`). */
export async function waitUntilIdle(bot: BotProcess): Promise<void> {
  for (let count = 2; ; count += 1) {
    await waitForRounds(bot, count);
    const [before, last] = roundsOf(bot).slice(count - 2, count);
    if (before && last && timeOf(last) - Number(last.ms) - timeOf(before) >= settledPauseMs) return;
  }
}
