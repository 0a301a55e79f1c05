import { headOf } from './blockView.ts';
import { type Fault, fault } from './fault.ts';
import type { RpcOutcome } from './rpcMessage.ts';

const unsupported: RpcOutcome = {
  error: { code: -32601, message: 'the method eth_getBlockReceipts does not exist/is not available' },
};

export interface LateReceiptsOptions {
  /**
   * Whether `eth_getBlockReceipts` is answered, although the single receipts are not available yet. Default
   * false.
   */
  readonly inBlocks?: boolean;
}

/**
 * Simulates a node whose index is behind its blocks, as on Base: a mined transaction and its receipt are null
 * by their hash until `blocks` further blocks are mined. The block itself lists the transaction.
 */
export function lateReceipts(blocks: number, { inBlocks = false }: LateReceiptsOptions = {}): Fault {
  return fault(`late-receipts(${blocks})`, async exchange => {
    const head = await headOf(exchange.ask);
    return exchange.answerCalls(async ({ method, params }) => {
      if (method === 'eth_getBlockReceipts') return inBlocks ? undefined : unsupported;
      if (method !== 'eth_getTransactionReceipt' && method !== 'eth_getTransactionByHash') return undefined;
      const outcome = await exchange.ask(method, params as readonly unknown[]);
      const found = 'result' in outcome ? (outcome.result as { blockNumber?: string | null } | null) : null;
      const isHidden = found?.blockNumber != null && head - Number(found.blockNumber) < blocks;
      return isHidden ? { result: null } : outcome;
    });
  });
}

/**
 * Returns receipts of a block that is not the canonical one: their block hash differs from the chain's at
 * that height.
 */
export const misplacedReceipts: Fault = fault('misplaced-receipts', exchange =>
  exchange.answerCalls(async ({ method, params }) => {
    if (method !== 'eth_getTransactionReceipt') return undefined;
    const outcome = await exchange.ask(method, params as readonly unknown[]);
    if (!('result' in outcome) || outcome.result === null) return outcome;
    return { result: { ...(outcome.result as object), blockHash: `0x${'ab'.repeat(32)}` } };
  }),
);
