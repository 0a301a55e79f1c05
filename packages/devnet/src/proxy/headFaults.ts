import { headOf } from './blockView.ts';
import { type Exchange, type Fault, fault } from './fault.ts';
import type { RpcOutcome, RpcRequest } from './rpcMessage.ts';

/**
 * The extent of a lie about the head: the answer to `eth_blockNumber` only; the newest block too, under
 * another number; or also every block above the chain's head, which are the chain's newest ones under other
 * numbers.
 */
export type HeadLie = 'number' | 'latest' | 'blocks';

/**
 * Simulates a node that reports a head `by` blocks too high, or too low when `by` is negative. All other
 * answers are the chain's.
 */
export function lyingHead(by: number, lie: HeadLie = 'number'): Fault {
  return fault(`lying-head(${by}, ${lie})`, async exchange => {
    const head = await headOf(exchange.ask);
    return exchange.answerCalls(call => lieAbout(head, by, lie, call, exchange.ask));
  });
}

/** Simulates a node that answers `eth_blockNumber` with this value of any kind. */
export function tellsHead(value: unknown): Fault {
  return fault(`tells-head(${JSON.stringify(value)})`, exchange =>
    exchange.answerCalls(({ method }) => (method === 'eth_blockNumber' ? { result: value } : undefined)),
  );
}

/**
 * Simulates a node that has a new block's header before its state. A call that is pinned to a block is
 * refused in these words for the first `ms` after the proxy first reported that block or was asked about it.
 */
export function lateState(ms: number, message = 'header not found'): Fault {
  const seenAt = new Map<string, number>();
  return fault(`late-state(${ms})`, async exchange => {
    const isYoung = (block: unknown) => {
      const key = JSON.stringify(block);
      if (!seenAt.has(key)) seenAt.set(key, performance.now());
      return performance.now() - (seenAt.get(key) ?? 0) < ms;
    };
    return exchange.answerCalls(({ method, params }) => {
      const block = method === 'eth_call' ? (params as unknown[])[1] : undefined;
      const isPinned = typeof block === 'object' || /^0x/.test(String(block));
      return isPinned && isYoung(block) ? { error: { code: -32000, message } } : undefined;
    });
  });
}

/**
 * Simulates a node that has a new block's header before its logs: `eth_getLogs` of a block is `[]`, without
 * an error, for the first `ms` after the proxy first reported that block or was asked about it.
 */
export function lateLogs(ms: number): Fault {
  const seenAt = new Map<string, number>();
  const isYoung = (block: string) => {
    if (!seenAt.has(block)) seenAt.set(block, performance.now());
    return performance.now() - (seenAt.get(block) ?? 0) < ms;
  };
  return fault(`late-logs(${ms})`, exchange =>
    exchange.answerCalls(async ({ method, params }): Promise<RpcOutcome | undefined> => {
      if (method !== 'eth_getLogs') return undefined;
      const [filter] = params as [{ blockHash?: string }];
      if (filter.blockHash !== undefined) return isYoung(filter.blockHash) ? { result: [] } : undefined;
      const found = await exchange.ask(method, params as unknown[]);
      if ('error' in found) return found;
      return {
        result: (found.result as { blockHash: string }[]).filter(({ blockHash }) => !isYoung(blockHash)),
      };
    }),
  );
}

async function lieAbout(
  head: number,
  by: number,
  lie: HeadLie,
  { method, params }: RpcRequest,
  ask: Exchange['ask'],
): Promise<RpcOutcome | undefined> {
  const told = Math.max(head + by, 0);
  if (method === 'eth_blockNumber') return { result: hex(told) };
  if (method !== 'eth_getBlockByNumber' || lie === 'number') return undefined;
  const [tag, whole] = params as [string, boolean];
  const wanted = tag === 'latest' ? told : Number(tag);
  const isInvented = lie === 'blocks' && wanted > head && wanted <= told;
  if (tag !== 'latest' && !isInvented) return undefined;
  const outcome = await ask(method, [hex(Math.max(wanted - by, 0)), whole]);
  if ('error' in outcome || outcome.result === null) return outcome;
  return { result: { ...(outcome.result as object), number: hex(wanted) } };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
