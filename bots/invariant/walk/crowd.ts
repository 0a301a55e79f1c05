import { type Anvil, type DevnetPool, type OpenedPosition, roles } from '@service-bots/devnet';
import { isCallException } from 'ethers';
import type { Random } from './random.ts';

interface Position extends OpenedPosition {
  side: 'long' | 'short';
  pool: DevnetPool;
}

/** People who use pools as they are meant to be used: trades, liquidity, checkpoints, a vault whose rate changes. */
export class Crowd {
  readonly #anvil: Anvil;
  readonly #pools: readonly DevnetPool[];
  readonly #random: Random;
  #positions: Position[] = [];
  readonly done = new Map<string, number>();
  refused = 0;

  constructor(anvil: Anvil, pools: readonly DevnetPool[], random: Random) {
    this.#anvil = anvil;
    this.#pools = pools;
    this.#random = random;
  }

  /** One of them does something, or time passes. What a pool refuses is no step. */
  async step(): Promise<void> {
    const { next, pick } = this.#random;
    const pool = pick(this.#pools);
    const actions: [string, number, () => Promise<unknown>][] = [
      ['open long', 14, () => this.#open('long', pool)],
      ['open short', 14, () => this.#open('short', pool)],
      ['close', 20, () => this.#close(pool)],
      ['add liquidity', 8, () => this.#addLiquidity(pool)],
      ['remove liquidity', 8, () => this.#removeLiquidity(pool)],
      ['redeem withdrawal shares', 5, () => this.#redeem(pool)],
      ['change the rate', 4, () => pool.setVariableRate(BigInt(Math.floor(next() * 1_200)) * 10n ** 14n)],
      ['a while passes', 12, () => this.#pass(next() * 3_000)],
      ['hours pass', 8, () => this.#pass(next() * 40_000)],
      ['an empty block', 4, () => this.#anvil.time.mine()],
    ];
    const [name, , act] = pick(actions.flatMap(action => Array.from({ length: action[1] }, () => action)));
    try {
      await act();
      this.done.set(name, (this.done.get(name) ?? 0) + 1);
    } catch (error) {
      if (!isCallException(error)) throw error;
      this.refused += 1;
    }
  }

  async #open(side: 'long' | 'short', pool: DevnetPool): Promise<void> {
    const amount = this.#random.partOf(pool.spec.liquidity, 1e-6, 0.05);
    const opened = side === 'long' ? await pool.openLong(amount) : await pool.openShort(amount);
    this.#positions.push({ ...opened, side, pool });
  }

  async #close(pool: DevnetPool): Promise<void> {
    const own = this.#positions.filter(position => position.pool === pool);
    if (own.length === 0) return;
    const position = this.#random.pick(own);
    const all = this.#random.next() < 0.6;
    const part = all ? position.bonds : this.#random.partOf(position.bonds, 0.01, 0.9);
    const bonds = part < pool.spec.minimumTransactionAmount ? position.bonds : part;
    if (position.side === 'long') await pool.closeLong(position.maturity, bonds);
    else await pool.closeShort(position.maturity, bonds);
    this.#positions = this.#positions.filter(each => each !== position);
    if (bonds < position.bonds) this.#positions.push({ ...position, bonds: position.bonds - bonds });
  }

  async #addLiquidity(pool: DevnetPool): Promise<void> {
    await pool.addLiquidity(this.#random.partOf(pool.spec.liquidity, 1e-4, 0.2), roles.otherTrader.address);
  }

  async #removeLiquidity(pool: DevnetPool): Promise<void> {
    const own = await pool.balanceOf('lp', roles.otherTrader.address);
    if (own > 0n) await pool.removeLiquidity(this.#random.partOf(own, 0.05, 1), roles.otherTrader.address);
  }

  async #redeem(pool: DevnetPool): Promise<void> {
    const own = await pool.balanceOf('withdrawalShare', roles.otherTrader.address);
    if (own > 0n) await pool.redeemWithdrawalShares(own, roles.otherTrader.address);
  }

  /** Time passes, and checkpoints are minted before they are missed: some of them late. */
  async #pass(seconds: number): Promise<void> {
    const shortest = Math.min(...this.#pools.map(({ checkpointDuration }) => checkpointDuration));
    await this.#anvil.time.increase(1 + Math.floor(Math.min(seconds, shortest * 0.9)));
    for (const pool of this.#pools) {
      const latest = await pool.latestCheckpointTime();
      const isDue = (await this.#anvil.time.latest()).timestamp - latest > pool.checkpointDuration * 0.05;
      if (isDue && (await pool.checkpointPrice(latest)) === 0n) await pool.checkpoint(latest);
    }
  }
}
