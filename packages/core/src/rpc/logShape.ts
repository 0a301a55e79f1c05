import { isAddress, isData, isHash, isQuantity, isRecord, isSafeQuantity } from './hex.ts';

/** A log as the node returns it. */
export interface RawLog {
  address: string;
  topics: string[];
  data: string;
  blockNumber: string;
  blockHash: string;
  transactionHash: string;
  logIndex: string;
}

/** The logs to read, as in `eth_getLogs`. */
export interface LogFilter {
  address?: string | readonly string[];
  topics?: readonly (string | readonly string[] | null)[];
}

/** Returns whether they are logs that the filter asks for, each of them once. */
export function areLogs(logs: unknown, filter: unknown): boolean {
  if (!Array.isArray(logs)) return false;
  const { fromBlock, toBlock, blockHash } = isRecord(filter) ? filter : {};
  const from = isQuantity(fromBlock) ? Number(fromBlock) : 0;
  const to = isQuantity(toBlock) ? Number(toBlock) : Number.POSITIVE_INFINITY;
  const seen = new Set<string>();
  return logs.every(log => {
    if (!isLog(log) || log.removed === true) return false;
    const place = `${log.blockHash}:${Number(log.logIndex)}`;
    if (seen.has(place)) return false;
    seen.add(place);
    const number = Number(log.blockNumber);
    const isOfBlock =
      typeof blockHash !== 'string' ||
      log.blockHash === blockHash.toLowerCase() ||
      log.blockHash === blockHash;
    return number >= from && number <= to && isOfBlock && matchesFilter(log, filter);
  });
}

/** Returns whether a log is of an address and has the topics that a filter names. */
export function matchesFilter(log: Record<string, unknown>, filter: unknown): boolean {
  const { address, topics = [] } = isRecord(filter) ? filter : {};
  const had = Array.isArray(log.topics) ? log.topics : [];
  return (
    isAmong(log.address, address) &&
    (!Array.isArray(topics) || topics.every((wanted, i) => isAmong(had[i], wanted)))
  );
}

/**
 * Returns whether a value is among the wanted ones.
 * @param wanted one value, or several of which one is enough; absent or empty means any
 */
function isAmong(value: unknown, wanted: unknown): boolean {
  const choices = (Array.isArray(wanted) ? wanted : [wanted]).filter(each => (each ?? null) !== null);
  return (
    choices.length === 0 || choices.some(each => String(each).toLowerCase() === String(value).toLowerCase())
  );
}

/** Returns whether it is a log of a mined transaction. */
export function isLog(log: unknown): log is Record<string, unknown> {
  if (!isRecord(log)) return false;
  const { address, topics, data, blockNumber, blockHash, transactionHash, logIndex } = log;
  return (
    isAddress(address) &&
    Array.isArray(topics) &&
    topics.length <= 4 &&
    topics.every(isHash) &&
    isData(data) &&
    isSafeQuantity(blockNumber) &&
    isHash(blockHash) &&
    isHash(transactionHash) &&
    isSafeQuantity(logIndex)
  );
}
