import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertNoSecret } from './assertNoSecret.ts';
import { type BotProcess, type BotProcessOptions, startBotProcess } from './botProcess.ts';

/** Processes of one bot and their state folders, which end together. */
export interface BotGroup {
  /** The bots that were started and have not ended. */
  readonly running: ReadonlySet<BotProcess>;
  /** Starts another bot, with a separate state folder unless `env` has one. */
  start(env: Readonly<Record<string, string>>, options?: BotProcessOptions): BotProcess;
  /** A new folder, removed at the end. */
  stateDir(): string;
  /** Ends the running bots with SIGKILL. */
  killAll(): Promise<void>;
  /**
   * Ends everything; may be called again.
   *
   * @throws Error when one of the processes ever wrote its key
   */
  close(): Promise<void>;
}

/**
 * @param entry the bot's main file
 * @param keyVariable the variable of its environment that holds its wallet's key
 */
export function openBotGroup(entry: string, keyVariable: string): BotGroup {
  const root = mkdtempSync(join(tmpdir(), 'bots-'));
  const started: { bot: BotProcess; key: string | undefined }[] = [];
  const running = new Set<BotProcess>();
  const stateDir = () => mkdtempSync(join(root, 'state-'));
  const killAll = async () => {
    await Promise.all([...running].map(bot => bot.stop('SIGKILL')));
  };
  return {
    running,
    stateDir,
    killAll,
    start(env, options) {
      const bot = startBotProcess(entry, { STATE_DIR: stateDir(), ...env }, options);
      started.push({ bot, key: env[keyVariable] });
      running.add(bot);
      void bot.exited.then(() => running.delete(bot));
      return bot;
    },
    async close() {
      await killAll();
      rmSync(root, { recursive: true, force: true });
      for (const { bot, key } of started) if (key) assertNoSecret("a bot's output", bot.output, [key]);
    },
  };
}
