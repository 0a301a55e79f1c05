import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import {
  type BotProcess,
  type DevnetPool,
  type RpcProxy,
  startProxy,
  weeklyPool,
} from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { openScene, type Scene } from './scene.ts';
import { editMarketState } from './storage.ts';

export const dai = (amount: string) => parseUnits(amount, 18);

/** A scene for the tests of one file, restored for each of them. */
export class Stage {
  scene!: Scene;
  /** The watched pool, with a long and a short; a second pool is named Other. */
  pool!: DevnetPool;
  /** The proxies of the present test. */
  proxies: RpcProxy[] = [];
  #snapshot: unknown;

  constructor() {
    beforeAll(async () => {
      this.scene = await openScene([weeklyPool('Watched'), weeklyPool('Other')]);
      this.pool = this.scene.devnet.pool('Watched');
      await this.pool.openLong(dai('1000'));
      await this.pool.openShort(dai('1000'));
    });
    beforeEach(async () => {
      this.#snapshot = await this.scene.anvil.send('evm_snapshot');
    });
    afterEach(async () => {
      await this.scene.killBots();
      await Promise.all(this.proxies.map(proxy => proxy.close()));
      this.proxies = [];
      await this.scene.anvil.send('evm_revert', [this.#snapshot]);
    });
    afterAll(() => this.scene.close());
  }

  start(env: Record<string, string> = {}): BotProcess {
    return this.scene.startBot(env);
  }

  /** Returns an endpoint that can be made to misbehave. */
  async proxied(): Promise<RpcProxy> {
    const proxy = await startProxy(this.scene.anvil);
    this.proxies.push(proxy);
    return proxy;
  }

  async head(): Promise<number> {
    return (await this.scene.anvil.time.latest()).number;
  }

  /** Returns the change that makes the pool insolvent: it owes longs more than it has. */
  async insolvency(): Promise<{ longExposure: bigint }> {
    const { shareReserves } = await this.pool.contract.getFunction('getMarketState').staticCall();
    return { longExposure: (shareReserves as bigint) * 2n };
  }

  async makeInsolvent(): Promise<void> {
    await editMarketState(this.scene.anvil, this.pool, await this.insolvency());
  }
}
