import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  type BotProcess,
  type Devnet,
  roles,
  roundsOf,
  startBotProcess,
  timeOf,
  waitForRounds,
} from '@service-bots/devnet';

/** The bot as its users run it. */
const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Between two rounds that have nothing left to read, when `LOOK_SECONDS` is 1. */
const settledPauseMs = 800;

/** Folders of bots' states, removed at the end. */
const stateRoot = mkdtempSync(join(tmpdir(), 'checkpoint-bench-'));
process.once('exit', () => rmSync(stateRoot, { recursive: true, force: true }));
// Every bot that runs adds a listener, which kills it when this process ends.
process.setMaxListeners(50);

/** Starts the bot against a deployment, without any earlier state; `env` goes on top. */
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
