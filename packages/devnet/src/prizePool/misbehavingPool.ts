import { AbiCoder, concat, getAddress, Interface } from 'ethers';
import { roles } from '../chain/accounts.ts';
import type { ChainHandle } from '../chain/anvil.ts';
import { transact } from '../chain/transact.ts';
import { type DevnetPrizePool, prizePoolInterfaces } from './devnetPrizePool.ts';
import { misbehavingPoolArtifact } from './misbehavingPoolArtifact.ts';

/**
 * The effect of a call in place of the real code. Only `honest` lets a transaction change the pool's state.
 */
export type Misbehaviour =
  | 'honest'
  /** Uses up all of its gas. */
  | 'burns'
  /** Reverts with `Error(string)`; any characters are allowed. */
  | { readonly revertsWithText: string }
  /** Reverts with one of the pool's own errors: `BadState`. */
  | { readonly revertsWithError: string }
  /** Reverts with these bytes, as 0x and hex digits. */
  | { readonly revertsWithData: string }
  /** Succeeds with these values, as many as the function returns. */
  | { readonly returns: readonly unknown[] }
  /** Succeeds with these bytes, as 0x and hex digits. */
  | { readonly returnsData: string }
  /** Succeeds and emits one of the pool's own events. */
  | { readonly emits: string; readonly args: readonly unknown[] };

/** The condition under which the misbehaviour applies; always unless given. */
export interface MisbehavesWhen {
  /** It ends at this time, unix seconds. */
  readonly untilTime?: number;
  /** It ends with the block before this one. */
  readonly untilBlock?: number;
  /** Only in blocks whose number this divides. */
  readonly everyBlocks?: number;
  /** Simulations get the honest answer: only a mined transaction meets the misbehaviour. */
  readonly minedOnly?: boolean;
}

/**
 * A function of the pool, or one call of it with its arguments. The rule for one call takes precedence over
 * its function's.
 */
export type PoolCall = string | readonly [name: string, ...args: unknown[]];

/** Sets a pool's misbehaviour. Each rule is a transaction and holds from the next block on. */
export interface MisbehavingPool {
  /** Replaces the earlier rule for the same function or call. */
  rule(call: PoolCall, misbehaviour: Misbehaviour, when?: MisbehavesWhen): Promise<void>;
}

const behaviours = { honest: 0, revert: 1, return: 2, emit: 3, burn: 4 } as const;
const abi = new Interface(misbehavingPoolArtifact.abi);
const { pool: poolAbi } = prizePoolInterfaces;
const coder = AbiCoder.defaultAbiCoder();

/** Makes a pool on the chain accept rules. Without a rule it behaves as before, with the same state. */
export async function misbehavingPool(anvil: ChainHandle, pool: DevnetPrizePool): Promise<MisbehavingPool> {
  const { address } = pool;
  await anvil.send('anvil_setCode', [honestCodeOf(address), await anvil.provider.getCode(address)]);
  await anvil.send('anvil_setCode', [address, misbehavingPoolArtifact.runtime]);
  return {
    async rule(call, misbehaviour, when = {}) {
      const { untilTime = 0, untilBlock = 0, everyBlocks = 0, minedOnly = false } = when;
      const { behaviour, data = '0x', topics = [] } = encoded(nameOf(call), misbehaviour);
      const rule = { behaviour, untilTime, untilBlock, everyBlocks, minedOnly, data, topics };
      await transact(anvil, roles.deployer.address, { address, abi }, 'misbehave', [keyOf(call), rule]);
    },
  };
}

/** Returns the pool's address with all bits flipped, as the contract expects it. */
function honestCodeOf(address: string): string {
  const flipped = BigInt.asUintN(160, ~BigInt(address));
  return getAddress(`0x${flipped.toString(16).padStart(40, '0')}`);
}

function nameOf(call: PoolCall): string {
  return typeof call === 'string' ? call : call[0];
}

function keyOf(call: PoolCall): string {
  if (typeof call === 'string') return functionOf(call).selector;
  const [name, ...args] = call;
  return poolAbi.encodeFunctionData(name, args);
}

function functionOf(name: string) {
  const fragment = poolAbi.getFunction(name);
  if (!fragment) throw new Error(`the pool has no function ${name}`);
  return fragment;
}

function encoded(
  name: string,
  misbehaviour: Misbehaviour,
): { behaviour: number; data?: string; topics?: readonly string[] } {
  if (misbehaviour === 'honest') return { behaviour: behaviours.honest };
  if (misbehaviour === 'burns') return { behaviour: behaviours.burn };
  if ('revertsWithText' in misbehaviour) {
    const text = coder.encode(['string'], [misbehaviour.revertsWithText]);
    return { behaviour: behaviours.revert, data: concat(['0x08c379a0', text]) };
  }
  if ('revertsWithError' in misbehaviour)
    return {
      behaviour: behaviours.revert,
      data: poolAbi.encodeErrorResult(misbehaviour.revertsWithError, []),
    };
  if ('revertsWithData' in misbehaviour)
    return { behaviour: behaviours.revert, data: misbehaviour.revertsWithData };
  if ('returns' in misbehaviour)
    return {
      behaviour: behaviours.return,
      data: poolAbi.encodeFunctionResult(functionOf(name), misbehaviour.returns),
    };
  if ('returnsData' in misbehaviour) return { behaviour: behaviours.return, data: misbehaviour.returnsData };
  const { data, topics } = poolAbi.encodeEventLog(misbehaviour.emits, misbehaviour.args);
  return { behaviour: behaviours.emit, data, topics };
}
