import { Interface, isError, type Result } from 'ethers';
import { reasonOf } from '../errors/index.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

/** The same address on every live chain: https://www.multicall3.com. */
export const multicall3 = '0xcA11bde05977b3631167028862bE2a173976CA11';

const multicallAbi = new Interface([
  'function aggregate3((address target, bool allowFailure, bytes callData)[] calls) view returns ((bool success, bytes returnData)[])',
  'function getEthBalance(address account) view returns (uint256)',
]);

/** One contract read and how to understand what it returns. */
export interface Read<T> {
  target: string;
  data: string;
  decode(returned: string): T;
}

/** What became of a read: its value, or why there is none. One that failed never spoils the others. */
export type ReadResult<T> = { ok: true; value: T } | { ok: false; reason: string };

/** How to read many contracts in one request on this chain. */
export interface BatchReader {
  /** @returns a result for each read, in their order, all at block `block` */
  read<T>(block: number, reads: readonly Read<T>[]): Promise<ReadResult<T>[]>;
  /** Native balance, as a read among others. */
  balanceOf(account: string): Read<bigint> | undefined;
}

/** A read of `method` on the contract at `target`; a single return value comes unwrapped. */
export function contractRead<T = unknown>(
  abi: Interface,
  target: string,
  method: string,
  args: unknown[] = [],
): Read<T> {
  return {
    target,
    data: abi.encodeFunctionData(method, args),
    decode(returned) {
      // A call to an address without code succeeds and returns nothing.
      if (returned === '0x') throw new Error(`${method}() returned nothing: no such contract or method`);
      const values: Result = abi.decodeFunctionResult(method, returned);
      return (values.length === 1 ? values[0] : values) as T;
    },
  };
}

/** Calls in one aggregate: well under the 50 million gas and the 2 MB answers that public endpoints allow. */
const callsPerAggregate = 2_500;
/** Calls in one JSON-RPC batch: geth refuses more than 1,000, gateways often half of that. */
const callsPerBatch = 500;

/** @throws what the provider throws, when it cannot tell whether the chain has Multicall3 */
export async function createBatchReader(provider: FailoverProvider): Promise<BatchReader> {
  const hasMulticall = (await provider.getCode(multicall3)) !== '0x';
  return {
    async read<T>(block: number, reads: readonly Read<T>[]) {
      if (!hasMulticall) return batched(provider, block, reads);
      const results = await Promise.all(
        chunksOf(reads, callsPerAggregate).map(chunk => aggregated(provider, block, chunk)),
      );
      return results.flat();
    },
    balanceOf: account =>
      hasMulticall ? contractRead<bigint>(multicallAbi, multicall3, 'getEthBalance', [account]) : undefined,
  };
}

function chunksOf<T>(items: readonly T[], size: number): (readonly T[])[] {
  const chunks: (readonly T[])[] = [];
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
  return chunks;
}

/** One contract that burns all the gas fails the whole aggregate: then each is called by itself. */
async function aggregated<T>(provider: FailoverProvider, block: number, reads: readonly Read<T>[]) {
  try {
    return await aggregate(provider, block, reads);
  } catch (error) {
    if (!isError(error, 'CALL_EXCEPTION')) throw error;
    return batched(provider, block, reads);
  }
}

async function batched<T>(provider: FailoverProvider, block: number, reads: readonly Read<T>[]) {
  const chunks = chunksOf(reads, callsPerBatch);
  const results = await Promise.all(chunks.map(chunk => batch(provider, block, chunk)));
  return results.flat();
}

async function aggregate<T>(
  provider: FailoverProvider,
  block: number,
  reads: readonly Read<T>[],
): Promise<ReadResult<T>[]> {
  const calls = reads.map(read => [read.target, true, read.data]);
  const data = multicallAbi.encodeFunctionData('aggregate3', [calls]);
  const returned: string = await provider.send('eth_call', [
    { to: multicall3, data },
    `0x${block.toString(16)}`,
  ]);
  const [results] = multicallAbi.decodeFunctionResult('aggregate3', returned) as unknown as [
    [boolean, string][],
  ];
  return reads.map((read, i) => {
    const [success, returnData] = results[i] ?? [false, '0x'];
    return success
      ? decoded(read, returnData)
      : {
          ok: false,
          reason: `the call reverted${returnData === '0x' ? '' : ` (${returnData.slice(0, 10)})`}`,
        };
  });
}

async function batch<T>(
  provider: FailoverProvider,
  block: number,
  reads: readonly Read<T>[],
): Promise<ReadResult<T>[]> {
  const tag = `0x${block.toString(16)}`;
  const answers = await provider.sendBatch(
    reads.map(({ target, data }) => ({ method: 'eth_call', params: [{ to: target, data }, tag] })),
  );
  return reads.map((read, i) => {
    const answer = answers[i];
    if (!answer || !('result' in answer))
      return { ok: false, reason: `the call failed: ${answer?.error.message ?? 'no answer'}` };
    return decoded(read, answer.result);
  });
}

function decoded<T>(read: Read<T>, returned: string): ReadResult<T> {
  try {
    return { ok: true, value: read.decode(returned) };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}
