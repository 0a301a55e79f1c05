import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import {
  type Devnet,
  type DevnetPool,
  daySeconds,
  deployHyperdrive,
  interfaces,
  roles,
  transact,
} from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import type { Stage } from '../stage.ts';

const { resolve } = createRequire(import.meta.url);
const blockSeconds = 0.5;
export const capital = parseUnits('100000', 18);
export const rate = (percent: string) => parseUnits(percent, 16);

/** The pool's details on the bot's status page. */
export interface PoolDetails {
  fixedRate: string;
  variableRate: string;
  band: string;
  positions: { side: string; bonds: string }[];
  lpTokens: string;
  withdrawalShares: string;
  approved: string;
  plan: string[];
  profit: { liquidity: string; arbitrage: string };
}

/** A pool, a bot with 100,000 base, and traders. */
export class LpandarbScene {
  readonly stage: Stage;
  #devnet: Devnet | undefined;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  get pool(): DevnetPool {
    if (!this.#devnet) throw new Error('the contracts were not deployed');
    return this.#devnet.pool('30 Day DAI');
  }

  startChain() {
    return this.stage.startChain({ blockTime: blockSeconds });
  }

  async deploy(): Promise<Devnet> {
    const { anvil } = this.stage;
    const month = { positionDuration: 30 * daySeconds, checkpointDuration: daySeconds };
    const rates = { fixedRate: rate('6'), variableRate: rate('4') };
    const devnet = await deployHyperdrive(anvil, {
      pools: [{ name: '30 Day DAI', symbol: 'DAI', ...month, ...rates }],
      paused: [],
    });
    this.stage.putAway(() => devnet.close());
    this.#devnet = devnet;
    const token = { address: await this.pool.asset.getAddress(), abi: interfaces.token };
    await transact(anvil, roles.deployer.address, token, 'mint(address,uint256)', [
      roles.bot.address,
      capital,
    ]);
    return devnet;
  }

  async startBot() {
    return this.stage.startBot('lpandarb', {
      REGISTRY_ADDRESS: this.#devnet?.registry ?? '',
      LPANDARB_BOT_KEY: roles.bot.privateKey,
      LPANDARB_POOLS: this.pool.address,
      CAPITAL_PER_POOL: '100000',
      LP_PORTION: '0.2',
      MAX_LIQUIDITY_SHARE: '1',
      MAX_POSITION: '1000000',
      MAX_TRADE: '1000000',
      NATIVE_IN_BASE: '1',
      VARIABLE_RATE: 'vault',
      INVARIANT_UNWATCHED: 'true',
      // The demo moves rates by more in a minute than a market does in a month.
      COOL_DOWN_SECONDS: '0',
      MAX_LOSS_PER_DAY: '1',
      TRADES_PER_HOUR: '100',
      LOOK_SECONDS: '1',
      BLOCK_TIME: String(blockSeconds),
      ALERT_RESOLVE_AFTER_SECONDS: '1',
    });
  }

  /** Waits until the bot has no more trade to make, and a condition of the pool holds. */
  async untilSettled(what: string, isSo: (details: PoolDetails) => boolean): Promise<PoolDetails> {
    let found: PoolDetails | undefined;
    await this.stage.until(what, async () => {
      const details = await this.details();
      if (
        !details ||
        details.plan.some(text => /; (expected profit|pays at least) /.test(text)) ||
        !isSo(details)
      )
        return false;
      found = details;
      return true;
    });
    return found as PoolDetails;
  }

  async details(): Promise<PoolDetails | undefined> {
    const { pools } = await this.stage.bot.status<{ pools: { details?: PoolDetails }[] }>();
    return pools[0]?.details;
  }

  /** Runs a command as an operator does. */
  async command(...args: string[]): Promise<string> {
    const entry = join(dirname(resolve('@service-bots/lpandarb/package.json')), 'dist', 'cli', 'main.js');
    const env = { STATE_DIR: this.stage.stateDir };
    return (await promisify(execFile)(process.execPath, [entry, ...args], { env })).stdout.trim();
  }

  /** The balance of base in the bot's wallet. */
  async base(): Promise<bigint> {
    return this.pool.asset.getFunction('balanceOf').staticCall(roles.bot.address);
  }
}
