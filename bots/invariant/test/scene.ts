import { fileURLToPath } from 'node:url';
import {
  type Anvil,
  type BotProcess,
  type BotProcessOptions,
  type Devnet,
  deployHyperdrive,
  type LogLine,
  openBotGroup,
  type PoolOptions,
  startAnvil,
  until,
} from '@service-bots/devnet';

/** The bot as its users run it. */
export const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A local chain with real pools, and bots that watch it. */
export interface Scene {
  anvil: Anvil;
  devnet: Devnet;
  /** Starts the bot against this chain, with a check of every block; `env` overrides the defaults. */
  startBot(env?: Record<string, string>, options?: BotProcessOptions): BotProcess;
  killBots(): Promise<void>;
  /** A new folder for a bot's state, removed at the end. */
  folder(): string;
  /** Ends everything, and asserts that none of its bots ever wrote its key. */
  close(): Promise<void>;
}

/** 21 November 2026, noon: no checkpoint begins by itself while a test runs, at any time of day. */
const genesis = 1_795_262_400;

export async function openScene(pools: readonly PoolOptions[]): Promise<Scene> {
  const anvil = await startAnvil({ timestamp: genesis });
  const devnet = await deployHyperdrive(anvil, { pools, paused: [] });
  const bots = openBotGroup(entry, 'PAUSER_KEY');
  return {
    anvil,
    devnet,
    folder: bots.stateDir,
    killBots: bots.killAll,
    startBot: (env = {}, options = {}) =>
      bots.start(
        {
          RPC_URI: anvil.rpcUrl,
          REGISTRY_ADDRESS: devnet.registry,
          LOG_LEVEL: 'debug',
          BLOCK_TIME: '0.4',
          ALERT_RESOLVE_AFTER_SECONDS: '0',
          DISCOVERY_SECONDS: '1',
          ...env,
        },
        options,
      ),
    async close() {
      await bots.close();
      await devnet.close();
      await anvil.stop();
    },
  };
}

/** The fields of `/status` that the tests use. */
export interface BotStatus {
  head: { number: number };
  details: { checked?: number; waiting: number; skipped: number; mode: string; pausesOn: string[] };
  openAlerts: { check: string; pool?: string; severity: string; message: string }[];
  pools: {
    address: string;
    name: string;
    details: {
      block?: number;
      vault?: string;
      checks: Record<string, { outcome: string; why?: string; headroom?: string; muted?: string }>;
    };
  }[];
}

export const statusOf = (bot: BotProcess) => bot.status<BotStatus>();

/** Waits until the bot has checked this block, or a later one, for all pools. */
export async function waitUntilChecked(bot: BotProcess, block: number): Promise<BotStatus> {
  return until(`block ${block} is checked`, async () => {
    const status = await statusOf(bot);
    return (status.details?.checked ?? -1) >= block && status;
  });
}

/** Returns the log lines that reported a check, or its end. */
export function alertsOf(bot: BotProcess, check: string, occasion = 'opened'): LogLine[] {
  return bot.lines.filter(line => line.check === check && line.message.startsWith(`alert ${occasion}: `));
}

/** Returns the alert of a check, once there is one. */
export function alert(bot: BotProcess, check: string, occasion = 'opened'): Promise<LogLine> {
  return bot.waitForLine(line => line.check === check && line.message.startsWith(`alert ${occasion}: `));
}

/**
 * Waits until an alert has ended. This takes two looks without the finding, and only a new block is checked:
 * the next one is mined once the bot has checked the last, or a second later, so that a slow bot can keep up.
 */
export async function over({ anvil }: Scene, bot: BotProcess, check: string): Promise<void> {
  let minedAt = 0;
  await until(`${check} is over`, async () => {
    if (alertsOf(bot, check, 'resolved').length > 0) return true;
    const [{ details }, { number }] = await Promise.all([statusOf(bot), anvil.time.latest()]);
    if ((details?.checked ?? -1) < number && performance.now() - minedAt < 1_000) return false;
    await anvil.time.mine();
    minedAt = performance.now();
    return false;
  });
}
