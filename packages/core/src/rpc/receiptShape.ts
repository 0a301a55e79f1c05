import { hasHash, isAddress, isData, isHash, isQuantity, isRecord, isSafeQuantity } from './hex.ts';
import { isLog } from './logShape.ts';

/**
 * Whether it is the receipt of a mined transaction. A receipt without a block is of one that is not mined yet. Without
 * a price the fee of a transaction is not known, which another endpoint may tell.
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
  return isQuantity(price) && price.length <= longestPrice ? 'fits' : 'wrong';
}

/** 128 bits of wei for a unit of gas are more than there is. */
const longestPrice = '0x'.length + 32;

/** A receipt that tells no block says that the transaction is known and not mined: there is no receipt yet. */
function isPending({ blockNumber, blockHash }: Record<string, unknown>): boolean {
  return (blockNumber ?? null) === null && (blockHash ?? null) === null;
}

/**
 * A receipt in the form that ethers takes, which throws where a field that no decision rests on is odd: some nodes
 * write `0x` where there is no contract or recipient, or leave out what is of the block rather than of the transaction.
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

/** In lower case: some chains have a checksum of their own, which ethers would refuse. */
function plainAddress(value: unknown): string | null {
  return isAddress(value) ? value.toLowerCase() : null;
}

function indexOr0(value: unknown): string {
  return isSafeQuantity(value) ? value : '0x0';
}

function quantityOrNull(value: unknown): string | null {
  return isQuantity(value) ? value : null;
}
