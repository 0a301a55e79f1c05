import { isRefusal } from '@service-bots/core/hyperdrive';
import {
  type Anvil,
  type Devnet,
  type DevnetPool,
  deployHyperdrive,
  interfaces,
  roles,
  seededRandom,
  startAnvil,
  transact,
} from '@service-bots/devnet';
import { isCallException, parseUnits } from 'ethers';
import { day, percentRate } from './poolWorld.ts';

/** The course of a chain over some time. The same seed gives the same traders and rates. */
export interface Course {
  seed: number;
  /** The number of steps, and the chain's time between two of them. */
  steps: number;
  stepSeconds: number;
  /** The most that the variable rate moves in a step, either way, in percent a year. @default 0.2 */
  rateMove?: number;
  /** The probability that another trader trades in a step. @default 0.15 */
  trading?: number;
}

/**
 * A pool on a real chain whose clock is moved, with random traders and a variable rate that wanders between
 * 0.5 % and 12 %. Each run begins with the same pool and a wallet that holds the same base.
 */
export class ChainMonth {
  readonly anvil: Anvil;
  readonly devnet: Devnet;
  readonly capital: bigint;
  #untouched: string;

  private constructor(anvil: Anvil, devnet: Devnet, capital: bigint, untouched: string) {
    this.anvil = anvil;
    this.devnet = devnet;
    this.capital = capital;
    this.#untouched = untouched;
  }

  /** @param positionDays the length of the pool's positions @param capital whole base tokens of the wallet */
  static async open(positionDays: number, capital: string): Promise<ChainMonth> {
    // The chain begins at midnight, so that every step lies at the same time of a checkpoint.
    const anvil = await startAnvil({ timestamp: Math.ceil(Date.now() / 1000 / day) * day });
    const pools = [
      {
        name: 'Month',
        positionDuration: positionDays * day,
        checkpointDuration: day,
        fixedRate: percentRate(5),
        variableRate: percentRate(5),
      },
    ];
    const devnet = await deployHyperdrive(anvil, { pools, paused: [] });
    const [pool] = devnet.pools as [DevnetPool];
    const token = { address: await pool.asset.getAddress(), abi: interfaces.token };
    const amount = parseUnits(capital, pool.decimals);
    const mint = [roles.bot.address, amount];
    await transact(anvil, roles.deployer.address, token, 'mint(address,uint256)', mint);
    return new ChainMonth(anvil, devnet, amount, String(await anvil.send('evm_snapshot')));
  }

  get pool(): DevnetPool {
    return this.devnet.pools[0] as DevnetPool;
  }

  /** Returns the wallet's base. */
  base(): Promise<bigint> {
    return this.pool.asset.getFunction('balanceOf').staticCall(roles.bot.address);
  }

  /**
   * Sets the chain back to its beginning and runs the course.
   * @param act called after the other traders of each step
   */
  async run(course: Course, act: (step: number) => Promise<void>): Promise<void> {
    const { seed, steps, stepSeconds, rateMove = 0.2, trading = 0.15 } = course;
    const { anvil, pool } = this;
    await anvil.send('evm_revert', [this.#untouched]);
    this.#untouched = String(await anvil.send('evm_snapshot'));
    const random = seededRandom(seed);
    const { timestamp } = await anvil.time.latest();
    const begin = timestamp - (timestamp % day) + day;
    let minted = 0;
    let rate = percentRate(5);
    for (let step = 0; step < steps; step += 1) {
      const time = begin + step * stepSeconds;
      rate = percentRate(Math.min(12, Math.max(0.5, Number(rate) / 1e16 + (random() - 0.5) * 2 * rateMove)));
      await anvil.time.moveTo(time);
      await pool.setVariableRate(rate);
      if (time - (time % day) > minted) {
        minted = time - (time % day);
        await pool.checkpoint(minted);
      }
      // The amounts do not depend on the strategy.
      const [isTraded, isLong, size] = [random() < trading, random() < 0.5, random() ** 3 * 60_000 + 500];
      const amount = parseUnits(size.toFixed(6), pool.decimals);
      if (isTraded) await unlessRefused(() => (isLong ? pool.openLong(amount) : pool.openShort(amount)));
      await act(step);
    }
  }

  async close(): Promise<void> {
    await this.devnet.close();
    await this.anvil.stop();
  }
}

async function unlessRefused(trade: () => Promise<unknown>): Promise<void> {
  try {
    await trade();
  } catch (error) {
    if (!isCallException(error) && !isRefusal(error)) throw error;
  }
}
