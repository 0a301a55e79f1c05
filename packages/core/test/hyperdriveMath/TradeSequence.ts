import { assetId, interfaces } from '@service-bots/devnet';
import { MaxUint256 } from 'ethers';
import { ArithmeticError } from '../../src/hyperdrive/fixedPoint.ts';
import { addLiquidity } from '../../src/hyperdrive/trades/addLiquidity.ts';
import { mintCheckpoint } from '../../src/hyperdrive/trades/checkpoints.ts';
import { closePosition } from '../../src/hyperdrive/trades/closePosition.ts';
import { distributeExcessIdle } from '../../src/hyperdrive/trades/excessIdle.ts';
import { openLong } from '../../src/hyperdrive/trades/openLong.ts';
import { openShort } from '../../src/hyperdrive/trades/openShort.ts';
import { latestCheckpoint, type Moment, type PoolState } from '../../src/hyperdrive/trades/PoolState.ts';
import { redeemWithdrawalShares, removeLiquidity } from '../../src/hyperdrive/trades/removeLiquidity.ts';
import { TradeRefused } from '../../src/hyperdrive/trades/TradeRefused.ts';
import { type DevnetVault, VaultRefused } from './DevnetVault.ts';
import { type Call, type Holdings, type TradedPool, trader } from './TradeWorld.ts';

/** A trade with its expected result or refusal, and the pool's state after it. */
export interface Expectation {
  trade: string;
  outcome: bigint[] | string;
  /** The results of the reads after it, in words of 32 bytes. */
  reads: string[];
}

/** Trades of one pool in one block, computed by us and recorded as calls of the contract. */
export class TradeSequence {
  readonly traded: TradedPool;
  readonly chainTime: number;
  readonly vault: DevnetVault;
  /** The state by our computation after the trades so far. */
  state: PoolState;
  readonly holdings: Holdings;
  readonly calls: Call[] = [];
  readonly expectations: Expectation[] = [];

  constructor(traded: TradedPool, state: PoolState, vault: DevnetVault, chainTime: number) {
    const { longs, shorts, ...rest } = traded.holdings;
    this.traded = traded;
    this.state = state;
    this.vault = vault;
    this.chainTime = chainTime;
    this.holdings = { ...rest, longs: new Map(longs), shorts: new Map(shorts) };
  }

  get latest(): number {
    return latestCheckpoint(this.traded.config, this.chainTime);
  }

  get moment(): Moment {
    return { chainTime: this.chainTime, vaultSharePrice: this.vault.price };
  }

  openLong(amount: bigint, asBase: boolean): void {
    this.#trade('openLong', [amount, 0n, 0n], asBase, () => {
      const shares = asBase ? this.vault.deposit(amount) : amount;
      const { long, state } = openLong(this.traded.config, this.state, { shares, moment: this.moment });
      add(this.holdings.longs, long.maturity, long.bonds);
      return { state, values: [BigInt(long.maturity), long.bonds] };
    });
  }

  openShort(bonds: bigint, asBase: boolean): void {
    this.#trade('openShort', [bonds, MaxUint256, 0n], asBase, () => {
      const { short, state } = openShort(this.traded.config, this.state, { bonds, moment: this.moment });
      const deposit = this.vault.depositFor(short.depositShares, asBase);
      add(this.holdings.shorts, short.maturity, bonds);
      return { state, values: [BigInt(short.maturity), deposit] };
    });
  }

  close(side: 'long' | 'short', maturity: number, bonds: bigint, asBase: boolean): void {
    const method = side === 'long' ? 'closeLong' : 'closeShort';
    this.#trade(method, [maturity, bonds, 0n], asBase, () => {
      const { moment } = this;
      const position = { side, maturity, bonds };
      const { closed, state } = closePosition(this.traded.config, this.state, { position, moment });
      const values = [this.vault.payout(closed.proceeds, asBase)];
      add(side === 'long' ? this.holdings.longs : this.holdings.shorts, maturity, -bonds);
      return { state, values };
    });
  }

  addLiquidity(amount: bigint, asBase: boolean): void {
    this.#trade('addLiquidity', [amount, 0n, 0n, MaxUint256], asBase, () => {
      const shares = asBase ? this.vault.deposit(amount) : amount;
      const contribution = { amount, shares };
      const { lpShares, state } = addLiquidity(this.traded.config, this.state, {
        ...contribution,
        moment: this.moment,
      });
      this.holdings.lpShares += lpShares;
      return { state, values: [lpShares] };
    });
  }

  removeLiquidity(lpShares: bigint, asBase: boolean): void {
    this.#trade('removeLiquidity', [lpShares, 0n], asBase, () => {
      const { moment } = this;
      const { removed, state } = removeLiquidity(this.traded.config, this.state, { lpShares, moment });
      const paid = this.vault.payout(removed.proceeds, asBase);
      this.holdings.lpShares -= lpShares;
      this.holdings.withdrawalShares += removed.withdrawalShares;
      return { state, values: [paid, removed.withdrawalShares] };
    });
  }

  redeem(withdrawalShares: bigint, asBase: boolean): void {
    this.#trade('redeemWithdrawalShares', [withdrawalShares, 0n], asBase, () => {
      const { moment } = this;
      const { redeemed, state } = redeemWithdrawalShares(this.traded.config, this.state, {
        withdrawalShares,
        moment,
      });
      const paid = this.vault.payout(redeemed.proceeds, asBase);
      this.holdings.withdrawalShares -= redeemed.withdrawalShares;
      return { state, values: [paid, redeemed.withdrawalShares] };
    });
  }

  checkpoint(time: number): void {
    this.#call('checkpoint', [time, 0n], () => {
      const { config } = this.traded;
      const isMinted = this.state.checkpoints.get(time)?.vaultSharePrice !== 0n;
      const state = isMinted
        ? (distributeExcessIdle(config, this.state, this.moment) ?? this.state)
        : mintCheckpoint(config, this.state, { time, moment: this.moment });
      return { state, values: [] };
    });
  }

  /** Changes the vault's assets by a part of them, and its rate from then on. */
  async moveVault(change: bigint, rate: bigint): Promise<void> {
    const { pool } = this.traded;
    const vault = await pool.vault.getAddress();
    const asset = await pool.asset.getAddress();
    const method = change < 0n ? 'burn(address,uint256)' : 'mint(address,uint256)';
    const amount = change < 0n ? -change : change;
    this.calls.push(
      { target: vault, data: interfaces.vault.encodeFunctionData('setRate', [rate]) },
      { target: asset, data: interfaces.token.encodeFunctionData(method, [vault, amount]) },
    );
    this.vault.base += change;
    this.expectations.push({ trade: `setRate(${rate})`, outcome: [], reads: [] });
    this.expectations.push({ trade: `donation(${change})`, outcome: [], reads: [] });
  }

  #trade(method: string, args: unknown[], asBase: boolean, compute: () => Computed): void {
    this.#call(method, [...args, { destination: trader, asBase, extraData: '0x' }], compute);
  }

  #call(method: string, args: unknown[], compute: () => Computed): void {
    const { pool } = this.traded;
    const data = interfaces.hyperdrive.encodeFunctionData(method, args);
    this.calls.push({ target: pool.address, data }, ...this.#reads());
    const trade = `${method}(${args.map(arg => (typeof arg === 'object' ? JSON.stringify(arg) : arg)).join(', ')})`;
    const outcome = this.#compute(compute);
    this.expectations.push({ trade, outcome, reads: this.#expectedReads() });
  }

  #compute(compute: () => Computed): bigint[] | string {
    const { base, shares } = this.vault;
    try {
      const { state, values } = compute();
      this.state = state;
      return values;
    } catch (error) {
      Object.assign(this.vault, { base, shares });
      if (error instanceof TradeRefused) return error.reason;
      if (error instanceof ArithmeticError) return 'arithmetic';
      if (error instanceof VaultRefused) return 'vault';
      throw error;
    }
  }

  #reads(): Call[] {
    const { pool, config } = this.traded;
    const read = (method: string, ...args: unknown[]) => ({
      target: pool.address,
      data: interfaces.hyperdrive.encodeFunctionData(method, args),
    });
    return [
      read('getMarketState'),
      read('getWithdrawPool'),
      read('getUncollectedGovernanceFees'),
      read('totalSupply', assetId('lp')),
      read('totalSupply', assetId('withdrawalShare')),
      read('getCheckpoint', this.latest),
      read('getCheckpoint', this.latest - config.checkpointDuration),
    ];
  }

  #expectedReads(): string[] {
    const { state } = this;
    const checkpoint = (time: number) => {
      const found = state.checkpoints.get(time);
      const updated = BigInt(found?.lastWeightedSpotPriceUpdateTime ?? 0);
      return [found?.weightedSpotPrice ?? 0n, updated, found?.vaultSharePrice ?? 0n];
    };
    const market = [
      ...[state.shareReserves, state.bondReserves, state.longExposure, state.longsOutstanding],
      ...[state.shareAdjustment, state.shortsOutstanding],
      ...[state.longAverageMaturityTime, state.shortAverageMaturityTime],
      ...[1n, state.isPaused ? 1n : 0n, state.zombieBaseProceeds, state.zombieShareReserves],
    ];
    return [
      market,
      [state.readyToWithdraw, state.withdrawalProceeds],
      [state.governanceFees],
      [state.lpSupply],
      [state.withdrawalShareSupply],
      checkpoint(this.latest),
      checkpoint(this.latest - this.traded.config.checkpointDuration),
    ].map(words => words.map(word).join(''));
  }
}

interface Computed {
  state: PoolState;
  values: bigint[];
}

/** Returns a number as the contract returns it, negative ones in two's complement. */
export function word(value: bigint): string {
  return BigInt.asUintN(256, value).toString(16).padStart(64, '0');
}

function add(bonds: Map<number, bigint>, maturity: number, amount: bigint): void {
  const sum = (bonds.get(maturity) ?? 0n) + amount;
  if (sum === 0n) bonds.delete(maturity);
  else bonds.set(maturity, sum);
}
