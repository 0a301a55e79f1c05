import { encodeRlp, keccak256, toBeArray } from 'ethers';
import { isData, isHash, isQuantity, isRecord } from './hex.ts';

/** The part of a block's header that links it to its chain. */
export interface Header {
  number: number;
  hash: string;
  parentHash: string;
  /** Seconds since 1970. */
  timestamp: number;
}

/**
 * Returns the header of a block.
 * @param expected the requested number; a block with another number is no answer
 */
export function headerIn(block: unknown, expected?: number): Header | undefined {
  if (!isRecord(block)) return undefined;
  const { number, hash, parentHash, timestamp } = block;
  const header = {
    number: Number(number),
    hash: String(hash).toLowerCase(),
    parentHash: String(parentHash).toLowerCase(),
    timestamp: Number(timestamp),
  };
  const isWhole = isHash(hash) && isHash(parentHash) && Number.isSafeInteger(header.timestamp);
  return isWhole && (expected === undefined || header.number === expected) ? header : undefined;
}

export function isSameHeader(a: Header, b: Header): boolean {
  return a.hash === b.hash && a.parentHash === b.parentHash && a.timestamp === b.timestamp;
}

/** A header that was believed, and when, by `performance.now()`. */
export interface Believed {
  header: Header;
  atMs: number;
}

/** A chain's time may run ahead of ours by this much between two reads. */
const slackSeconds = 60;

/**
 * Returns how a head breaks with the last believed one: a reorganisation, a jump in time, or a lie.
 * @returns undefined when it follows, as far as that can be decided without a request
 */
export function discontinuityOf(
  header: Header,
  { header: last, atMs }: Believed,
  nowMs: number,
): 'hash' | 'time' | undefined {
  const blocks = header.number - last.number;
  const seconds = header.timestamp - last.timestamp;
  // The hashes of an endpoint that is a little behind are unknown here.
  if (blocks < 0) return seconds > 0 ? 'time' : undefined;
  const isSame = header.hash === last.hash && header.parentHash === last.parentHash;
  if (blocks === 0 && !isSame) return 'hash';
  if (blocks === 1 && header.parentHash !== last.hash) return 'hash';
  const isTooLate = seconds > (nowMs - atMs) / 1_000 + slackSeconds;
  return isTooLate || seconds < 0 || (blocks === 0 && seconds !== 0) ? 'time' : undefined;
}

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
