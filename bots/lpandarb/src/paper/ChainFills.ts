import { assetId, poolAbi, tradingAbi } from '@service-bots/core/hyperdrive';
import type { FailoverProvider } from '@service-bots/core/rpc';
import { SimulationReverted, simulationError } from '@service-bots/core/wallet';
import { toBeHex, toQuantity, zeroPadValue } from 'ethers';
import { openCall, type TradeResult, tradeResultIn } from '../executing/tradeCall.ts';
import type { PoolView, Positions, Step } from '../planning/view.ts';
import { tokenAbi } from '../reading/readPool.ts';

/** An address without a key. The overrides give it every balance and approval that a call needs. */
const paperAddress = '0x000000000000000000000000000000000000bEEF';
/** An amount larger than any trade. Tokens that store flags beside a balance use higher bits. */
const plenty = 2n ** 100n;

/** The state overrides of an `eth_call`: by address, storage slots and their values. */
type Overrides = Record<string, { stateDiff: Record<string, string> }>;

interface Slot {
  address: string;
  key: string;
}

/** The fields of a pool that decide about the `eth_call` of a step. */
export type FilledPool = Pick<PoolView, 'address' | 'name' | 'settlement' | 'vaultSharePrice' | 'state'>;

/** The chain's answer about a step. */
export type ChainFill =
  /** The result of the step, as the pool returns it. */
  | { kind: 'filled'; result: TradeResult }
  | { kind: 'refused'; why: string }
  /** No node accepts overrides, or the slots of the token or the pool were not found. */
  | { kind: 'unknown' };

/**
 * Simulates the exact call of a step at a block by `eth_call`, for a wallet that exists on paper only. The
 * overrides of the state lend it base and approval, and put its positions into the pool. The contracts thus
 * compute the fill, with effects that the maths cannot model: a token that takes a fee, or a vault that pays
 * nothing out.
 */
export class ChainFills {
  /** The storage slot of each value, by contract and call; undefined when it was not found. */
  readonly #slots = new Map<string, Slot | undefined>();
  /** The storage slots of each pool's market state; undefined when the pool has an unknown storage layout. */
  readonly #markets = new Map<string, readonly string[] | undefined>();
  readonly #provider: Pick<FailoverProvider, 'send'>;

  constructor(provider: Pick<FailoverProvider, 'send'>) {
    this.#provider = provider;
  }

  /** @param positions of the wallet on paper; the pool's state in `view` includes them */
  async of(
    step: Step,
    view: FilledPool,
    { positions, block }: { positions: Positions; block: number },
  ): Promise<ChainFill> {
    // A node that fails now may answer the next time.
    const overrides = await this.#overridesFor(step, view, positions).catch(() => undefined);
    if (!overrides) return { kind: 'unknown' };
    const call = { from: paperAddress, to: view.address, data: openCall(step, paperAddress, view) };
    try {
      const returned = await this.#provider.send('eth_call', [call, toQuantity(block), overrides]);
      return { kind: 'filled', result: tradeResultIn(step, returned) };
    } catch (error) {
      const refusal = simulationError(`${step.kind} in ${view.name}`, error, tradingAbi);
      return refusal instanceof SimulationReverted
        ? { kind: 'refused', why: refusal.message }
        : { kind: 'unknown' };
    }
  }

  async #overridesFor(step: Step, view: FilledPool, positions: Positions): Promise<Overrides | undefined> {
    const { address, settlement } = view;
    const found: Overrides = {};
    const set = (slot: Slot, value: bigint) => {
      // A node may spell an address in another case, and takes two spellings for two overrides.
      const at = slot.address.toLowerCase();
      found[at] = { stateDiff: { ...found[at]?.stateDiff, [slot.key]: word(value) } };
    };
    // 1. Lend the wallet the token, and let the pool take it.
    if (step.pays > 0n)
      for (const data of [
        tokenAbi.encodeFunctionData('balanceOf', [paperAddress]),
        tokenAbi.encodeFunctionData('allowance', [paperAddress, address]),
      ]) {
        const slot = await this.#slotOf(settlement.token, data);
        if (!slot) return undefined;
        set(slot, plenty);
      }

    // 2. Put the wallet's positions into the pool.
    const amounts = amountsIn(view, positions);
    if (amounts.length === 0) return found;
    for (const { data, amount } of amounts) {
      const slot = await this.#slotOf(address, data);
      if (!slot) return undefined;
      set(slot, amount);
    }
    const market = await this.#marketOf(view);
    if (!market) return undefined;
    for (const [i, key] of market.entries()) set({ address, key }, marketWords(view.state)[i] as bigint);
    return found;
  }

  /**
   * Returns the storage slot of a view function's result: among the slots that it reads, the slot that
   * changes the result.
   */
  async #slotOf(contract: string, data: string): Promise<Slot | undefined> {
    const name = `${contract} ${data}`;
    if (this.#slots.has(name)) return this.#slots.get(name);
    const call = { from: paperAddress, to: contract, data };
    let found: Slot | undefined;
    for (const slot of await this.#slotsRead(call)) {
      const overrides = { [slot.address]: { stateDiff: { [slot.key]: word(plenty) } } };
      const returned = await this.#provider.send('eth_call', [call, 'latest', overrides]);
      if (returned === word(plenty)) found = slot;
      if (found) break;
    }
    this.#slots.set(name, found);
    return found;
  }

  /**
   * Returns the slots of a pool's market state, in order. The layout is the one of v1.0.20; it counts only if
   * the pool returns the state that was written into these slots.
   */
  async #marketOf({ address, state }: FilledPool): Promise<readonly string[] | undefined> {
    if (this.#markets.has(address)) return this.#markets.get(address);
    const call = { from: paperAddress, to: address, data: poolAbi.encodeFunctionData('getMarketState') };
    const keys = (await this.#slotsRead(call))
      .filter(slot => slot.address.toLowerCase() === address.toLowerCase())
      .map(({ key }) => key)
      .sort();
    const words = marketWords(state);
    const stateDiff = Object.fromEntries(keys.map((key, i) => [key, word(words[i] ?? 0n)]));
    const returned = await this.#provider.send('eth_call', [call, 'latest', { [address]: { stateDiff } }]);
    const isKnown = keys.length === words.length && returned === marketResult(state);
    this.#markets.set(address, isKnown ? keys : undefined);
    return this.#markets.get(address);
  }

  async #slotsRead(call: { from: string; to: string; data: string }): Promise<Slot[]> {
    const { accessList } = (await this.#provider.send('eth_createAccessList', [call, 'latest'])) as {
      accessList: { address: string; storageKeys: string[] }[];
    };
    return accessList.flatMap(({ address, storageKeys }) => storageKeys.map(key => ({ address, key })));
  }
}

/** Returns the supplies and balances that positions on paper change, each with the call that reads it. */
function amountsIn({ state }: FilledPool, { lpShares, withdrawalShares, bonds }: Positions) {
  const supply = (id: bigint) => poolAbi.encodeFunctionData('totalSupply', [id]);
  const balance = (id: bigint) => tradingAbi.encodeFunctionData('balanceOf', [id, paperAddress]);
  const amounts: { data: string; amount: bigint }[] = [];
  const add = (id: bigint, total: bigint, held: bigint) => {
    if (held > 0n) amounts.push({ data: supply(id), amount: total }, { data: balance(id), amount: held });
  };
  add(assetId('lp', 0), state.lpSupply, lpShares);
  add(assetId('withdrawalShares', 0), state.withdrawalShareSupply, withdrawalShares);
  for (const { side, maturity, bonds: held } of bonds) {
    const checkpoint = state.checkpoints.get(maturity);
    const total = (side === 'long' ? checkpoint?.longs : checkpoint?.shorts) ?? held;
    add(assetId(side, maturity), total, held);
  }
  return amounts;
}

/** Returns the words of a market state in the storage of a pool. */
function marketWords(state: PoolView['state']): bigint[] {
  const pair = (low: bigint, high: bigint) => BigInt.asUintN(128, low) | (high << 128n);
  const flags = 1n | (state.isPaused ? 1n << 8n : 0n) | (state.zombieBaseProceeds << 16n);
  return [
    pair(state.shareReserves, state.bondReserves),
    pair(state.longExposure, state.longsOutstanding),
    pair(state.shareAdjustment, state.shortsOutstanding),
    pair(state.longAverageMaturityTime, state.shortAverageMaturityTime),
    pair(flags, state.zombieShareReserves),
  ];
}

/** Returns the result of `getMarketState` for a state. */
function marketResult(state: PoolView['state']): string {
  return poolAbi.encodeFunctionResult('getMarketState', [{ ...state, isInitialized: true }]);
}

function word(value: bigint): string {
  return zeroPadValue(toBeHex(value), 32);
}
