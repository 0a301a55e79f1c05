import { isHash, isRecord } from './hex.ts';

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
    hash: String(hash),
    parentHash: String(parentHash),
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
export function breakIn(
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
