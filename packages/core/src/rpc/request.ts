import type { JsonRpcPayload } from 'ethers';
import type { JsonRpcAnswer } from './exchange.ts';
import { type Header, headerIn } from './header.ts';

/**
 * The position of the parameter that names the block to read at. A request for a block itself is not listed:
 * an endpoint that does not have the block yet reports that.
 */
const blockPosition: Record<string, number> = {
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
  eth_getStorageAt: 2,
};

/**
 * Returns the highest block number that the request is pinned to; undefined when it reads at `latest` or by
 * hash.
 */
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

/**
 * Parses a block number.
 * @returns undefined when it is no block number in JSON-RPC's form: `0x` and hexadecimal digits
 */
export function blockNumberIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * Returns the head that an answer reports.
 * @returns undefined when the request did not ask for it; `number` is undefined when the answer holds no
 * block number
 */
export function headIn(
  payloads: readonly JsonRpcPayload[],
  answers: readonly JsonRpcAnswer[],
): { number: number | undefined; header?: Header | undefined; block?: unknown } | undefined {
  for (const [i, { method, params }] of payloads.entries()) {
    const answer = answers[i];
    if (!answer || !('result' in answer)) continue;
    if (method === 'eth_blockNumber') return { number: blockNumberIn(answer.result) };
    if (method === 'eth_getBlockByNumber' && Array.isArray(params) && params[0] === 'latest') {
      const { number } = (answer.result ?? {}) as { number?: unknown };
      return { number: blockNumberIn(number), header: headerIn(answer.result), block: answer.result };
    }
  }
  return undefined;
}
