import type { HttpAnswer } from '../http/loopbackServer.ts';
import type { RpcError } from './rpcMessage.ts';

/** The range that an `eth_getLogs` asked for. */
export interface LogRange {
  readonly from: number;
  readonly to: number;
  /** The most blocks that the provider accepts. */
  readonly maxBlocks: number;
}

interface Refusal {
  /** 200 unless the provider sends another. */
  readonly status?: number;
  readonly error: RpcError;
}

export interface ProviderWording {
  /** For a range that is too wide, with the provider's own limit (free plan where there are several). */
  readonly logRange?: { readonly maxBlocks: number; refuse(range: LogRange): Refusal };
  /** For too many logs in the answer. */
  readonly logResults?: { readonly maxResults: number; refuse(range: LogRange, max: number): Refusal };
  /** For too many calls in a batch: one answer for all of it. */
  readonly batch?: { readonly maxCalls: number; refuse(calls: number, max: number): HttpAnswer };
}

export type Provider =
  | 'alchemy'
  | 'infura'
  | 'quicknode'
  | 'publicnode'
  | 'llamarpc'
  | 'ankr'
  | 'drpc'
  | 'op-proxyd'
  | 'geth';

const hex = (block: number): string => `0x${block.toString(16)}`;
const reply = (code: number, message: string, status?: number): Refusal => ({
  error: { code, message },
  ...(status === undefined ? {} : { status }),
});
/** An error for a batch as a whole belongs to no call. */
const whole = (code: number, message: string, status = 200): HttpAnswer => ({
  status,
  body: { jsonrpc: '2.0', id: null, error: { code, message } },
});

/**
 * The words with which providers refuse large requests, in 2022 to 2026, from their documentation and from
 * users' reports: Alchemy BobTheBuidler/dank_mids#772; Infura's eth_getLogs page and INFURA/infura#237;
 * QuickNode OffchainLabs/arbitrum-sdk#609 (413); Ankr ponder-sh/ponder#1940 and
 * AlphaWallet/alpha-wallet-ios#5021; LlamaRPC runs reth (logs_utils.rs); dRPC its free tier's 500 with code
 * 31; op-proxyd its rpc errors (Base, Optimism, X Layer); geth its rpc server. Limits differ by plan and
 * chain, and change: set your own.
 *
 * Four facts are less certain, since the reports lack the code or the sender: publicnode's text comes with
 * -32701, LlamaRPC's has reth's -32602, op-proxyd's code of a range too large, and Alchemy's HTTP status.
 */
export const providerWordings: Readonly<Record<Provider, ProviderWording>> = {
  alchemy: {
    logRange: {
      maxBlocks: 500,
      refuse: ({ from, maxBlocks }) =>
        reply(
          -32600,
          `You can make eth_getLogs requests with up to a ${maxBlocks} block range. Based on your parameters, this block range should work: [${hex(from)}, ${hex(from + maxBlocks - 1)}]`,
        ),
    },
    logResults: {
      maxResults: 10_000,
      refuse: ({ from, to }) =>
        reply(
          -32602,
          `Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [${hex(from)}, ${hex(half(from, to))}]`,
        ),
    },
  },
  infura: {
    logRange: {
      maxBlocks: 10_000,
      refuse: ({ from, to, maxBlocks }) =>
        reply(-32602, `range ${to - from + 1} exceeds limit of ${maxBlocks}`),
    },
    logResults: {
      maxResults: 10_000,
      refuse: ({ from, to }, max) =>
        reply(
          -32005,
          `query returned more than ${max} results. Try with this block range [${hex(from)}, ${hex(half(from, to))}].`,
        ),
    },
  },
  quicknode: {
    logRange: {
      maxBlocks: 10_000,
      refuse: ({ maxBlocks }) =>
        reply(-32614, `eth_getLogs is limited to a ${maxBlocks.toLocaleString('en-US')} range`, 413),
    },
  },
  publicnode: {
    logRange: {
      maxBlocks: 50_000,
      refuse: ({ maxBlocks }) => reply(-32701, `exceed maximum block range: ${maxBlocks}`),
    },
  },
  llamarpc: {
    logRange: {
      maxBlocks: 1_000,
      refuse: ({ maxBlocks }) => reply(-32602, `query exceeds max block range ${maxBlocks}`),
    },
    logResults: {
      maxResults: 20_000,
      refuse: ({ from, to }, max) =>
        reply(-32602, `query exceeds max results ${max}, retry with the range ${from}-${half(from, to)}`),
    },
  },
  ankr: {
    logRange: { maxBlocks: 3_000, refuse: () => reply(-32600, 'block range is too wide') },
    batch: {
      maxCalls: 1_000,
      refuse: () => whole(-32600, 'Too many ["eth_getLogs"] methods in the batch'),
    },
  },
  drpc: {
    batch: {
      maxCalls: 3,
      refuse: (_, max) =>
        whole(
          31,
          `Batch of more than ${max} requests are not allowed on free tier, to use this feature register paid account at drpc.org`,
          500,
        ),
    },
  },
  'op-proxyd': {
    logRange: { maxBlocks: 2_000, refuse: () => reply(-32000, 'block range too large') },
    batch: { maxCalls: 10, refuse: () => whole(-32014, 'too many RPC calls in batch request') },
  },
  geth: {
    batch: { maxCalls: 1_000, refuse: () => whole(-32600, 'batch too large') },
  },
};

/** Returns the end of the first half of a range. */
function half(from: number, to: number): number {
  return from + Math.floor((to - from) / 2);
}
