import { afterAll, beforeAll } from '@jest/globals';
import { type DevnetPool, joinDevnet, roles } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { type Checkout, openCheckout } from '../../src/checkout.ts';
import { Deployment } from '../../src/deployment.ts';
import { until } from '../../src/until.ts';

export const bots = ['checkpoint', 'invariant'];
/** A secret that must not appear anywhere. */
export const webhookPath = 'the-secret-part-of-the-webhook';
export const key = roles.bot.privateKey.replace(/^0x/, '');

export const secondsSince = (startMs: number) => `${((Date.now() - startMs) / 1000).toFixed(1)} s`;

/**
 * Two bots under compose with a chain and a webhook receiver: the same for all tests, one after the other.
 */
export class Stage {
  checkout!: Checkout;
  deployment!: Deployment;
  /** The pool that shows the checkpoint bot's work. */
  pool!: DevnetPool;
  /** The measured figures, printed at the end. */
  readonly figures: string[] = [];

  /** @param chain names the compose project */
  constructor(chain: string) {
    beforeAll(async () => {
      this.checkout = await openCheckout();
      this.deployment = new Deployment(this.checkout, chain, {
        LOOK_SECONDS: '2',
        BLOCK_TIME: '1',
        ALERT_RESOLVE_AFTER_SECONDS: '5',
        WATCHTOWER_POLL_SECONDS: '2',
      });
      this.deployment.checkHealthOften();
    });
    afterAll(async () => {
      process.stdout.write(this.figures.map(line => `${line}\n`).join(''));
      await this.deployment.docker('rm', '--force', this.#sink).catch(() => undefined);
      await this.deployment.remove();
      this.checkout.remove();
    });
  }

  get #sink(): string {
    return `${this.deployment.project}-sink`;
  }

  async joinDevnet(): ReturnType<typeof joinDevnet> {
    const host = await this.deployment.addressOf('anvil');
    return joinDevnet(`http://${host}:8545`, `http://${host}:8546`);
  }

  async joinPool(): Promise<void> {
    this.pool = await (await this.joinDevnet()).pool('Devnet 7 Day DAI');
  }

  /** Creates a matured short in a checkpoint that is not minted. */
  async matureShort(): Promise<number> {
    const { maturity } = await this.pool.openShort(parseUnits('1000', this.pool.decimals));
    return maturity;
  }

  async moveTo(time: number): Promise<void> {
    const { chain } = await this.joinDevnet();
    const { timestamp } = await chain.time.latest();
    if (time > timestamp) await chain.time.increase(time - timestamp);
  }

  async minted(maturity: number): Promise<void> {
    await until(
      `the checkpoint ${maturity} to be minted`,
      async () => (await this.pool.checkpointPrice(maturity)) > 0n,
    );
  }

  async healthy(service: string): Promise<void> {
    await until(
      `${service} to be healthy`,
      async () => {
        const { State } = await this.deployment.inspect(service);
        return State.Status === 'running' && State.Health?.Status === 'healthy';
      },
      90_000,
    );
  }

  /** Starts the receiver at `http://sink:9000` in the bots' network. */
  async startSink(): Promise<void> {
    const sink = `${this.deployment.folder}/e2e/sink.mjs`;
    await this.deployment.docker(
      ...['run', '--detach', '--init', '--name', this.#sink],
      ...['--network', `${this.deployment.project}_bots`, '--network-alias', 'sink'],
      ...['--volume', `${sink}:/sink.mjs:ro`, 'node:24-bookworm-slim', 'node', '/sink.mjs'],
    );
  }

  /** Waits until the webhook received a message with this text. */
  async toldOf(text: string): Promise<void> {
    await until(`an alert about ${text}`, async () => JSON.stringify(await this.#alerts()).includes(text));
  }

  async #alerts(): Promise<unknown> {
    const inspected = await this.deployment.docker('inspect', this.#sink);
    const { NetworkSettings } = JSON.parse(inspected)[0];
    const [network] = Object.values(NetworkSettings.Networks) as { IPAddress: string }[];
    return (await fetch(`http://${network?.IPAddress}:9000`)).json();
  }
}
