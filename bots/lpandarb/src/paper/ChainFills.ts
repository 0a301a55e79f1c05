import { tradingAbi } from '@service-bots/core/hyperdrive';
import type { FailoverProvider } from '@service-bots/core/rpc';
import { SimulationReverted, simulationError } from '@service-bots/core/wallet';
import { toBeHex, toQuantity, zeroPadValue } from 'ethers';
import { openCall, outcomeIn } from '../executing/tradeCall.ts';
import type { PoolView, Step } from '../planning/view.ts';
import { tokenAbi } from '../reading/readPool.ts';
import { baseOfUnits } from '../settlement.ts';

/** An address without a key. The overrides give it every balance and approval that a call needs. */
const paperAddress = '0x000000000000000000000000000000000000bEEF';
/** An amount larger than any trade. Tokens that store flags beside a balance use higher bits. */
const plenty = zeroPadValue(toBeHex(2n ** 100n), 32);

/** The state overrides of a token: by address, the storage slot and its value. */
type Overrides = Record<string, { stateDiff: Record<string, string> }>;

/** The chain's answer about a step. */
export type ChainFill =
  /** The result of the step in base, bonds or LP tokens; for a short, the deposit that it takes. */
  | { kind: 'filled'; amount: bigint }
  | { kind: 'refused'; why: string }
  /** The step needs positions that are not on the chain, or no node accepts overrides. */
  | { kind: 'unknown' };

/**
 * Simulates the exact call of a step at a block, for a wallet that is lent the base. The `eth_call` overrides
 * the token's balance and approval. The simulation includes effects that the maths cannot model, such as a
 * token that takes a fee.
 */
export class ChainFills {
  /** The overrides by token and pool; undefined: the slots were not found. */
  readonly #overrides = new Map<string, Overrides | undefined>();
  readonly #provider: Pick<FailoverProvider, 'send'>;

  constructor(provider: Pick<FailoverProvider, 'send'>) {
    this.#provider = provider;
  }

  async of(
    step: Step,
    view: Pick<PoolView, 'address' | 'settlement' | 'vaultSharePrice' | 'name'>,
    block: number,
  ): Promise<ChainFill> {
    if (step.pays === 0n) return { kind: 'unknown' };
    // A node that fails now may answer the next time.
    const overrides = await this.#overridesFor(view).catch(() => undefined);
    if (!overrides) return { kind: 'unknown' };
    const call = { from: paperAddress, to: view.address, data: openCall(step, paperAddress, view) };
    try {
      const returned = await this.#provider.send('eth_call', [call, toQuantity(block), overrides]);
      const { amount } = outcomeIn(step, returned);
      // A step that pays into the pool brings bonds or LP tokens; a short returns its deposit.
      const isPayment = step.kind === 'open-short';
      return {
        kind: 'filled',
        amount: isPayment ? baseOfUnits(view.settlement, amount, view.vaultSharePrice) : amount,
      };
    } catch (error) {
      const refusal = simulationError(`${step.kind} in ${view.name}`, error, tradingAbi);
      return refusal instanceof SimulationReverted
        ? { kind: 'refused', why: refusal.message }
        : { kind: 'unknown' };
    }
  }

  async #overridesFor({ address, settlement: { token } }: Pick<PoolView, 'address' | 'settlement'>) {
    const key = `${token} ${address}`;
    if (this.#overrides.has(key)) return this.#overrides.get(key);
    const found: Overrides = {};
    for (const data of [
      tokenAbi.encodeFunctionData('balanceOf', [paperAddress]),
      tokenAbi.encodeFunctionData('allowance', [paperAddress, address]),
    ]) {
      const slot = await this.#slotOf(token, data);
      if (!slot) {
        this.#overrides.set(key, undefined);
        return undefined;
      }
      const stateDiff = { ...found[slot.address]?.stateDiff, [slot.key]: plenty };
      found[slot.address] = { stateDiff };
    }
    this.#overrides.set(key, found);
    return found;
  }

  /**
   * Returns the storage slot of a view function's result: among the slots that it reads, the slot that
   * changes the result.
   */
  async #slotOf(token: string, data: string): Promise<{ address: string; key: string } | undefined> {
    const call = { from: paperAddress, to: token, data };
    const { accessList } = (await this.#provider.send('eth_createAccessList', [call, 'latest'])) as {
      accessList: { address: string; storageKeys: string[] }[];
    };
    const slots = accessList.flatMap(({ address, storageKeys }) =>
      storageKeys.map(key => ({ address, key })),
    );
    for (const slot of slots) {
      const overrides = { [slot.address]: { stateDiff: { [slot.key]: plenty } } };
      const returned = await this.#provider.send('eth_call', [call, 'latest', overrides]);
      if (returned === plenty) return slot;
    }
    return undefined;
  }
}
