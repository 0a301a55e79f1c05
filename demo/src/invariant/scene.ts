import {
  type Devnet,
  type DevnetPool,
  deployHyperdrive,
  interfaces,
  type RollbarSink,
  roles,
  startRollbar,
  weeklyPool,
} from '@service-bots/devnet';
import { parseUnits, toQuantity } from 'ethers';
import type { Stage } from '../stage.ts';
import { type Told, toldOf } from './told.ts';

const blockSeconds = 0.5;

/** The invariant bot's chain and pools, their attackers, and Rollbar. */
export class InvariantScene {
  readonly stage: Stage;
  #devnet: Devnet | undefined;
  #rollbar: RollbarSink | undefined;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  get anvil() {
    return this.stage.anvil;
  }

  get devnet(): Devnet {
    if (!this.#devnet) throw new Error('the contracts were not deployed');
    return this.#devnet;
  }

  /** The items that arrived at Rollbar so far. */
  get told(): Told[] {
    return (this.#rollbar?.items ?? []).map(toldOf);
  }

  get dai(): DevnetPool {
    return this.devnet.pool('7 Day DAI');
  }

  get usdc(): DevnetPool {
    return this.devnet.pool('7 Day USDC');
  }

  startChain() {
    // Without a base fee, since a robbed pool has no ETH for gas.
    return this.stage.startChain({ blockTime: blockSeconds, baseFeeWei: 0n });
  }

  async deploy(): Promise<Devnet> {
    const pools = [
      weeklyPool('7 Day DAI', { symbol: 'DAI' }),
      weeklyPool('7 Day USDC', { symbol: 'USDC', decimals: 6 }),
    ];
    const devnet = await deployHyperdrive(this.anvil, { pools, paused: [] });
    this.stage.putAway(() => devnet.close());
    this.#devnet = devnet;
    return devnet;
  }

  async startBot() {
    const rollbar = await startRollbar();
    this.stage.putAway(() => rollbar.close());
    this.#rollbar = rollbar;
    return this.stage.startBot('invariant', {
      REGISTRY_ADDRESS: this.devnet.registry,
      BLOCK_TIME: String(blockSeconds),
      ROLLBAR_API_KEY: 'local-rollbar-token',
      ROLLBAR_ENDPOINT: rollbar.endpoint,
      // The default of five minutes is too long for a demo.
      ALERT_RESOLVE_AFTER_SECONDS: '1',
    });
  }

  /** Moves shares of the vault out of a pool, as a defect in its code would let an attacker do. */
  async steal({ address, vault }: DevnetPool, shares: bigint): Promise<void> {
    const data = interfaces.vault.encodeFunctionData('transfer', [roles.otherTrader.address, shares]);
    const { send, provider } = this.anvil;
    await send('anvil_impersonateAccount', [address]);
    const theft = {
      from: address,
      to: await vault.getAddress(),
      data,
      gas: toQuantity(200_000),
      gasPrice: '0x0',
    };
    const hash = (await send('eth_sendTransaction', [theft])) as string;
    await this.stage.until('the theft', async () => {
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt?.status === 0) throw new Error('the shares could not be stolen');
      return receipt !== null;
    });
    await send('anvil_stopImpersonatingAccount', [address]);
  }

  async giveBack({ address, vault }: DevnetPool, shares: bigint): Promise<void> {
    const thief = await this.anvil.provider.getSigner(roles.otherTrader.address);
    await contractOf(vault, thief).getFunction('transfer').send(address, shares);
  }

  /** Gives a pool's vault base without new shares. */
  async donate({ asset, vault }: DevnetPool, amount: bigint): Promise<void> {
    const token = contractOf(asset, this.devnet.deployer);
    await token.getFunction('mint(address,uint256)').send(await vault.getAddress(), amount);
  }

  /** Waits until every block so far was checked for all pools. */
  async untilChecked(): Promise<void> {
    const { number } = await this.anvil.time.latest();
    await this.stage.until('the bot to check every block', async () => (await this.checked()).upTo >= number);
  }

  /** Returns the figure of the bot's status page. */
  async checked(): Promise<{ upTo: number; skipped: number }> {
    const { details } = await this.stage.bot.status<{ details?: { checked?: number; skipped?: number } }>();
    return { upTo: details?.checked ?? -1, skipped: details?.skipped ?? 0 };
  }
}

function contractOf(contract: DevnetPool['vault'], signer: Parameters<DevnetPool['vault']['connect']>[0]) {
  return contract.connect(signer) as DevnetPool['vault'];
}

/** @param text whole units */
export function units({ decimals }: Pick<DevnetPool, 'decimals'>, text: string): bigint {
  return parseUnits(text, decimals);
}
