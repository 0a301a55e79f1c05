import { type Devnet, deployHyperdrive, roles, weeklyPool } from '@service-bots/devnet';
import { parseEther, parseUnits, toQuantity } from 'ethers';
import type { Stage } from '../stage.ts';

export const daySeconds = 86_400;

/** A simulated fault, and the page's text about it. */
export interface Trouble {
  readonly what: string;
  /** The text on the page. */
  said: string | undefined;
  noticedMs: number | undefined;
  overMs: number | undefined;
}

/** The chain, the checkpoint bot and the watchtower that watches both. */
export class WatchtowerScene {
  readonly stage: Stage;
  readonly troubles: Trouble[] = [];
  /** Alerts that were open before any fault. */
  raisedWhileWell = 0;
  /** Midnight of the story's first day, seconds since 1970. */
  readonly firstDay = Math.ceil(Date.now() / 1000 / daySeconds) * daySeconds;
  #devnet: Devnet | undefined;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  get devnet(): Devnet {
    if (!this.#devnet) throw new Error('the contracts were not deployed');
    return this.#devnet;
  }

  startChain() {
    return this.stage.startChain({ timestamp: this.firstDay });
  }

  /** Deploys a pool with a long that matures a week after the first day. */
  async deploy(): Promise<Devnet> {
    const { anvil } = this.stage;
    const devnet = await deployHyperdrive(anvil, {
      pools: [weeklyPool('7 Day DAI', { symbol: 'DAI' })],
      paused: [],
    });
    this.stage.putAway(() => devnet.close());
    this.#devnet = devnet;
    await devnet.pool('7 Day DAI').openLong(parseUnits('6000', 18), roles.trader.address);
    return devnet;
  }

  async startBot(): Promise<void> {
    const { rpcUrl } = this.stage.anvil;
    await this.stage.startBot(
      'checkpoint',
      {
        REGISTRY_ADDRESS: this.devnet.registry,
        CHECKPOINT_BOT_KEY: roles.bot.privateKey,
        // The demo moves the chain's time by days in an instant, which the bot notices when it looks.
        LOOK_SECONDS: '1',
        ALERT_RESOLVE_AFTER_SECONDS: '1',
      },
      undefined,
      { WATCHTOWER_RPC_URL: rpcUrl, WATCHTOWER_REGISTRY: this.devnet.registry },
    );
  }

  async setBalance(ether: string): Promise<void> {
    await this.stage.anvil.send('anvil_setBalance', [roles.bot.address, toQuantity(parseEther(ether))]);
  }

  /** Waits until the page shows no problem. */
  async untilWell(): Promise<void> {
    await this.stage.until('the page to say that all is well', async () => {
      const { verdict, alerts } = await this.stage.page.shown();
      return verdict.level === 'ok' && alerts.length === 0;
    });
  }

  /**
   * Simulates a fault, waits for its alert on the page, ends the fault, and waits until the page shows no
   * problem.
   * @returns the page's text
   */
  async suffer(what: string, check: string, begin: () => Promise<void>, end: () => Promise<void>) {
    const trouble: Trouble = { what, said: undefined, noticedMs: undefined, overMs: undefined };
    this.troubles.push(trouble);
    await begin();
    const begunAt = Date.now();
    await this.stage.until(`the page to say that ${what}`, async () => {
      const found = (await this.stage.page.shown()).alerts.find(alert => alert.check === check);
      trouble.said = found?.title;
      return found !== undefined;
    });
    trouble.noticedMs = Date.now() - begunAt;
    await end();
    const endedAt = Date.now();
    await this.untilWell();
    trouble.overMs = Date.now() - endedAt;
    return trouble;
  }
}
