import { type Devnet, type DevnetPool, deployHyperdrive, roles } from '@service-bots/devnet';
import type { Stage } from '../stage.ts';
import { demoPools } from './pools.ts';

const daySeconds = 86_400;

/** The checkpoint bot's chain and pools, and the clock of its story. */
export class CheckpointScene {
  readonly stage: Stage;
  /** Midnight of the story's first day, seconds since 1970. */
  readonly firstDay: number;
  #devnet: Devnet | undefined;

  constructor(stage: Stage) {
    this.stage = stage;
    // The coming midnight: the chain's clock only moves forward, and is never behind this machine's.
    this.firstDay = Math.ceil(Date.now() / 1000 / daySeconds) * daySeconds;
  }

  get anvil() {
    return this.stage.anvil;
  }

  get isDeployed(): boolean {
    return this.#devnet !== undefined;
  }

  get devnet(): Devnet {
    if (!this.#devnet) throw new Error('the contracts were not deployed');
    return this.#devnet;
  }

  pool(name: string): DevnetPool {
    return this.devnet.pool(name);
  }

  async deploy(): Promise<Devnet> {
    const devnet = await deployHyperdrive(this.anvil, { pools: demoPools, paused: [] });
    this.stage.putAway(() => devnet.close());
    this.#devnet = devnet;
    return devnet;
  }

  /** Moves the chain's time to `day` days and `hours` hours after the story's beginning. */
  async moveTo(day: number, hours = 0): Promise<void> {
    await this.anvil.time.moveTo(this.at(day, hours));
  }

  at(day: number, hours = 0): number {
    return this.firstDay + day * daySeconds + hours * 3_600;
  }

  startBot() {
    return this.stage.startBot('checkpoint', {
      REGISTRY_ADDRESS: this.devnet.registry,
      CHECKPOINT_BOT_KEY: roles.bot.privateKey,
      // The bot sleeps until the next checkpoint is due by the clock it knows. The demo moves the chain's
      // time by days in an instant, which the bot notices only when it looks. Therefore it looks every
      // second, not every three minutes.
      LOOK_SECONDS: '1',
    });
  }

  /** Waits until these checkpoints are minted. */
  async untilMinted(...checkpoints: readonly { pool: string; time: number }[]): Promise<void> {
    for (const { pool, time } of checkpoints) {
      await this.stage.until(
        `the bot to mint in ${pool}`,
        async () => (await this.pool(pool).checkpointPrice(time)) > 0n,
      );
    }
  }
}
