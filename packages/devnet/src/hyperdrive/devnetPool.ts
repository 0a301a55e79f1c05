import { Contract, type LogDescription, MaxUint256, type TransactionReceipt } from 'ethers';
import { roles } from '../chain/accounts.ts';
import type { ChainHandle } from '../chain/anvil.ts';
import { transact } from '../chain/transact.ts';
import { interfaces } from './artifacts.ts';
import { inBase } from './deployPool.ts';
import type { PoolSpec } from './poolSpec.ts';

/** A position that was opened. Amounts are in the token's own decimals. */
export interface OpenedPosition {
  /** Unix seconds; with the kind of position it is the asset's id. */
  readonly maturity: number;
  readonly bonds: bigint;
  /** The trader's payment, in base. */
  readonly paid: bigint;
  readonly hash: string;
}

/** A position that was closed. */
export interface ClosedPosition {
  /** The payment to the trader, in base. */
  readonly proceeds: bigint;
  readonly hash: string;
}

/** The prefix of an asset id: `prefix << 248 | maturity`. */
const assetPrefix = { lp: 0n, long: 1n, short: 2n, withdrawalShare: 3n } as const;

export function assetId(kind: keyof typeof assetPrefix, maturity: number | bigint = 0n): bigint {
  return (assetPrefix[kind] << 248n) | BigInt(maturity);
}

/**
 * A real Hyperdrive pool, with functions for its users.
 *
 * Every trader is an address (default `roles.trader`); base is minted and approved for it as needed. Trades
 * set no price limits. All amounts are bigint in the token's own decimals, rates are yearly at 1e18, times
 * are unix seconds. Every transaction is mined at once, with all other pending ones: to race one against
 * another, send it through `contract.connect(wallet)` and mine yourself. Every function rejects with ethers'
 * CALL_EXCEPTION (`revert.name`) when the pool refuses.
 */
export class DevnetPool {
  readonly address: string;
  readonly name: string;
  readonly decimals: number;
  readonly spec: PoolSpec;
  readonly positionDuration: number;
  readonly checkpointDuration: number;
  /** Bound to anvil's provider: reads work, to write `connect` a signer. */
  readonly contract: Contract;
  readonly asset: Contract;
  readonly vault: Contract;
  readonly #anvil: ChainHandle;
  readonly #pauser: string;

  constructor(
    anvil: ChainHandle,
    spec: PoolSpec,
    addresses: { readonly pool: string; readonly asset: string; readonly vault: string },
    pauser: string,
  ) {
    this.#anvil = anvil;
    this.#pauser = pauser;
    this.spec = spec;
    this.address = addresses.pool;
    this.name = spec.name;
    this.decimals = spec.decimals;
    this.positionDuration = spec.positionDuration;
    this.checkpointDuration = spec.checkpointDuration;
    this.contract = new Contract(addresses.pool, interfaces.hyperdrive, anvil.provider);
    this.asset = new Contract(addresses.asset, interfaces.token, anvil.provider);
    this.vault = new Contract(addresses.vault, interfaces.vault, anvil.provider);
  }

  /** Buys bonds for `amount` base. */
  async openLong(amount: bigint, trader: string = roles.trader.address): Promise<OpenedPosition> {
    await this.#fund(trader, amount);
    const receipt = await this.#trade(trader, 'openLong', [amount, 0n, 0n, inBase(trader)]);
    const { args } = this.#event(receipt, 'OpenLong');
    return {
      maturity: Number(args.getValue('maturityTime')),
      bonds: args.getValue('bondAmount'),
      paid: args.getValue('amount'),
      hash: receipt.hash,
    };
  }

  /** Shorts `bonds` bonds, for a deposit the pool determines. */
  async openShort(bonds: bigint, trader: string = roles.trader.address): Promise<OpenedPosition> {
    // The deposit is the most that the short can lose: less than the bonds' face value, plus prepaid
    // interest.
    await this.#fund(trader, bonds * 2n);
    const receipt = await this.#trade(trader, 'openShort', [bonds, MaxUint256, 0n, inBase(trader)]);
    const { args } = this.#event(receipt, 'OpenShort');
    return {
      maturity: Number(args.getValue('maturityTime')),
      bonds: args.getValue('bondAmount'),
      paid: args.getValue('amount'),
      hash: receipt.hash,
    };
  }

  /** Sells `bonds` of the long that matures (or matured) at `maturity`. */
  closeLong(maturity: number, bonds: bigint, trader: string = roles.trader.address): Promise<ClosedPosition> {
    return this.#close('Long', maturity, bonds, trader);
  }

  /** Buys back `bonds` of the short that matures (or matured) at `maturity`. */
  closeShort(
    maturity: number,
    bonds: bigint,
    trader: string = roles.trader.address,
  ): Promise<ClosedPosition> {
    return this.#close('Short', maturity, bonds, trader);
  }

  async addLiquidity(
    amount: bigint,
    trader: string = roles.trader.address,
  ): Promise<{ lpShares: bigint; hash: string }> {
    await this.#fund(trader, amount);
    const args = [amount, 0n, 0n, MaxUint256, inBase(trader)];
    const receipt = await this.#trade(trader, 'addLiquidity', args);
    return { lpShares: this.#event(receipt, 'AddLiquidity').args.getValue('lpAmount'), hash: receipt.hash };
  }

  async removeLiquidity(
    lpShares: bigint,
    trader: string = roles.trader.address,
  ): Promise<{ proceeds: bigint; withdrawalShares: bigint; hash: string }> {
    const receipt = await this.#trade(trader, 'removeLiquidity', [lpShares, 0n, inBase(trader)]);
    const { args } = this.#event(receipt, 'RemoveLiquidity');
    return {
      proceeds: args.getValue('amount'),
      withdrawalShares: args.getValue('withdrawalShareAmount'),
      hash: receipt.hash,
    };
  }

  /** Redeems up to `shares`, as many as are ready: `redeemed` may be 0. */
  async redeemWithdrawalShares(
    shares: bigint,
    trader: string = roles.trader.address,
  ): Promise<{ proceeds: bigint; redeemed: bigint; hash: string }> {
    const receipt = await this.#trade(trader, 'redeemWithdrawalShares', [shares, 0n, inBase(trader)]);
    const event = this.#findEvent(receipt, 'RedeemWithdrawalShares');
    return {
      proceeds: event?.args.getValue('amount') ?? 0n,
      redeemed: event?.args.getValue('withdrawalShareAmount') ?? 0n,
      hash: receipt.hash,
    };
  }

  /** Returns an account's amount of a position (or of the LP tokens). */
  balanceOf(
    kind: keyof typeof assetPrefix,
    account: string = roles.trader.address,
    maturity = 0,
  ): Promise<bigint> {
    return this.contract.getFunction('balanceOf').staticCall(assetId(kind, maturity), account);
  }

  /** Sets the vault's rate from now on; its earlier earnings are kept. */
  async setVariableRate(rate: bigint): Promise<void> {
    await this.#vaultCall('setRate', [rate]);
  }

  /** Makes the vault book its interest so far, which its price already showed. */
  async accrue(): Promise<void> {
    await this.setVariableRate(await this.vault.getFunction('getRate').staticCall());
  }

  /**
   * Makes the vault lose `percent` % of its assets: its share price falls by as much.
   * @throws RangeError unless `percent` is above 0 and at most 100.
   */
  async loseVaultAssets(percent: number): Promise<void> {
    if (!(percent > 0 && percent <= 100)) throw new RangeError(`a vault cannot lose ${percent} %`);
    // The interest is booked first: the mock computes it on the vault's assets, so a loss would reduce it
    // too.
    await this.accrue();
    const total: bigint = await this.vault.getFunction('totalAssets()').staticCall();
    const lost = (total * BigInt(Math.round(percent * 1e6))) / 100_000_000n;
    const asset = { address: await this.asset.getAddress(), abi: interfaces.token };
    const vault = await this.vault.getAddress();
    await transact(this.#anvil, roles.deployer.address, asset, 'burn(address,uint256)', [vault, lost]);
  }

  /** Returns base per vault share as the pool sees it now, at 1e18. */
  async vaultSharePrice(): Promise<bigint> {
    return (await this.contract.getFunction('getPoolInfo').staticCall()).vaultSharePrice;
  }

  /** Stops trading; positions that exist can still be closed and checkpoints minted. */
  async pause(): Promise<void> {
    await this.#trade(this.#pauser, 'pause', [true]);
  }

  async unpause(): Promise<void> {
    await this.#trade(this.#pauser, 'pause', [false]);
  }

  async isPaused(): Promise<boolean> {
    return (await this.contract.getFunction('getMarketState').staticCall()).isPaused;
  }

  /**
   * Mints the checkpoint of `time`, as any account may. `minted` is false when it was minted already: the
   * contract then succeeds without an event.
   */
  async checkpoint(
    time: number,
    from: string = roles.competitor.address,
  ): Promise<{ minted: boolean; hash: string }> {
    const receipt = await this.#trade(from, 'checkpoint', [time, 0n]);
    return { minted: this.#findEvent(receipt, 'CreateCheckpoint') !== undefined, hash: receipt.hash };
  }

  /** Returns the newest checkpoint's time on the chain's clock, minted or not. */
  async latestCheckpointTime(): Promise<number> {
    const { timestamp } = await this.#anvil.time.latest();
    return timestamp - (timestamp % this.checkpointDuration);
  }

  /** Returns the vault share price at which a checkpoint was minted, at 1e18; 0 when it was not minted. */
  async checkpointPrice(time: number): Promise<bigint> {
    return (await this.contract.getFunction('getCheckpoint').staticCall(time)).vaultSharePrice;
  }

  /**
   * Returns the bonds, long and short together, that mature at `time`. They stay until their holders redeem
   * them.
   */
  async maturedSupply(time: number): Promise<bigint> {
    const totalSupply = this.contract.getFunction('totalSupply');
    const [longs, shorts] = await Promise.all([
      totalSupply.staticCall(assetId('long', time)),
      totalSupply.staticCall(assetId('short', time)),
    ]);
    return longs + shorts;
  }

  async #close(
    side: 'Long' | 'Short',
    maturity: number,
    bonds: bigint,
    trader: string,
  ): Promise<ClosedPosition> {
    const receipt = await this.#trade(trader, `close${side}`, [maturity, bonds, 0n, inBase(trader)]);
    return { proceeds: this.#event(receipt, `Close${side}`).args.getValue('amount'), hash: receipt.hash };
  }

  #trade(from: string, method: string, args: readonly unknown[]): Promise<TransactionReceipt> {
    return transact(this.#anvil, from, { address: this.address, abi: interfaces.hyperdrive }, method, args);
  }

  async #vaultCall(method: string, args: readonly unknown[]): Promise<void> {
    const vault = { address: await this.vault.getAddress(), abi: interfaces.vault };
    await transact(this.#anvil, roles.deployer.address, vault, method, args);
  }

  /** Gives `trader` at least `amount` base, and approves it for the pool. */
  async #fund(trader: string, amount: bigint): Promise<void> {
    const token = { address: await this.asset.getAddress(), abi: interfaces.token };
    const balance: bigint = await this.asset.getFunction('balanceOf').staticCall(trader);
    if (balance < amount) {
      const mint = [trader, amount - balance];
      await transact(this.#anvil, trader, token, 'mint(address,uint256)', mint);
    }
    const allowance: bigint = await this.asset.getFunction('allowance').staticCall(trader, this.address);
    if (allowance < amount) await transact(this.#anvil, trader, token, 'approve', [this.address, MaxUint256]);
  }

  #findEvent(receipt: TransactionReceipt, name: string): LogDescription | undefined {
    for (const log of receipt.logs) {
      if (log.address.toLowerCase() !== this.address.toLowerCase()) continue;
      const event = interfaces.hyperdrive.parseLog(log);
      if (event?.name === name) return event;
    }
    return undefined;
  }

  #event(receipt: TransactionReceipt, name: string): LogDescription {
    const event = this.#findEvent(receipt, name);
    if (event === undefined) throw new Error(`transaction ${receipt.hash} has no ${name} event`);
    return event;
  }
}
