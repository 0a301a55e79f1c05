import { type Anvil, type DevnetPool, roles, transact } from '@service-bots/devnet';
import { toBeHex } from 'ethers';

/** The market state as packed in a pool's storage: two numbers a slot, the first in the lower half. */
const slots = [
  ['shareReserves', 'bondReserves'],
  ['longExposure', 'longsOutstanding'],
  ['shareAdjustment', 'shortsOutstanding'],
  ['longAverageMaturityTime', 'shortAverageMaturityTime'],
] as const;
type Field = (typeof slots)[number][number];

const half = 1n << 128n;

/** A word of a pool's storage, and its slot. */
interface Edit {
  slot: bigint;
  word: bigint;
}

/**
 * Returns the words of a pool's storage with these numbers in its market state.
 * @throws Error when the state is not found where it is expected, or the numbers stand in several words
 */
export async function marketStateEdit(
  anvil: Anvil,
  pool: DevnetPool,
  changes: Partial<Record<Field, bigint>>,
): Promise<Edit> {
  const [edit, ...more] = await editsOf(anvil, pool, changes);
  if (!edit || more.length > 0) throw new Error(`not one word of storage but ${more.length + 1}`);
  return edit;
}

/** Writes numbers into a pool's market state, bypassing all rules of the contract, and mines a block. */
export async function editMarketState(
  anvil: Anvil,
  pool: DevnetPool,
  changes: Partial<Record<Field, bigint>>,
): Promise<void> {
  const edits = await editsOf(anvil, pool, changes);
  // An edit is part of the newest block until another is mined: the earlier blocks stay unchanged.
  await anvil.time.mine();
  for (const { slot, word } of edits)
    await anvil.send('anvil_setStorageAt', [pool.address, toBeHex(slot, 32), toBeHex(word, 32)]);
  await anvil.time.mine();
}

/** Edits the vault's own books: shares of the pool go to another account, without an event of the pool. */
export async function stealShares(anvil: Anvil, pool: DevnetPool, amount: bigint): Promise<void> {
  const vault = { address: await pool.vault.getAddress(), abi: pool.vault.interface };
  await transact(anvil, pool.address, vault, 'transfer', [roles.otherTrader.address, amount]);
  // Removes the ETH that the pool was given for the transaction.
  await anvil.setBalance(pool.address, 0n);
  await anvil.time.mine();
}

async function editsOf(
  anvil: Anvil,
  pool: DevnetPool,
  changes: Partial<Record<Field, bigint>>,
): Promise<Edit[]> {
  const state = (await pool.contract.getFunction('getMarketState').staticCall()) as Record<Field, bigint>;
  const first = await slotOf(anvil, pool, pack(state, slots[0]));
  return slots.flatMap((fields, i) => {
    if (!fields.some(field => changes[field] !== undefined)) return [];
    const edited = { ...Object.fromEntries(fields.map(field => [field, state[field]])), ...changes };
    return [{ slot: first + BigInt(i), word: pack(edited as Record<Field, bigint>, fields) }];
  });
}

function pack(state: Record<Field, bigint>, [low, high]: readonly [Field, Field]): bigint {
  return BigInt.asUintN(128, state[low]) + BigInt.asUintN(128, state[high]) * half;
}

async function slotOf(anvil: Anvil, { address }: DevnetPool, word: bigint): Promise<bigint> {
  for (let slot = 0n; slot < 64n; slot += 1n) {
    const found = await anvil.send('eth_getStorageAt', [address, toBeHex(slot, 32), 'latest']);
    if (BigInt(found as string) === word) return slot;
  }
  throw new Error(`the market state of ${address} is in none of its first 64 slots`);
}
