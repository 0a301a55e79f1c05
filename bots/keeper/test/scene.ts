import { fileURLToPath } from 'node:url';
import {
  type Anvil,
  type AnvilOptions,
  type BotProcess,
  type DevnetPrizePool,
  deployPrizePools,
  moveClocks,
  openBotGroup,
  type PrizePoolOptions,
  type PrizePools,
  prizePoolDefaults,
  roles,
  startAnvil,
} from '@service-bots/devnet';
import { hexlify, randomBytes, type TransactionResponse, Wallet } from 'ethers';

export const minute = 60;
export const hour = 60 * minute;
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
  /** Deploys another pool. */
  addPool(options: PrizePoolOptions): Promise<DevnetPrizePool>;
  /** Returns a new wallet with this balance; 20 MON unless given. */
  wallet(balanceWei?: bigint): Promise<Wallet>;
  /** Starts a keeper for all pools; `env` overrides the defaults. Its clock may be wrong from the start. */
  startKeeper(env?: Record<string, string>, clockAheadSeconds?: number): Promise<BotProcess>;
  killKeepers(): Promise<void>;
  /** Returns the chain's time, which is also that of the keepers: unix seconds. */
  now(): Promise<number>;
  /** Moves the chain's clock and those of all running keepers to this second. */
  moveTo(unixSeconds: number): Promise<void>;
  /** A new folder for a bot's state, removed at the end. */
  stateDir(): string;
  /** Ends everything, and asserts that no keeper ever wrote its key. */
  close(): Promise<void>;
}

/**
 * Returns the options of a pool like the live ones, whose first round is due `leadSeconds` before this
 * anchor.
 */
export function dueBefore(anchor: number, leadSeconds = 300) {
  const { roundDurationSec, yieldPeriodSec } = prizePoolDefaults;
  return { opensAt: anchor - leadSeconds - roundDurationSec - yieldPeriodSec };
}

/**
 * Returns the options of a pool with rounds as long as the live ones', the first due at `time`; tickets are
 * sold until an hour before.
 */
export function dueAt(time: number): PrizePoolOptions {
  const period = week - 5 * minute;
  return { roundDurationSec: period - hour, yieldPeriodSec: hour, opensAt: time - period };
}

/** Returns a full minute that leaves time to sell tickets for a round that ends then. */
export async function anchorAhead(scene: Scene): Promise<number> {
  return Math.ceil(((await scene.now()) + hour + 7 * minute) / minute) * minute;
}

/** A pool on its schedule, and the anchor of its first round. */
export interface Vault {
  pool: DevnetPrizePool;
  anchor: number;
}

/** Opens a vault whose first round has tickets, and whose anchor is near. */
export async function openVault(scene: Scene): Promise<Vault> {
  const anchor = await anchorAhead(scene);
  const pool = await scene.addPool(dueAt(anchor - 5 * minute));
  await pool.buyTickets();
  return { pool, anchor };
}

/** Returns a keeper's variables for these vaults. */
export function envOf(vaults: readonly Vault[]): Record<string, string> {
  return {
    POOL_ADDRESSES_V2: vaults.map(({ pool }) => pool.address).join(','),
    POOL_SCHEDULE_V2: vaults.map(({ pool, anchor }) => `${pool.address}:${anchorOf(anchor)}`).join(','),
  };
}

/** Returns the next full hour with enough time for the preparation, and its text in POOL_SCHEDULE_V2. */
export function nextAnchor(aheadSeconds = 2 * 3_600): { at: number; text: string } {
  const at = Math.ceil((Date.now() / 1000 + aheadSeconds) / 3_600) * 3_600;
  return { at, text: anchorOf(at) };
}

/** Returns the text of the full minute `at` in POOL_SCHEDULE_V2. */
export function anchorOf(at: number): string {
  const date = new Date(at * 1000);
  const weekday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()];
  return `${weekday}:${date.getUTCHours()}:${date.getUTCMinutes()}`;
}

export async function openScene(
  pools: Parameters<typeof deployPrizePools>[1],
  options: AnvilOptions = monad,
): Promise<Scene> {
  const anvil = await startAnvil(options);
  const prizePools = await deployPrizePools(anvil, pools);
  const keepers = openBotGroup(entry, 'PRIVATE_KEY');
  return {
    anvil,
    prizePools,
    stateDir: keepers.stateDir,
    killKeepers: keepers.killAll,
    async addPool(options) {
      const [pool] = await prizePools.addPools([options]);
      return pool as DevnetPrizePool;
    },
    async wallet(balanceWei = 20n * 10n ** 18n) {
      const wallet = new Wallet(hexlify(randomBytes(32)), anvil.provider);
      await anvil.setBalance(wallet.address, balanceWei);
      return wallet;
    },
    async startKeeper(env = {}, clockAheadSeconds = 0) {
      const clockShiftMs = ((await anvil.time.aheadSeconds()) + clockAheadSeconds) * 1000;
      return keepers.start(
        {
          RPC_URL: anvil.rpcUrl,
          PRIVATE_KEY: roles.bot.privateKey,
          POOL_ADDRESSES_V2: prizePools.pools.map(({ address }) => address).join(','),
          ALERT_RESOLVE_AFTER_SECONDS: '0',
          LOG_LEVEL: 'debug',
          KEEPER_INTERVAL_MS: '1000',
          ...env,
        },
        { clockShiftMs },
      );
    },
    async now() {
      return Math.floor(Date.now() / 1000) + (await anvil.time.aheadSeconds());
    },
    async moveTo(unixSeconds) {
      await moveClocks(anvil, [...keepers.running], unixSeconds);
    },
    async close() {
      await keepers.close();
      await anvil.stop();
    },
  };
}

/** The transactions of a chain's blocks up to `number`, whose hash shows whether they are still the chain's. */
interface ReadBlocks {
  number: number;
  hash: string | null;
  transactions: TransactionResponse[];
}
/** Tests poll, and the chain has two blocks a second: no block is read twice. */
const readBlocks = new WeakMap<Anvil, ReadBlocks>();

/** Returns a wallet's mined transactions, oldest first. */
export async function transactionsOf(anvil: Anvil, from: string) {
  const { provider } = anvil;
  const { number: head } = await anvil.time.latest();
  let read = readBlocks.get(anvil);
  if (!read || (await provider.getBlock(read.number))?.hash !== read.hash)
    read = { number: -1, hash: null, transactions: [] };
  const first = read.number + 1;
  const numbers = Array.from({ length: Math.max(0, head - read.number) }, (_, index) => first + index);
  const blocks = await Promise.all(numbers.map(number => provider.getBlock(number, true)));
  const transactions = [
    ...read.transactions,
    ...blocks.flatMap(block => block?.prefetchedTransactions ?? []),
  ];
  const last = blocks.at(-1);
  if (last) readBlocks.set(anvil, { number: last.number, hash: last.hash, transactions });
  return transactions
    .filter(transaction => transaction.from === from)
    .map(({ to, data, nonce, blockNumber, index }) => ({ to, data, nonce, block: blockNumber, index }));
}

/** Returns a pool's events of one kind, with the time of their blocks and their senders. */
export async function eventsOf(anvil: Anvil, pool: DevnetPrizePool, name: string) {
  const events = (await pool.events()).filter(event => event.name === name);
  return Promise.all(
    events.map(async ({ args, block, hash }) => {
      const [{ timestamp }, { from }] = (await Promise.all([
        anvil.provider.getBlock(block),
        anvil.provider.getTransaction(hash),
      ])) as [{ timestamp: number }, { from: string }];
      return { round: Number(args[0]), args, block, hash, timestamp, from };
    }),
  );
}
