import { type Anvil, type DevnetPool, type OpenedPosition, roles } from '@service-bots/devnet';
import { isCallException } from 'ethers';
import type { Random } from './random.ts';
import type { Deeds } from './truth.ts';

interface Position extends OpenedPosition {
  side: 'long' | 'short';
  pool: DevnetPool;
}

/**
 * Users of pools in their intended use: trades, liquidity, checkpoints, a vault whose rate changes. They also
 * miss checkpoints, their vaults lose money, and they leave matured positions alone.
 */
export class Crowd {
  readonly #anvil: Anvil;
  readonly #pools: readonly DevnetPool[];
  readonly #random: Random;
  readonly #mishaps: number;
  #positions: Position[] = [];
  readonly done = new Map<string, number>();
  /** Blocks in which each pool's vault lost money, and the pools with a missed checkpoint, by address. */
  readonly #losses = new Map<string, number[]>();
  readonly #missed = new Set<string>();
  refused = 0;

  /** @param mishaps how often a vault loses and checkpoints are missed: 1 is occasionally, 0 never */
  constructor(anvil: Anvil, pools: readonly DevnetPool[], random: Random, { mishaps = 1 } = {}) {
    this.#mishaps = mishaps;
    this.#anvil = anvil;
    this.#pools = pools;
    this.#random = random;
  }

  /** Returns the actions of the users on the pool at an address. */
  deedsAt(address: string): Deeds {
    return { losses: this.#losses.get(address) ?? [], hasMissed: this.#missed.has(address) };
  }

  /** Makes one user act, or lets time pass. An action that the pool refuses does not count as a step. */
  async step(): Promise<void> {
    const { next, pick } = this.#random;
    const pool = pick(this.#pools);
    const actions: [string, number, () => Promise<unknown>][] = [
      ['open long', 14, () => this.#open('long', pool)],
      ['open short', 14, () => this.#open('short', pool)],
      ['open a fifth of the pool', 2, () => this.#open(next() < 0.5 ? 'long' : 'short', pool, 0.1, 0.2)],
      ['close', 20, () => this.#close(pool)],
      ['close the newest, early', 4, () => this.#close(pool, true)],
      ['add liquidity', 8, () => this.#addLiquidity(pool)],
      ['remove liquidity', 8, () => this.#removeLiquidity(pool)],
      ['redeem withdrawal shares', 5, () => this.#redeem(pool)],
      ['change the rate', 4, () => pool.setVariableRate(BigInt(Math.floor(next() * 1_200)) * 10n ** 14n)],
      ['a while passes', 12, () => this.#pass(next() * 3_000)],
      ['hours pass', 8, () => this.#pass(next() * 40_000)],
      ['checkpoints are missed', 2 * this.#mishaps, () => this.#miss(pool)],
      ['the vault loses', this.#mishaps, () => this.#lose(pool, 0.01 + next() * 2)],
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

  async #open(side: 'long' | 'short', pool: DevnetPool, least = 1e-6, most = 0.05): Promise<void> {
    const amount = this.#random.partOf(pool.spec.liquidity, least, most);
    const opened = side === 'long' ? await pool.openLong(amount) : await pool.openShort(amount);
    this.#positions.push({ ...opened, side, pool });
  }

  async #close(pool: DevnetPool, isNewest = false): Promise<void> {
    const own = this.#positions.filter(position => position.pool === pool);
    if (own.length === 0) return;
    const position = isNewest ? (own.at(-1) as Position) : this.#random.pick(own);
    const all = isNewest || this.#random.next() < 0.6;
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

  /** Lets days pass in which no checkpoint is minted, counted in those of one pool. */
  async #miss(pool: DevnetPool): Promise<void> {
    const checkpoints = 1.5 + this.#random.next() * 3;
    await this.#anvil.time.increase(Math.floor(pool.checkpointDuration * checkpoints));
    for (const each of this.#pools) this.#missed.add(each.address);
  }

  async #lose(pool: DevnetPool, percent: number): Promise<void> {
    await pool.loseVaultAssets(percent);
    const { number } = await this.#anvil.time.latest();
    this.#losses.set(pool.address, [...(this.#losses.get(pool.address) ?? []), number]);
  }

  /** Lets time pass, and mints checkpoints before they are missed: some of them late. */
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
