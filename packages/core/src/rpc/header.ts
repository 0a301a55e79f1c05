import { isHash, isRecord } from './hex.ts';

/** The part of a block's header that links it to its chain. */
export interface Header {
  number: number;
  hash: string;
  parentHash: string;
  /** Seconds since 1970. */
  timestamp: number;
}

/** @param expected the number that was asked for; a block with another one is no answer */
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

/** A chain's time may run ahead of ours so much between two looks. */
const slackSeconds = 60;

/**
 * Why a head does not follow from the last one that was believed: a reorganisation, a jump in time, or a lie.
 * @returns undefined when it does, as far as it can be told without asking
 */
export function breakIn(
  header: Header,
  { header: last, atMs }: Believed,
  nowMs: number,
): 'hash' | 'time' | undefined {
  const blocks = header.number - last.number;
  const seconds = header.timestamp - last.timestamp;
  // Of an endpoint that is a little behind, the hashes are not known.
  if (blocks < 0) return seconds > 0 ? 'time' : undefined;
  const isSame = header.hash === last.hash && header.parentHash === last.parentHash;
  if (blocks === 0 && !isSame) return 'hash';
  if (blocks === 1 && header.parentHash !== last.hash) return 'hash';
  const isTooLate = seconds > (nowMs - atMs) / 1_000 + slackSeconds;
  return isTooLate || seconds < 0 || (blocks === 0 && seconds !== 0) ? 'time' : undefined;
}
