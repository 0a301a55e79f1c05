import { type HttpAnswer, startLoopbackServer } from '@service-bots/devnet';

interface Call {
  id: number;
  method: string;
  params: unknown[];
}

/** The answer of a fake node to a call; undefined for the answer of a node in working order. */
export type Answer = { result: unknown } | { error: unknown } | undefined;

/**
 * A JSON-RPC server without a chain behind it, for the possible answers of a node. It starts and answers
 * quickly.
 */
export interface FakeNode {
  readonly url: string;
  /** HTTP requests so far. */
  readonly requests: number;
  /** Returns the number of calls so far, by method. */
  calls(method: string): number;
  /** Sets the answers; without an argument those of a node in working order. */
  answer(answer?: (call: Call) => Answer): void;
  /** Sets a change of the answer as it is sent, or a reply in its place. */
  sends(reply?: (answer: HttpAnswer) => HttpAnswer | 'hang' | 'refuse' | Promise<HttpAnswer>): void;
  reset(): void;
  close(): Promise<void>;
}

export const headNumber = 1_000;
export const hashOf = (n: number) => `0x${n.toString(16).padStart(64, '0')}`;
export const account = `0x${'ac'.repeat(20)}`;
export const minedHash = hashOf(0x7a);
export const unknownHash = hashOf(0x404);
export const word = (n: number) => hashOf(n);

export const honestBlock = (number = headNumber) => ({
  number: `0x${number.toString(16)}`,
  hash: hashOf(number),
  parentHash: hashOf(number - 1),
  timestamp: '0x6500',
  baseFeePerGas: '0x3b9aca00',
  transactions: [],
});

export const honestReceipt = {
  transactionHash: minedHash,
  transactionIndex: '0x1',
  blockHash: hashOf(990),
  blockNumber: '0x3de',
  from: account,
  to: account,
  cumulativeGasUsed: '0x5208',
  gasUsed: '0x5208',
  effectiveGasPrice: '0x3b9aca07',
  contractAddress: null,
  logs: [
    {
      address: account,
      topics: [hashOf(1)],
      data: '0x',
      blockNumber: '0x3de',
      blockHash: hashOf(990),
      transactionHash: minedHash,
      transactionIndex: '0x1',
      logIndex: '0x0',
      removed: false,
    },
  ],
  logsBloom: `0x${'00'.repeat(256)}`,
  status: '0x1',
  type: '0x2',
};

const honestTransaction = {
  hash: minedHash,
  from: account,
  to: account,
  nonce: '0x1',
  gas: '0x5208',
  gasPrice: '0x3b9aca07',
  maxFeePerGas: '0x77359400',
  maxPriorityFeePerGas: '0x7',
  value: '0x1',
  input: '0x',
  type: '0x2',
  chainId: '0x7a69',
  blockNumber: '0x3de',
  blockHash: hashOf(990),
  transactionIndex: '0x1',
  accessList: [],
  r: hashOf(1),
  s: hashOf(2),
  v: '0x1',
  yParity: '0x1',
};

/** Answers as a node in working order. */
function honestly({ method, params: [first] }: Call): unknown {
  switch (method) {
    case 'eth_chainId':
      return '0x7a69';
    case 'eth_blockNumber':
      return `0x${headNumber.toString(16)}`;
    case 'eth_getBlockByNumber': {
      const number = first === 'latest' ? headNumber : Number(first);
      return number > headNumber ? null : honestBlock(number);
    }
    case 'eth_getTransactionReceipt':
      return first === minedHash ? honestReceipt : null;
    case 'eth_getTransactionByHash':
      return first === minedHash ? honestTransaction : null;
    case 'eth_call':
      return word(42);
    case 'eth_estimateGas':
      return '0x5208';
    case 'eth_getBalance':
      return '0xde0b6b3a7640000';
    case 'eth_getTransactionCount':
      return '0x7';
    case 'eth_maxPriorityFeePerGas':
    case 'eth_gasPrice':
      return '0x3b9aca00';
    case 'eth_getCode':
      return '0x6000';
    case 'eth_getLogs':
      return [];
    case 'eth_sendRawTransaction':
      return minedHash;
    default:
      return undefined;
  }
}

export async function startFakeNode(): Promise<FakeNode> {
  let answer: (call: Call) => Answer = () => undefined;
  let sends: NonNullable<Parameters<FakeNode['sends']>[0]> = sent => sent;
  let requests = 0;
  const calls = new Map<string, number>();
  const answered = (call: Call) => {
    calls.set(call.method, (calls.get(call.method) ?? 0) + 1);
    const result = honestly(call);
    const honest =
      result === undefined ? { error: { code: -32601, message: 'method not found' } } : { result };
    return { jsonrpc: '2.0', id: call.id, ...(answer(call) ?? honest) };
  };
  const server = await startLoopbackServer(({ body }) => {
    requests += 1;
    const asked = JSON.parse(body) as Call | Call[];
    return sends({
      status: 200,
      body: Array.isArray(asked) ? asked.map(answered) : answered(asked),
    }) as HttpAnswer;
  });
  const node: FakeNode = {
    url: server.url,
    get requests() {
      return requests;
    },
    calls: method => calls.get(method) ?? 0,
    answer(next = () => undefined) {
      answer = next;
    },
    sends(next = sent => sent) {
      sends = next;
    },
    reset() {
      node.answer();
      node.sends();
      requests = 0;
      calls.clear();
    },
    close: () => server.close(),
  };
  return node;
}
