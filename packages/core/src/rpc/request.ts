import type { JsonRpcPayload } from 'ethers';
import type { JsonRpcAnswer } from './transport.ts';

/** Lookups whose `null` may only mean that this endpoint has not heard of it yet. */
const lookups = new Set([
  'eth_getTransactionReceipt',
  'eth_getTransactionByHash',
  'eth_getBlockByNumber',
  'eth_getBlockByHash',
]);

/** Whether an answer says "unknown", so that the other endpoints are asked before it counts. */
export function saysUnknown(payloads: readonly JsonRpcPayload[], answers: readonly JsonRpcAnswer[]): boolean {
  return payloads.some(({ method }, i) => {
    const answer = answers[i];
    return lookups.has(method) && answer !== undefined && 'result' in answer && answer.result === null;
  });
}

/** Where a method's parameters name the block it reads at. */
const blockPosition: Record<string, number> = {
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
  eth_getStorageAt: 2,
  eth_getBlockByNumber: 0,
};

/** The highest block number that the request is pinned to; undefined when it reads at `latest` or by hash. */
export function pinnedBlock(payloads: readonly JsonRpcPayload[]): number | undefined {
  const numbers = payloads.flatMap(({ method, params }) => {
    if (!Array.isArray(params)) return [];
    if (method === 'eth_getLogs') {
      const { fromBlock, toBlock } = (params[0] ?? {}) as { fromBlock?: unknown; toBlock?: unknown };
      return [fromBlock, toBlock].flatMap(numberOf);
    }
    const position = blockPosition[method];
    return position === undefined ? [] : numberOf(params[position]);
  });
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

function numberOf(tag: unknown): number[] {
  return typeof tag === 'string' && /^0x[0-9a-f]+$/i.test(tag) && tag.length < 18 ? [Number(tag)] : [];
}

/** The head that an answer tells of, if the request asked for it. */
export function headIn(
  payloads: readonly JsonRpcPayload[],
  answers: readonly JsonRpcAnswer[],
): number | undefined {
  for (const [i, { method, params }] of payloads.entries()) {
    const answer = answers[i];
    if (!answer || !('result' in answer) || answer.result === null) continue;
    if (method === 'eth_blockNumber') return Number(answer.result);
    if (method === 'eth_getBlockByNumber' && Array.isArray(params) && params[0] === 'latest') {
      return Number((answer.result as { number: string }).number);
    }
  }
  return undefined;
}
