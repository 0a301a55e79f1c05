import { encodeRlp, keccak256, toBeArray } from 'ethers';
import { isData, isQuantity, isRecord } from './hex.ts';

/**
 * The fields of a header in the order in which they are hashed. The fields from the base fee on came with
 * upgrades.
 */
const fields: readonly (readonly [name: string, kind: 'data' | 'quantity'])[] = [
  ['parentHash', 'data'],
  ['sha3Uncles', 'data'],
  ['miner', 'data'],
  ['stateRoot', 'data'],
  ['transactionsRoot', 'data'],
  ['receiptsRoot', 'data'],
  ['logsBloom', 'data'],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', 'data'],
  ['mixHash', 'data'],
  ['nonce', 'data'],
  ['baseFeePerGas', 'quantity'],
  ['withdrawalsRoot', 'data'],
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 'data'],
  ['requestsHash', 'data'],
];
const inEveryHeader = 15;

/**
 * Returns whether a block's hash is the hash of its header (yellow paper 4.4, EIP-1559, 4895, 4844, 4788 and
 * 7685). Some chains hash other fields, and the result is always false for them.
 */
export function hasOwnHash(block: unknown): boolean {
  if (!isRecord(block)) return false;
  const encoded: (string | Uint8Array)[] = [];
  for (const [position, [name, kind]] of fields.entries()) {
    const value = block[name] ?? null;
    // Upgrades add fields at the end: the first missing field ends the header.
    if (value === null && position >= inEveryHeader) break;
    if (kind === 'quantity' ? !isQuantity(value) : !isData(value)) return false;
    encoded.push(kind === 'quantity' ? toBeArray(value as string) : (value as string));
  }
  return keccak256(encodeRlp(encoded)) === String(block.hash).toLowerCase();
}
