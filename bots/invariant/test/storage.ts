import type { Anvil, DevnetPool } from '@service-bots/devnet';
import { toBeHex } from 'ethers';

/** The market state as it is packed in a pool's storage: two numbers a slot, the first in the lower half. */
const slots = [
  ['shareReserves', 'bondReserves'],
  ['longExposure', 'longsOutstanding'],
  ['shareAdjustment', 'shortsOutstanding'],
  ['longAverageMaturityTime', 'shortAverageMaturityTime'],
] as const;
type Field = (typeof slots)[number][number];

const half = 1n << 128n;

/**
 * Writes numbers into a pool's market state, past every rule of the contract.
 * @throws Error when the state is not found where it is expected
 */
export async function editMarketState(
  anvil: Anvil,
  pool: DevnetPool,
  changes: Partial<Record<Field, bigint>>,
): Promise<void> {
  const state = (await pool.contract.getFunction('getMarketState').staticCall()) as Record<Field, bigint>;
  const first = await slotOf(anvil, pool, pack(state, slots[0]));
  for (const [i, fields] of slots.entries()) {
    if (!fields.some(field => changes[field] !== undefined)) continue;
    const edited = { ...Object.fromEntries(fields.map(field => [field, state[field]])), ...changes };
    const word = pack(edited as Record<Field, bigint>, fields);
    await anvil.send('anvil_setStorageAt', [pool.address, toBeHex(first + BigInt(i), 32), toBeHex(word, 32)]);
  }
  await anvil.time.mine();
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
