import { tradingAbi } from '@service-bots/core/hyperdrive';
import type { FailoverProvider } from '@service-bots/core/rpc';
import { SimulationReverted, simulationError } from '@service-bots/core/wallet';
import { toBeHex, toQuantity, zeroPadValue } from 'ethers';
import { openCall, outcomeIn } from '../executing/tradeCall.ts';
import type { PoolView, Step } from '../planning/view.ts';
import { tokenAbi } from '../reading/readPool.ts';

/** Nobody's address: on paper it holds whatever a call needs. */
const paperAddress = '0x000000000000000000000000000000000000bEEF';
/** More than any trade; tokens that keep flags beside a balance keep them in higher bits. */
const plenty = zeroPadValue(toBeHex(2n ** 100n), 32);

/** Where a token keeps something: by address, the slot and what it is to hold. */
type Overrides = Record<string, { stateDiff: Record<string, string> }>;

/** What the chain says of a step. */
export type ChainFill =
  /** What it would bring, or for a short the deposit that it would take. */
  | { kind: 'filled'; amount: bigint }
  | { kind: 'refused'; why: string }
  /** The step needs positions that are not on the chain, or no node takes overrides. */
  | { kind: 'unknown' };

/**
 * Asks the chain for the very call of a step, as of a block, for a wallet that is lent the base: eth_call with the token's
 * balance and approval overridden. What the maths cannot know, such as a token that takes a fee, shows.
 */
export class ChainFills {
  /** By token and pool; undefined: the slots could not be found. */
  readonly #overrides = new Map<string, Overrides | undefined>();
  readonly #provider: Pick<FailoverProvider, 'send'>;

  constructor(provider: Pick<FailoverProvider, 'send'>) {
    this.#provider = provider;
  }

  async of(
    step: Step,
    view: Pick<PoolView, 'address' | 'baseToken' | 'name'>,
    block: number,
  ): Promise<ChainFill> {
    if (step.pays === 0n) return { kind: 'unknown' };
    // A node that fails to answer now may answer next time.
    const overrides = await this.#overridesFor(view).catch(() => undefined);
    if (!overrides) return { kind: 'unknown' };
    const call = { from: paperAddress, to: view.address, data: openCall(step, paperAddress) };
    try {
      const returned = await this.#provider.send('eth_call', [call, toQuantity(block), overrides]);
      return { kind: 'filled', amount: outcomeIn(step, returned).amount };
    } catch (error) {
      const refusal = simulationError(`${step.kind} in ${view.name}`, error, tradingAbi);
      return refusal instanceof SimulationReverted
        ? { kind: 'refused', why: refusal.message }
        : { kind: 'unknown' };
    }
  }

  async #overridesFor({ address, baseToken }: Pick<PoolView, 'address' | 'baseToken'>) {
    const key = `${baseToken} ${address}`;
    if (this.#overrides.has(key)) return this.#overrides.get(key);
    const found: Overrides = {};
    for (const data of [
      tokenAbi.encodeFunctionData('balanceOf', [paperAddress]),
      tokenAbi.encodeFunctionData('allowance', [paperAddress, address]),
    ]) {
      const slot = await this.#slotOf(baseToken, data);
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

  /** The slot that a view function returns: among those that it reads, the one that changes what it returns. */
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
