import type { JsonRpcPayload } from 'ethers';
import type { ChainFacts } from './ChainFacts.ts';
import { hasHash, isAddress, isData, isHash, isPrice, isQuantity, isRecord, isSafeQuantity } from './hex.ts';
import { areLogs } from './logShape.ts';
import { receiptShape } from './receiptShape.ts';

/**
 * The judgement of a result by its form alone.
 * - `fits`: it can be believed
 * - `wrong`: no working node sends it
 * - `unknown`: null for an object that another endpoint may have
 * - `empty`: no data from an address that may have code at another endpoint
 * - `no-base-fee`, `no-price`: a field is missing that another endpoint may have
 * - `no-code`: gas for the data of a call alone, as if there were no code to run
 */
export type Shape = 'fits' | 'wrong' | Doubt;
export type Doubt = 'unknown' | 'empty' | 'no-base-fee' | 'no-price' | 'no-code';

type Check = (result: unknown, params: readonly unknown[], chain: ChainFacts) => Shape;

/** No transaction takes less gas. */
const leastGas = 21_000;

const fits = (is: boolean): Shape => (is ? 'fits' : 'wrong');
const amount: Check = result => fits(isQuantity(result));
const smallNumber: Check = result => fits(isSafeQuantity(result));
/** Judges an estimate: running any code costs more gas than the data alone. */
function estimateShape(result: unknown, [call]: readonly unknown[]): Shape {
  if (!isSafeQuantity(result) || Number(result) < leastGas) return 'wrong';
  const { data, input = data } = isRecord(call) ? call : {};
  const isOfCode = isData(input) && input !== '0x';
  return isOfCode && Number(result) <= intrinsicGas(input) ? 'no-code' : 'fits';
}
const code: Check = result => (result === '0x' ? 'empty' : fits(isData(result)));

/** The expected form of each method's result; a method that is not listed is not checked. */
const checks: Readonly<Record<string, Check>> = {
  eth_blockNumber: smallNumber,
  eth_chainId: result => fits(isSafeQuantity(result) && Number(result) > 0),
  eth_getTransactionCount: smallNumber,
  eth_getBalance: amount,
  eth_gasPrice: amount,
  eth_maxPriorityFeePerGas: amount,
  eth_blobBaseFee: amount,
  eth_estimateGas: estimateShape,
  eth_call: code,
  eth_getCode: code,
  eth_getStorageAt: result => fits(isData(result)),
  eth_getBlockByNumber: (result, [tag], chain) =>
    // Every chain has a latest block; a pending block has fewer known fields.
    tag === 'pending' || (result === null && tag === 'latest')
      ? fits(isRecord(result))
      : blockShape(result, chain, ({ number }) => !isQuantity(tag) || Number(number) === Number(tag)),
  eth_getBlockByHash: (result, [hash], chain) =>
    blockShape(result, chain, block => hasHash(block.hash, hash)),
  eth_getTransactionByHash: (result, [hash]) =>
    result === null ? 'unknown' : transactionShape(result, hash),
  eth_getTransactionReceipt: (result, [hash]) => receiptShape(result, hash),
  // Receipts are requested only for blocks that hold a transaction.
  eth_getBlockReceipts: result => {
    if (result === null) return 'unknown';
    if (!Array.isArray(result) || !result.every(isRecord)) return 'wrong';
    return result.length === 0 ? 'unknown' : 'fits';
  },
  eth_getLogs: (result, [filter]) => fits(areLogs(result, filter)),
  eth_feeHistory: result =>
    fits(isRecord(result) && isQuantity(result.oldestBlock) && Array.isArray(result.baseFeePerGas)),
  web3_clientVersion: result => fits(typeof result === 'string'),
  net_version: result => fits(typeof result === 'string'),
};

/**
 * Judges the shape of a result.
 * @param chain the known facts about the chain, which the result may add to
 */
export function shapeOf({ method, params }: JsonRpcPayload, result: unknown, chain: ChainFacts): Shape {
  const check = Object.hasOwn(checks, method) ? checks[method] : undefined;
  return check ? check(result, Array.isArray(params) ? params : [], chain) : 'fits';
}

function blockShape(
  block: unknown,
  chain: ChainFacts,
  isAsked: (block: Record<string, unknown>) => boolean,
): Shape {
  if (block === null) return 'unknown';
  if (!isRecord(block)) return 'wrong';
  const { number, hash, parentHash, timestamp, baseFeePerGas = null, transactions = null } = block;
  if (!isSafeQuantity(number) || !isHash(hash) || !isHash(parentHash) || !isSafeQuantity(timestamp))
    return 'wrong';
  // Some gateways send milliseconds, or leave the time out.
  const isTime = Number(timestamp) < latestTimestamp && (Number(timestamp) > 0 || Number(number) === 0);
  if (!isTime) return 'wrong';
  if (!isAsked(block) || (transactions !== null && !Array.isArray(transactions))) return 'wrong';
  if (baseFeePerGas !== null && !isPrice(baseFeePerGas)) return 'wrong';
  return chain.baseFeeShape(Number(number), baseFeePerGas !== null);
}

/** Seconds since 1970 in the year 5138; milliseconds since 1970 are more. */
const latestTimestamp = 100_000_000_000;

function transactionShape(transaction: unknown, hash: unknown): Shape {
  if (!isRecord(transaction)) return 'wrong';
  const { from, nonce } = transaction;
  return fits(hasHash(transaction.hash, hash) && isAddress(from) && isSafeQuantity(nonce));
}

/** The gas that every transaction pays, and the gas of each byte of its data, zero or not (EIP-2028). */
const perTransaction = 21_000;
const perZeroByte = 4;
const perOtherByte = 16;

/**
 * Returns the gas that a transaction pays for its data alone, before any code runs. A chain may charge more
 * for data.
 * @param data hexadecimal, with `0x`
 */
export function intrinsicGas(data: string): number {
  let gas = perTransaction;
  for (let at = 2; at < data.length; at += 2) gas += data.startsWith('00', at) ? perZeroByte : perOtherByte;
  return gas;
}
