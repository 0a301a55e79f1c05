import type { BlockTime } from './Timeline.ts';

/** A transaction of one of the bots' wallets, as mined. */
export interface MinedTransaction {
  readonly hash: string;
  readonly from: string;
  readonly to: string | null;
  readonly nonce: number;
  readonly block: BlockTime;
  readonly index: number;
  readonly type: number;
  readonly input: string;
  readonly valueWei: bigint;
  readonly gasLimit: bigint;
  readonly maxFeeWei: bigint;
  readonly maxPriorityFeeWei: bigint;
  readonly hasSucceeded: boolean;
  readonly feeWei: bigint;
  readonly gasUsed: bigint;
}

export interface Log {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: number;
  readonly transactionHash: string;
  readonly logIndex: number;
}

/** The parts of a chain that the checker reads, over a node that serves every block's state. */
export interface ChainReader {
  readonly chain: string;
  /** Every block, by its number. */
  readonly blocks: readonly BlockTime[];
  readonly head: BlockTime;
  /** The wallets' transactions in the order of the chain. */
  readonly transactions: readonly MinedTransaction[];
  /** The nonces of each wallet's transactions that wait in the node's pool, whether they can be mined or not. */
  readonly waiting: ReadonlyMap<string, readonly number[]>;
  block(number: number): BlockTime;
  logs(address: string, topics?: readonly (string | null)[]): Promise<Log[]>;
  /** Calls a contract at many blocks. A call that reverts is `undefined`. */
  calls(
    requests: readonly { readonly to: string; readonly data: string; readonly block: number }[],
  ): Promise<(string | undefined)[]>;
  balances(address: string, blocks: readonly number[]): Promise<bigint[]>;
  send(method: string, params: readonly unknown[]): Promise<unknown>;
}

interface RawTransaction {
  readonly hash: string;
  readonly from: string;
  readonly to: string | null;
  readonly nonce: string;
  readonly transactionIndex: string;
  readonly type?: string;
  readonly input: string;
  readonly value: string;
  readonly gas: string;
  readonly gasPrice?: string;
  readonly maxFeePerGas?: string;
  readonly maxPriorityFeePerGas?: string;
}

interface RawBlock {
  readonly number: string;
  readonly timestamp: string;
  readonly transactions: readonly RawTransaction[];
}

interface RawReceipt {
  readonly status: string;
  readonly gasUsed: string;
  readonly effectiveGasPrice: string;
}

type Answer = {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
};

const batchSize = 100;
const hex = (value: number) => `0x${value.toString(16)}`;

/**
 * Reads a chain once: all of its blocks, and the transactions of these wallets.
 *
 * @throws Error that names the chain when the node does not answer
 */
export async function readChain(
  chain: string,
  rpcUrl: string,
  wallets: readonly string[],
): Promise<ChainReader> {
  const post = poster(chain, rpcUrl);
  const send = async (method: string, params: readonly unknown[]) =>
    resultOf(chain, method, (await post([{ method, params }]))[0]);
  const many = async (requests: readonly { method: string; params: readonly unknown[] }[]) => {
    const answers: Answer[] = [];
    for (let from = 0; from < requests.length; from += batchSize)
      answers.push(...(await post(requests.slice(from, from + batchSize))));
    return answers;
  };

  const headNumber = Number(await send('eth_blockNumber', []));
  const method = 'eth_getBlockByNumber';
  // A chain may begin at the height of another one.
  const firstNumber = Number(((await send(method, ['earliest', false])) as RawBlock).number);
  const numbers = Array.from({ length: headNumber - firstNumber + 1 }, (_, index) => firstNumber + index);
  const rawBlocks = await many(numbers.map(number => ({ method, params: [hex(number), true] })));
  const own = new Set(wallets.map(address => address.toLowerCase()));
  const blocks: BlockTime[] = [];
  const sent: { raw: RawTransaction; block: BlockTime }[] = [];
  for (const answer of rawBlocks) {
    const raw = resultOf(chain, method, answer) as RawBlock;
    const block = { number: Number(raw.number), timestamp: Number(raw.timestamp) };
    blocks.push(block);
    for (const each of raw.transactions)
      if (own.has(each.from.toLowerCase())) sent.push({ raw: each, block });
  }
  const receiptMethod = 'eth_getTransactionReceipt';
  const receipts = await many(sent.map(({ raw }) => ({ method: receiptMethod, params: [raw.hash] })));
  const transactions = sent.map(({ raw, block }, index) =>
    mined(raw, block, resultOf(chain, receiptMethod, receipts[index]) as RawReceipt),
  );

  return {
    chain,
    blocks,
    head: blocks.at(-1) as BlockTime,
    transactions,
    waiting: await waitingOf(send, wallets),
    block: number => blocks[number - firstNumber] as BlockTime,
    logs: async (address, topics = []) => {
      const filter = { address, topics, fromBlock: hex(firstNumber), toBlock: hex(headNumber) };
      const logs = (await send('eth_getLogs', [filter])) as {
        address: string;
        topics: string[];
        data: string;
        blockNumber: string;
        transactionHash: string;
        logIndex: string;
      }[];
      return logs.map(log => ({
        ...log,
        blockNumber: Number(log.blockNumber),
        logIndex: Number(log.logIndex),
      }));
    },
    async calls(requests) {
      const answers = await many(
        requests.map(({ to, data, block }) => ({ method: 'eth_call', params: [{ to, data }, hex(block)] })),
      );
      return answers.map(({ result }) => (typeof result === 'string' ? result : undefined));
    },
    async balances(address, at) {
      const balanceMethod = 'eth_getBalance';
      const answers = await many(at.map(block => ({ method: balanceMethod, params: [address, hex(block)] })));
      return answers.map(answer => BigInt(resultOf(chain, balanceMethod, answer) as string));
    },
    send,
  };
}

function mined(raw: RawTransaction, block: BlockTime, receipt: RawReceipt): MinedTransaction {
  const gasUsed = BigInt(receipt.gasUsed);
  return {
    hash: raw.hash,
    from: raw.from.toLowerCase(),
    to: raw.to?.toLowerCase() ?? null,
    nonce: Number(raw.nonce),
    block,
    index: Number(raw.transactionIndex),
    type: Number(raw.type ?? 0),
    input: raw.input,
    valueWei: BigInt(raw.value),
    gasLimit: BigInt(raw.gas),
    maxFeeWei: BigInt(raw.maxFeePerGas ?? raw.gasPrice ?? 0),
    maxPriorityFeeWei: BigInt(raw.maxPriorityFeePerGas ?? 0),
    hasSucceeded: receipt.status === '0x1',
    feeWei: gasUsed * BigInt(receipt.effectiveGasPrice),
    gasUsed,
  };
}

/** The node's pool holds what can be mined next as pending, and transactions behind a gap as queued. */
async function waitingOf(
  send: ChainReader['send'],
  wallets: readonly string[],
): Promise<Map<string, number[]>> {
  const pool = (await send('txpool_content', [])) as Record<
    'pending' | 'queued',
    Record<string, Record<string, unknown>>
  >;
  const nonces = new Map<string, number[]>();
  for (const part of [pool.pending, pool.queued])
    for (const [address, byNonce] of Object.entries(part)) {
      const wallet = address.toLowerCase();
      if (!wallets.some(each => each.toLowerCase() === wallet)) continue;
      nonces.set(wallet, [...(nonces.get(wallet) ?? []), ...Object.keys(byNonce).map(Number)]);
    }
  return nonces;
}

function poster(chain: string, rpcUrl: string) {
  return async (
    requests: readonly { readonly method: string; readonly params: readonly unknown[] }[],
  ): Promise<Answer[]> => {
    if (requests.length === 0) return [];
    const body = JSON.stringify(
      requests.map(({ method, params }, id) => ({ jsonrpc: '2.0', id, method, params })),
    );
    let answers: Answer[];
    try {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(rpcUrl, { method: 'POST', headers, body });
      answers = (await response.json()) as Answer[];
    } catch (cause) {
      throw new Error(`the chain ${chain} cannot be read: its node has to run while the checker reads`, {
        cause,
      });
    }
    return answers.sort((one, other) => one.id - other.id);
  };
}

function resultOf(chain: string, method: string, answer: Answer | undefined): unknown {
  if (answer?.error || answer?.result === undefined)
    throw new Error(`the chain ${chain} refuses ${method}: ${answer?.error?.message ?? 'no answer'}`);
  return answer.result;
}
