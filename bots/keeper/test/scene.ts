import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Anvil,
  type AnvilOptions,
  type BotProcess,
  type DevnetPrizePool,
  deployPrizePools,
  moveClocks,
  type PrizePools,
  prizePoolDefaults,
  roles,
  startAnvil,
  startBotProcess,
} from '@service-bots/devnet';

export const minute = 60;
export const day = 86_400;
export const week = 7 * day;

/** The bot as its users run it. */
export const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Monad: blocks every 0.4 s, its own chain id. */
export const monad: AnvilOptions = { chainId: 143, blockTime: 0.4 };

/** A local chain with prize pools, and keepers that run against it, whose clocks go with the chain's. */
export interface Scene {
  anvil: Anvil;
  prizePools: PrizePools;
  /** Starts a keeper for all pools; `env` goes on top. */
  startKeeper(env?: Record<string, string>): Promise<BotProcess>;
  /** Moves the chain's clock and those of all running keepers to this second. */
  moveTo(unixSeconds: number): Promise<void>;
  /** A new folder for a bot's state, removed at the end. */
  stateDir(): string;
  /** Ends everything, and holds that no keeper ever wrote its key. */
  close(): Promise<void>;
}

/** A pool whose first round is due `leadSeconds` before this anchor. */
export function dueBefore(anchor: number, leadSeconds = 300) {
  const { roundDurationSec, yieldPeriodSec } = prizePoolDefaults;
  return { opensAt: anchor - leadSeconds - roundDurationSec - yieldPeriodSec };
}

/** The next full hour that leaves room for setting up, and how POOL_SCHEDULE_V2 spells it. */
export function nextAnchor(aheadSeconds = 2 * 3_600): { at: number; text: string } {
  const at = Math.ceil((Date.now() / 1000 + aheadSeconds) / 3_600) * 3_600;
  const date = new Date(at * 1000);
  const weekday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()];
  return { at, text: `${weekday}:${date.getUTCHours()}` };
}

export async function openScene(
  pools: Parameters<typeof deployPrizePools>[1],
  options: AnvilOptions = monad,
): Promise<Scene> {
  const anvil = await startAnvil(options);
  const prizePools = await deployPrizePools(anvil, pools);
  const folders: string[] = [];
  const bots: BotProcess[] = [];
  let running = true;
  const stateDir = () => {
    const folder = mkdtempSync(join(tmpdir(), 'keeper-bot-'));
    folders.push(folder);
    return folder;
  };
  return {
    anvil,
    prizePools,
    stateDir,
    async startKeeper(env = {}) {
      const clockShiftMs = (await anvil.time.aheadSeconds()) * 1000;
      const keeper = startBotProcess(
        entry,
        {
          RPC_URL: anvil.rpcUrl,
          PRIVATE_KEY: roles.bot.privateKey,
          POOL_ADDRESSES_V2: prizePools.pools.map(({ address }) => address).join(','),
          STATE_DIR: stateDir(),
          LOG_LEVEL: 'debug',
          KEEPER_INTERVAL_MS: '1000',
          ...env,
        },
        { clockShiftMs },
      );
      bots.push(keeper);
      void keeper.exited.then(() => bots.splice(bots.indexOf(keeper), 1));
      return keeper;
    },
    async moveTo(unixSeconds) {
      await moveClocks(anvil, bots, unixSeconds);
    },
    async close() {
      if (!running) return;
      running = false;
      for (const bot of bots) bot.kill('SIGKILL');
      await Promise.all(bots.map(({ exited }) => exited));
      await anvil.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A pool's events of one kind, with the time of their blocks. */
export async function eventsOf(anvil: Anvil, pool: DevnetPrizePool, name: string) {
  const events = (await pool.events()).filter(event => event.name === name);
  return Promise.all(
    events.map(async ({ args, block, hash }) => {
      const { timestamp } = (await anvil.provider.getBlock(block)) as { timestamp: number };
      return { round: Number(args[0]), args, block, hash, timestamp };
    }),
  );
}

/** Waits until `probe` gives something, looking a few times a second. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
