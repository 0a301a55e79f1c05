import type { Exchange } from './fault.ts';
import type { RpcOutcome, RpcRequest } from './rpcMessage.ts';

type Ask = Exchange['ask'];

/** For these methods, the parameter at this position is the block whose state is read. */
const statePlace: Readonly<Record<string, number>> = {
  eth_call: 1,
  eth_createAccessList: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getProof: 2,
  eth_getStorageAt: 2,
  eth_getTransactionCount: 1,
  eth_simulateV1: 1,
  debug_traceCall: 1,
};

/** Returns the block whose state a call reads, as the call names it; undefined where it reads none. */
export function stateBlockOf({ method, params }: RpcRequest): unknown {
  const place = statePlace[method];
  return place === undefined || !Array.isArray(params) ? undefined : (params as unknown[])[place];
}

/**
 * For these methods, the first parameter is the block (its number, a tag, or its hash); an unknown block
 * gives null.
 */
const blockMethods: ReadonlySet<string> = new Set([
  'eth_getBlockByHash',
  'eth_getBlockByNumber',
  'eth_getBlockReceipts',
  'eth_getBlockTransactionCountByHash',
  'eth_getBlockTransactionCountByNumber',
  'eth_getTransactionByBlockHashAndIndex',
  'eth_getTransactionByBlockNumberAndIndex',
]);

const transactionMethods: ReadonlySet<string> = new Set([
  'eth_getTransactionByHash',
  'eth_getTransactionReceipt',
]);

/** A node's filters would return newer blocks; this node has lost them, as nodes behind a balancer do. */
const filterMethods: ReadonlySet<string> = new Set(['eth_getFilterChanges', 'eth_getFilterLogs']);

/**
 * Answers a call as a node would whose newest block is `head`: `undefined` where it would answer as the chain
 * does. Blocks above `head`, and their contents, do not exist; state is read at `head`, or is an error.
 */
export async function answerAtHead(
  head: number,
  call: RpcRequest,
  ask: Ask,
): Promise<RpcOutcome | undefined> {
  const { method } = call;
  const params = Array.isArray(call.params) ? (call.params as unknown[]) : [];
  if (method === 'eth_blockNumber') return { result: hex(head) };
  const place = statePlace[method];
  if (place !== undefined) return stateAt(head, method, params, place, ask);
  if (blockMethods.has(method)) {
    const block = await knownBlock(head, params[0], ask);
    return block === undefined ? { result: null } : ask(method, [block, ...params.slice(1)]);
  }
  if (transactionMethods.has(method)) {
    const outcome = await ask(method, params);
    return isAbove(head, outcome) ? { result: null } : outcome;
  }
  if (method === 'eth_getLogs') return logs(head, params[0], ask);
  if (method === 'eth_feeHistory') return feeHistory(head, params, ask);
  if (filterMethods.has(method)) return { error: { code: -32000, message: 'filter not found' } };
  return undefined;
}

/** Returns the chain's own newest block. */
export async function headOf(ask: Ask): Promise<number> {
  const outcome = await ask('eth_blockNumber', []);
  if ('error' in outcome) throw new Error(`the chain does not tell its head: ${outcome.error.message}`);
  return Number(outcome.result);
}

async function stateAt(
  head: number,
  method: string,
  params: unknown[],
  place: number,
  ask: Ask,
): Promise<RpcOutcome> {
  const block = await knownBlock(head, params[place], ask);
  if (block === undefined) return { error: { code: -32000, message: 'header not found' } };
  const moved = Array.from({ length: Math.max(params.length, place + 1) }, (_, index) =>
    index === place ? block : params[index],
  );
  return ask(method, moved);
}

/** Returns the block parameter that such a node would use, `undefined` for a block it does not have. */
async function knownBlock(head: number, wanted: unknown, ask: Ask): Promise<unknown> {
  if (wanted === undefined || wanted === null || wanted === 'latest' || wanted === 'pending')
    return hex(head);
  if (wanted === 'safe' || wanted === 'finalized') {
    return isAbove(head, await ask('eth_getBlockByNumber', [wanted, false])) ? hex(head) : wanted;
  }
  if (typeof wanted === 'object') {
    const { blockHash, blockNumber } = wanted as { blockHash?: string; blockNumber?: string };
    const inner = await knownBlock(head, blockHash ?? blockNumber, ask);
    return inner === undefined ? undefined : wanted;
  }
  if (wanted === 'earliest' || typeof wanted !== 'string') return wanted;
  if (wanted.length !== 66) return Number(wanted) > head ? undefined : wanted;
  return isAbove(head, await ask('eth_getBlockByHash', [wanted, false])) ? undefined : wanted;
}

async function logs(head: number, wanted: unknown, ask: Ask): Promise<RpcOutcome> {
  const filter = (wanted ?? {}) as { fromBlock?: unknown; toBlock?: unknown; blockHash?: string };
  if (filter.blockHash !== undefined) {
    const block = await knownBlock(head, filter.blockHash, ask);
    if (block === undefined) return { error: { code: -32000, message: 'unknown block' } };
    return ask('eth_getLogs', [filter]);
  }
  // The filter finds no logs and no error, as with real nodes: this is the worst fault of a lagging node for
  // a reader of events.
  const fromBlock = await knownBlock(head, filter.fromBlock, ask);
  if (fromBlock === undefined) return { result: [] };
  const toBlock = (await knownBlock(head, filter.toBlock, ask)) ?? hex(head);
  return ask('eth_getLogs', [{ ...filter, fromBlock, toBlock }]);
}

async function feeHistory(head: number, params: unknown[], ask: Ask): Promise<RpcOutcome> {
  const newest = await knownBlock(head, params[1], ask);
  if (newest === undefined) {
    const message = `request beyond head block: requested ${Number(params[1])}, head ${head}`;
    return { error: { code: -32000, message } };
  }
  return ask('eth_feeHistory', [params[0], newest, ...params.slice(2)]);
}

/**
 * Returns whether a result (a block, a transaction, a receipt) is in a block above `head`, or in none yet.
 */
function isAbove(head: number, outcome: RpcOutcome): boolean {
  if ('error' in outcome || outcome.result === null) return false;
  const { number, blockNumber } = outcome.result as { number?: string; blockNumber?: string | null };
  return Number(number ?? blockNumber ?? Number.POSITIVE_INFINITY) > head;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
