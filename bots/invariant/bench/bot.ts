import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BotProcess, type Devnet, startBotProcess, temporaryFolder } from '@service-bots/devnet';

/** The bot as its users run it. */
const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The folder for each bot's state. */
const stateRoot = temporaryFolder('invariant-bench-');

export const newStateDir = (): string => mkdtempSync(join(stateRoot, 'bot-'));

/**
 * Starts the bot against a deployment, with a check of every block and without earlier state; `env` overrides
 * the defaults.
 */
export function startBot(
  { anvil, registry }: Devnet,
  env: Readonly<Record<string, string>> = {},
): BotProcess {
  return startBotProcess(entry, {
    RPC_URI: anvil.rpcUrl,
    REGISTRY_ADDRESS: registry,
    STATE_DIR: newStateDir(),
    DISCOVERY_SECONDS: '3600',
    ...env,
  });
}

/** Waits until the bot has checked this block for all pools. */
export async function waitUntilChecked(bot: BotProcess, block: number, timeoutMs = 60_000): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs;
  while ((await checkedBlock(bot)) < block) {
    if (Date.now() > giveUpAt) throw new Error(`block ${block} was not checked in ${timeoutMs / 1_000} s`);
    // Each request costs the bot an answer with all its pools: this interval keeps that cost out of the
    // figures.
    await delay(200);
  }
}

async function checkedBlock(bot: BotProcess): Promise<number> {
  const { details } = await bot.status<{ details?: { checked?: number } }>();
  return details?.checked ?? -1;
}
