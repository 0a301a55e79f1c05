import { hasHash, isAddress, isData, isHash, isPrice, isQuantity, isRecord, isSafeQuantity } from './hex.ts';
import { isLog } from './logShape.ts';

/**
 * Judges whether it is the receipt of a mined transaction. A receipt without a block is of a transaction that
 * is not mined yet. Without a price the fee of a transaction is unknown; another endpoint may return it.
 */
export function receiptShape(receipt: unknown, hash: unknown): 'fits' | 'wrong' | 'unknown' | 'no-price' {
  if (receipt === null) return 'unknown';
  if (!isRecord(receipt)) return 'wrong';
  const { transactionHash, blockHash, blockNumber, status, gasUsed, logs } = receipt;
  const price = receipt.effectiveGasPrice ?? receipt.gasPrice ?? null;
  if (!hasHash(transactionHash, hash)) return 'wrong';
  if (isPending(receipt)) return 'unknown';
  const isMined =
    isHash(blockHash) &&
    isSafeQuantity(blockNumber) &&
    isQuantity(status) &&
    Number(status) <= 1 &&
    isSafeQuantity(gasUsed) &&
    Array.isArray(logs) &&
    logs.every(log => isLog(log) && hasHash(log.transactionHash, hash) && hasHash(log.blockHash, blockHash));
  if (!isMined) return 'wrong';
  if (price === null) return 'no-price';
  return isPrice(price) ? 'fits' : 'wrong';
}

/**
 * Returns whether a receipt has no block: the transaction is then known and not mined, so there is no receipt
 * yet.
 */
function isPending({ blockNumber, blockHash }: Record<string, unknown>): boolean {
  return (blockNumber ?? null) === null && (blockHash ?? null) === null;
}

/**
 * Returns a receipt in the form that ethers takes. ethers throws at odd values even in fields that no
 * decision rests on: some nodes write `0x` where there is no contract or recipient, or leave out fields that
 * are the block's and not the transaction's.
 */
export function repairedReceipt(receipt: unknown): unknown {
  if (!isRecord(receipt)) return receipt;
  if (isPending(receipt)) return null;
  const { from, to, contractAddress, cumulativeGasUsed, transactionIndex, logsBloom, type, gasUsed, logs } =
    receipt;
  return {
    ...receipt,
    from: plainAddress(from),
    to: plainAddress(to),
    contractAddress: plainAddress(contractAddress),
    cumulativeGasUsed: isQuantity(cumulativeGasUsed) ? cumulativeGasUsed : gasUsed,
    transactionIndex: indexOr0(transactionIndex),
    logsBloom: isData(logsBloom) && logsBloom.length > 2 ? logsBloom : null,
    type: isSafeQuantity(type) ? type : '0x2',
    root: null,
    blobGasUsed: quantityOrNull(receipt.blobGasUsed),
    blobGasPrice: quantityOrNull(receipt.blobGasPrice),
    logs: Array.isArray(logs) ? logs.map(repairedLog) : logs,
  };
}

function repairedLog(log: unknown): unknown {
  if (!isRecord(log)) return log;
  const { address, transactionIndex } = log;
  return { ...log, address: plainAddress(address), transactionIndex: indexOr0(transactionIndex) };
}

/** Returns an address in lower case: some chains have a checksum of their own, which ethers would refuse. */
function plainAddress(value: unknown): string | null {
  return isAddress(value) ? value.toLowerCase() : null;
}

function indexOr0(value: unknown): string {
  return isSafeQuantity(value) ? value : '0x0';
}

function quantityOrNull(value: unknown): string | null {
  return isQuantity(value) ? value : null;
}
