import { fileURLToPath } from 'node:url';
import {
  type Anvil,
  type AnvilOptions,
  type BotProcess,
  type Devnet,
  type DevnetPool,
  deployHyperdrive,
  openBotGroup,
  type PoolOptions,
  roles,
  startAnvil,
} from '@service-bots/devnet';

export const day = 86_400;
export const hour = 3_600;

/** The bot as its users run it. */
export const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A mint, as the chain recorded it. */
export interface MintRecord {
  checkpoint: number;
  price: bigint;
  by: string;
  block: number;
  /** The nonce of its transaction: the order in which the minter sent them. */
  nonce: number;
}

/** A local chain with real pools, and bots that run against it. */
export interface Scene {
  anvil: Anvil;
  devnet: Devnet;
  /** Starts the bot with its own key against this chain; `env` overrides the defaults. */
  startBot(env?: Record<string, string>): BotProcess;
  killBots(): Promise<void>;
  /** A new folder for a bot's state, removed at the end. */
  stateDir(): string;
  /** Ends everything, and asserts that none of its bots ever wrote its key. */
  close(): Promise<void>;
}

export async function openScene(
  pools: readonly PoolOptions[],
  options: AnvilOptions = { blockTime: 0.5 },
): Promise<Scene> {
  const anvil = await startAnvil(options);
  const devnet = await deployHyperdrive(anvil, { pools, paused: [] });
  const bots = openBotGroup(entry, 'CHECKPOINT_BOT_KEY');
  return {
    anvil,
    devnet,
    stateDir: bots.stateDir,
    killBots: bots.killAll,
    startBot: (env = {}) =>
      bots.start({
        RPC_URI: anvil.rpcUrl,
        REGISTRY_ADDRESS: devnet.registry,
        CHECKPOINT_BOT_KEY: roles.bot.privateKey,
        LOG_LEVEL: 'debug',
        LOOK_SECONDS: '1',
        DISCOVERY_SECONDS: '1',
        BLOCK_TIME: '0.5',
        ALERT_RESOLVE_AFTER_SECONDS: '0',
        ...env,
      }),
    async close() {
      await bots.close();
      await devnet.close();
      await anvil.stop();
    },
  };
}

/** Opens a long and a short now; @returns the checkpoint in which both mature. */
export async function openPositions(pool: DevnetPool): Promise<number> {
  const unit = 10n ** BigInt(pool.decimals);
  await pool.openLong(1_000n * unit);
  const { maturity } = await pool.openShort(1_000n * unit);
  return maturity;
}

/** Moves chain time to `offset` seconds after the checkpoint. */
export async function moveInto(anvil: Anvil, checkpoint: number, offset: number): Promise<void> {
  await anvil.time.moveTo(checkpoint + offset);
}

/** Returns every mint of the pool with matured positions, in the chain's order. */
export async function mintsOf(pool: DevnetPool, checkpoint?: number): Promise<MintRecord[]> {
  const filter = pool.contract.filters.CreateCheckpoint;
  if (!filter) throw new Error('the ABI has no CreateCheckpoint');
  const events = await pool.contract.queryFilter(filter(checkpoint), 0, 'latest');
  return Promise.all(
    events.map(async event => {
      const { from, nonce } = await event.getTransaction();
      const { checkpointTime, checkpointVaultSharePrice } = (
        event as unknown as { args: Record<string, bigint> }
      ).args;
      return {
        checkpoint: Number(checkpointTime),
        price: checkpointVaultSharePrice ?? 0n,
        by: from,
        block: event.blockNumber,
        nonce,
      };
    }),
  );
}
