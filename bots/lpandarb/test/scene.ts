import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Anvil,
  type AnvilOptions,
  type BotProcess,
  type Devnet,
  type DevnetPool,
  deployHyperdrive,
  interfaces,
  openBotGroup,
  type PoolOptions,
  roles,
  startAnvil,
  transact,
  until,
} from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { BotInProcess } from './support/BotInProcess.ts';

export const day = 86_400;
const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface PoolStatus {
  address: string;
  name: string;
  lastError?: string;
  consecutiveErrors?: number;
  lastAction?: { what: string; hash?: string };
  details: {
    fixedRate: string;
    band: string;
    variableRate: string;
    positions: { side: string; bonds: string; matures: string }[];
    lpTokens: string;
    withdrawalShares: string;
    approved: string;
    plan: string[];
    profit: Record<string, string>;
    worth: { liquidity: string; bonds: string };
  };
}

export interface Status {
  rounds: { completed: number };
  head: { number: number };
  pools: PoolStatus[];
  details: { mode: string; noNewRisk?: string; halted?: { mode: string; why: string; by: string } };
  openAlerts: { check: string; severity: string; message: string; pool?: string }[];
}

export interface Scene {
  anvil: Anvil;
  devnet: Devnet;
  pool(name: string): DevnetPool;
  startBot(env?: Record<string, string>): BotProcess;
  /** Opens the bot in this process. The chain has to mine on demand. */
  openHere(env?: Record<string, string>): Promise<BotInProcess>;
  /** Ends the bots, processes and others. */
  killBots(): Promise<void>;
  stateDir(): string;
  /** Transfers base of a pool to the bot. */
  fund(pool: DevnetPool, whole: string): Promise<void>;
  close(): Promise<void>;
}

/** @param blockTime seconds between blocks, or `on demand`: each transaction is mined at once */
export async function openScene(
  pools: readonly PoolOptions[],
  blockTime: number | 'on demand' = 0.5,
  chain: AnvilOptions = {},
): Promise<Scene> {
  const anvil = await startAnvil({ ...(blockTime === 'on demand' ? {} : { blockTime }), ...chain });
  const devnet = await deployHyperdrive(anvil, { pools, paused: [] });
  const bots = openBotGroup(entry, 'LPANDARB_BOT_KEY');
  const here = new Set<BotInProcess>();
  const envWith = (env: Record<string, string>) => ({
    RPC_URI: anvil.rpcUrl,
    REGISTRY_ADDRESS: devnet.registry,
    LPANDARB_BOT_KEY: roles.bot.privateKey,
    LPANDARB_POOLS: devnet.pools.map(({ address }) => address).join(),
    CAPITAL_PER_POOL: '100000',
    MAX_POSITION: '1000000',
    MAX_TRADE: '1000000',
    MAX_LIQUIDITY_SHARE: '1',
    NATIVE_IN_BASE: '1',
    MIN_PROFIT_BPS: '0',
    SLIPPAGE_BPS: '0.5',
    VARIABLE_RATE: 'vault',
    INVARIANT_UNWATCHED: 'true',
    TRADES_PER_HOUR: '100',
    COOL_DOWN_SECONDS: '0',
    LOG_LEVEL: 'debug',
    LOOK_SECONDS: '1',
    BLOCK_TIME: '0.5',
    STATUS_PORT: '0',
    ALERT_RESOLVE_AFTER_SECONDS: '0',
    ...env,
  });
  const killBots = async () => {
    await Promise.all([bots.killAll(), ...[...here].map(bot => bot.close())]);
    here.clear();
  };
  return {
    anvil,
    devnet,
    pool: name => devnet.pool(name),
    stateDir: bots.stateDir,
    killBots,
    startBot: (env = {}) => bots.start(envWith(env)),
    async openHere(env = {}) {
      const bot = await BotInProcess.open(anvil, envWith(env));
      here.add(bot);
      return bot;
    },
    async fund(pool, whole) {
      const token = { address: await pool.asset.getAddress(), abi: interfaces.token };
      const amount = parseUnits(whole, pool.decimals);
      await transact(anvil, roles.deployer.address, token, 'mint(address,uint256)', [
        roles.bot.address,
        amount,
      ]);
    },
    async close() {
      await killBots();
      await bots.close();
      await devnet.close();
      await anvil.stop();
    },
  };
}

export async function statusOf(bot: BotProcess): Promise<Status> {
  return JSON.parse((await bot.get('/status'))?.body ?? '{}') as Status;
}

/** Waits until a round on a later block has ended without an action. */
export async function idle(bot: BotProcess): Promise<Status> {
  let seen = -1;
  let quiet = 0;
  let last = '';
  return until('the bot has nothing to do', async () => {
    // A connection may be closed while it is used; the next look opens another.
    const status = await statusOf(bot).catch(() => undefined);
    if (!status?.rounds || status.rounds.completed === seen) return undefined;
    seen = status.rounds.completed;
    const now = JSON.stringify(status.pools.map(({ lastAction }) => lastAction?.hash));
    quiet = now === last ? quiet + 1 : 0;
    last = now;
    const hasSteps = status.pools.some(({ details }) =>
      details?.plan?.some(text => /; (expected profit|pays at least) /.test(text)),
    );
    return quiet >= 2 && !hasSteps ? status : undefined;
  });
}

/** Waits until `/status` is as wanted. */
export function waitFor(bot: BotProcess, what: string, wanted: (status: Status) => boolean): Promise<Status> {
  return until(what, async () => {
    const status = await statusOf(bot).catch(() => undefined);
    return status?.rounds && wanted(status) ? status : undefined;
  });
}

export function poolOf(status: Status, name: string): PoolStatus {
  return status.pools.find(pool => pool.name === name) as PoolStatus;
}

export function haltFileOf(stateDir: string): { path: string; remove(): void } {
  const path = join(stateDir, 'HALT');
  return { path, remove: () => rmSync(path, { force: true }) };
}

export async function baseOf(pool: DevnetPool, account: string = roles.bot.address): Promise<bigint> {
  return pool.asset.getFunction('balanceOf').staticCall(account);
}

export const percentOf = (text: string) => Number.parseFloat(text);
