import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { timed, until } from '@service-bots/devnet';
import { AbiCoder, Interface, isCallException, keccak256, Wallet } from 'ethers';
import fc from 'fast-check';
import { saysBrokenDown, saysReverted } from '../src/rpc/classifyError.ts';
import {
  AllEndpointsFailed,
  contractRead,
  createBatchReader,
  type Endpoint,
  type FailoverOptions,
  FailoverProvider,
} from '../src/rpc/index.ts';
import { endpointObservations } from '../src/runtime/rounds/observations.ts';
import {
  type Answer,
  account,
  type FakeNode,
  headNumber,
  honestBlock,
  honestReceipt,
  minedHash,
  startFakeNode,
  unknownHash,
  word,
} from './support/fakeNode.ts';

let first: FakeNode;
let second: FakeNode;
let third: FakeNode;
const providers: FailoverProvider[] = [];
beforeAll(async () => {
  [first, second, third] = await Promise.all([startFakeNode(), startFakeNode(), startFakeNode()]);
});
afterEach(() => {
  for (const each of providers.splice(0)) each.destroy();
  for (const node of [first, second, third]) node.reset();
});
afterAll(() => Promise.all([first, second, third].map(node => node.close())));

async function connect(nodes: FakeNode[], options: FailoverOptions = {}): Promise<FailoverProvider> {
  const addresses = nodes.map(({ url }) => ({
    label: ['first', 'second', 'third'][[first, second, third].findIndex(node => node.url === url)] ?? '',
    url: { reveal: () => url },
  }));
  const provider = await FailoverProvider.connect(addresses, 31337, {
    options: { callMs: 3_000, ...options },
  });
  providers.push(provider);
  return provider;
}

/** Gives this answer to calls of this method. */
const when =
  (method: string, answer: Answer) =>
  (call: { method: string }): Answer =>
    call.method === method ? answer : undefined;
/** Returns Multicall3's answer to `count` calls, each of which returned 42. */
const aggregate = (count: number): string =>
  AbiCoder.defaultAbiCoder().encode(
    ['tuple(bool,bytes)[]'],
    [Array.from({ length: count }, () => [true, word(42)])],
  );
const everything = (answer: Answer) => () => answer;

/** Methods of `reads` that run a contract's code, which may revert. */
const runsCode = new Set(['eth_call', 'eth_estimateGas']);

/** The reads of a bot, and the answers of an endpoint in working order. */
const reads: [method: string, params: unknown[], result: unknown][] = [
  [
    'eth_getTransactionReceipt',
    [minedHash],
    expect.objectContaining({ transactionHash: minedHash, status: '0x1' }),
  ],
  ['eth_estimateGas', [{ to: account }, 'latest'], '0x5208'],
  ['eth_call', [{ to: account }, 'latest'], word(42)],
  ['eth_getBalance', [account, 'latest'], '0xde0b6b3a7640000'],
  ['eth_blockNumber', [], `0x${headNumber.toString(16)}`],
  ['eth_getBlockByNumber', ['latest', false], honestBlock()],
  ['eth_getLogs', [{ fromBlock: '0x1', toBlock: '0x2' }], []],
  ['eth_maxPriorityFeePerGas', [], '0x3b9aca00'],
  ['eth_getTransactionCount', [account, 'latest'], '0x7'],
];
const inTime = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  expect((await timed(() => work.catch(() => undefined))).ms).toBeLessThan(ms);
  return work;
};
async function expectHonest(provider: FailoverProvider): Promise<void> {
  for (const [method, params, result] of reads)
    expect([method, await provider.send(method, params)]).toEqual([method, result]);
}

/** Errors that are not about the request, as nodes and gateways send them. */
const troubles: [code: number, message: string][] = [
  [-32600, 'App is inactive'],
  [-32000, 'transaction indexing is in progress'],
  [-32000, 'context deadline exceeded'],
  [-32000, 'unexpected EOF'],
  [-32000, 'execution aborted (timeout = 5s)'],
  [-32011, 'no backend is currently healthy to serve traffic'],
  [-32046, 'Cannot fulfill request'],
  [4444, 'pruned history unavailable'],
  [-32000, 'state at block #1000 is pruned'],
  [-32000, 'missing trie node 0a (path ) <nil>'],
  [-32601, 'the method is not available'],
  [-32602, 'a wording of next year'],
  [-32000, 'insufficient funds for gas * price + value'],
  [3, 'a wording of next year'],
  [0, ''],
];

/** The messages of contracts and nodes for a call that reverts or breaks down. */
const refusals = [
  'execution reverted',
  'execution reverted: nope',
  'the transaction was reverted',
  'VM execution error.',
  'invalid opcode: INVALID',
  'stack overflow',
  'out of gas',
  'revert',
];

describe('an error of one endpoint beside one in working order', () => {
  it.each(troubles)('%d "%s" ends no read', async (code, message) => {
    first.answer(({ method }) => (method === 'eth_chainId' ? undefined : { error: { code, message } }));
    await expectHonest(await connect([first, second]));
  });

  it.each([
    'execution reverted',
    'the transaction was reverted',
    'VM execution error.',
    'invalid opcode: INVALID',
    'rpc handler panicked: stack overflow',
  ])('"%s" ends no read that runs no code', async message => {
    const provider = await connect([first, second]);
    first.answer(({ method }) =>
      runsCode.has(method) || method === 'eth_chainId'
        ? undefined
        : { error: { code: -32000, message, data: `0x08c379a0${'0'.repeat(64)}` } },
    );
    await expectHonest(provider);
  });

  it.each([
    'rpc handler panicked: stack overflow',
    'write protection: the database is read-only',
    'max call depth reached in a proxy',
  ])('"%s" ends no call: a node breaks down in the words of a contract', async message => {
    const provider = await connect([first, second]);
    first.answer(({ method }) => (runsCode.has(method) ? { error: { code: -32603, message } } : undefined));
    await expectHonest(provider);
  });

  it('that is unknown opens its breaker, and its words are kept', async () => {
    const provider = await connect([first, second]);
    first.answer(everything({ error: { code: -32600, message: 'App is inactive' } }));
    for (let i = 0; i < 3; i += 1) await provider.send('eth_getBalance', [account, 'latest']);
    expect(provider.health.overview()[0]).toMatchObject({
      state: 'down',
      endpoint: { lastFault: 'answered with an error: App is inactive (-32600)' },
    });
  });

  it('about the request, which the other contradicts, counts against it', async () => {
    const provider = await connect([first, second]);
    first.answer(when('eth_estimateGas', { error: { code: -32000, message: 'insufficient funds' } }));
    for (let i = 0; i < 3; i += 1)
      expect(await provider.send('eth_estimateGas', [{ to: account }])).toBe('0x5208');
    expect(provider.health.overview()[0]).toMatchObject({
      state: 'down',
      endpoint: { lastFault: 'was contradicted by second; it answered insufficient funds (-32000)' },
    });
  });

  it('in a batch costs the other answers nothing', async () => {
    const provider = await connect([first, second]);
    first.answer(when('eth_getTransactionReceipt', { error: { code: -32000, message: 'unexpected EOF' } }));
    const calls = reads.map(([method, params]) => ({ method, params }));
    expect(await provider.sendBatch(calls)).toEqual(reads.map(([, , result], i) => ({ id: i + 1, result })));
  });

  it.each([401, 403, 404, 410, 500, 502, 503])(
    'with HTTP %s ends no read, whatever JSON it holds',
    async status => {
      const provider = await connect([first, second]);
      for (const body of [
        { error: { code: -32000, message: 'execution reverted' } },
        { result: '0x' },
        { error: 'no' },
      ]) {
        first.sends(() => ({ status, body: { jsonrpc: '2.0', id: 1, ...body } }));
        await expectHonest(provider);
      }
    },
  );

  it('in random words never ends a read', async () => {
    const told = [...troubles.map(([, text]) => text), ...refusals];
    const phrase = fc.oneof(fc.string(), fc.lorem(), fc.constantFrom(...told));
    const message = fc.oneof(
      phrase,
      fc.tuple(phrase, fc.constantFrom(...refusals)).map(([text, refusal]) => `${text} ${refusal}`),
    );
    const error = fc.oneof(
      fc.record({ code: fc.oneof(fc.integer(), fc.integer({ min: -32_700, max: -31_900 })), message }),
      message.filter(text => text !== ''),
    );
    const provider = await connect([first, second]);
    await fc.assert(
      fc.asyncProperty(error, fc.constantFrom(...reads), async (said, [method, params, result]) => {
        first.answer(when(method, { error: said }));
        const error = typeof said === 'string' ? { code: 0, message: said } : said;
        const outcome: unknown = await provider.send(method, params).catch(e => e);
        // For methods that run code, a revert is an answer. An endpoint that is out of use by then is not
        // asked.
        const mayRevert = runsCode.has(method) && saysReverted(error) && !saysBrokenDown(error);
        if (!(mayRevert && isCallException(outcome))) expect(outcome).toEqual(result);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a result that cannot be right beside an endpoint in working order', () => {
  const receipt = (change: object): unknown => ({ ...honestReceipt, ...change });
  const block = (change: object): unknown => ({ ...honestBlock(), ...change });
  const log = (change: object): unknown => ({ ...honestReceipt.logs[0], blockNumber: '0x1', ...change });
  const shapes: [method: string, result: unknown][] = [
    ['eth_call', null],
    ['eth_call', '0x'],
    ['eth_call', '0xabc'],
    ['eth_call', {}],
    ['eth_call', [word(42)]],
    ['eth_getBalance', {}],
    ['eth_getBalance', null],
    ['eth_getBalance', '0x'],
    ['eth_getBalance', `0x1${'0'.repeat(64)}`],
    ['eth_getBalance', 12],
    ['eth_blockNumber', '0x'],
    ['eth_blockNumber', 'many'],
    ['eth_blockNumber', '-0x5'],
    ['eth_blockNumber', -5],
    ['eth_blockNumber', `0x${'f'.repeat(16)}`],
    ['eth_blockNumber', null],
    ['eth_estimateGas', '0x0'],
    ['eth_estimateGas', '0x5207'],
    ['eth_estimateGas', null],
    ['eth_maxPriorityFeePerGas', null],
    ['eth_maxPriorityFeePerGas', '1000000000'],
    ['eth_getTransactionCount', null],
    ['eth_getTransactionCount', '7'],
    ['eth_getLogs', null],
    ['eth_getLogs', {}],
    ['eth_getLogs', [null]],
    ['eth_getLogs', [{ ...honestReceipt.logs[0], blockNumber: '0x3' }]],
    ['eth_getLogs', [{ ...honestReceipt.logs[0], blockNumber: '0x1', topics: null }]],
    ['eth_getLogs', [log({ removed: true })]],
    ['eth_getLogs', [log({}), log({})]],
    ['eth_getBlockByNumber', []],
    ['eth_getBlockByNumber', block({ transactions: 'none' })],
    ['eth_getBlockByNumber', null],
    ['eth_getBlockByNumber', block({ number: null })],
    ['eth_getBlockByNumber', block({ hash: '0x' })],
    ['eth_getBlockByNumber', block({ timestamp: '' })],
    ['eth_getBlockByNumber', block({ timestamp: '0x0' })],
    ['eth_getBlockByNumber', block({ timestamp: '0x19b0d3a5c00' })],
    ['eth_getBlockByNumber', block({ baseFeePerGas: `0x${'f'.repeat(40)}` })],
    ['eth_getBlockByNumber', block({ baseFeePerGas: null })],
    ['eth_getBlockByNumber', block({ baseFeePerGas: '0x' })],
    ['eth_getTransactionReceipt', {}],
    ['eth_getTransactionReceipt', receipt({ transactionHash: unknownHash })],
    ['eth_getTransactionReceipt', receipt({ blockNumber: null })],
    ['eth_getTransactionReceipt', receipt({ blockNumber: null, blockHash: null })],
    ['eth_getTransactionReceipt', receipt({ status: null })],
    ['eth_getTransactionReceipt', receipt({ status: true })],
    ['eth_getTransactionReceipt', receipt({ gasUsed: undefined })],
    ['eth_getTransactionReceipt', receipt({ effectiveGasPrice: undefined })],
    ['eth_getTransactionReceipt', receipt({ logs: null })],
    ['eth_getTransactionReceipt', receipt({ logs: [log({ transactionHash: unknownHash })] })],
    ['eth_getTransactionReceipt', receipt({ logs: [log({ blockHash: unknownHash })] })],
    ['eth_getTransactionReceipt', receipt({ gasUsed: `0x${'f'.repeat(64)}` })],
    ['eth_getTransactionReceipt', receipt({ effectiveGasPrice: `0x${'f'.repeat(64)}` })],
  ];
  it.each(shapes)('%s → %j is not believed', async (method, result) => {
    first.answer(when(method, { result }));
    const provider = await connect([first, second]);
    const [, params = [], honest] = reads.find(([name]) => name === method) ?? [];
    expect(await provider.send(method, params)).toEqual(honest);
  });

  it.each<[string, object]>([
    ['address', { address: `0x${'bb'.repeat(20)}` }],
    ['topics', { topics: [word(2)] }],
    ['topics, of which it has none', { topics: [] }],
  ])('is a log of other %s than those that were asked for', async (_, change) => {
    const provider = await connect([first, second]);
    first.answer(when('eth_getLogs', { result: [log(change)] }));
    second.answer(when('eth_getLogs', { result: [log({})] }));
    const filter = { fromBlock: '0x1', toBlock: '0x2', address: [account.toUpperCase().replace('X', 'x')] };
    const asked = { ...filter, topics: [[word(1), word(3)], null] };
    expect(await provider.send('eth_getLogs', [asked])).toEqual([log({})]);
  });

  it.each([[null], [[]], ['text'], [[null]]])('of eth_getBlockReceipts is %j', async result => {
    const provider = await connect([first, second]);
    first.answer(when('eth_getBlockReceipts', { result }));
    second.answer(when('eth_getBlockReceipts', { result: [honestReceipt] }));
    expect(await provider.send('eth_getBlockReceipts', ['0x3de'])).toEqual([honestReceipt]);
  });

  it.each<[string, string]>([
    ['one word', word(32)],
    ['one byte', '0x01'],
    ['cut short', aggregate(3).slice(0, -64)],
    ['of another number of calls', aggregate(2)],
  ])('of Multicall3 is %s', async (_, result) => {
    const provider = await connect([first, second]);
    first.answer(when('eth_call', { result }));
    second.answer(when('eth_call', { result: aggregate(3) }));
    const reader = await createBatchReader(provider);
    const read = contractRead<bigint>(new Interface(['function f() view returns (uint256)']), {
      target: account,
      method: 'f',
    });
    const read3 = await reader.read({ number: headNumber, hash: word(headNumber) }, [read, read, read]);
    expect(read3).toEqual(Array.from({ length: 3 }, () => ({ ok: true, value: 42n })));
  });

  it('of eth_getBlockByNumber is another block than the one that was asked for', async () => {
    const provider = await connect([first, second]);
    first.answer(when('eth_getBlockByNumber', { result: honestBlock(7) }));
    expect(await provider.send('eth_getBlockByNumber', ['0x8', false])).toEqual(honestBlock(8));
  });

  it.each<[string, (json: string) => string]>([
    ['ids as text', json => json.replace(/"id":(\d+)/g, '"id":"$1"')],
    ['a byte-order mark', json => `\ufeff${json}`],
  ])('is none for %s', async (_, change) => {
    for (const node of [first, second])
      node.sends(({ status, body }) => ({ status, body: change(JSON.stringify(body)) }));
    await expectHonest(await connect([first, second]));
  });

  it('is a text in the place of the error', async () => {
    first.answer(({ method }) =>
      method === 'eth_chainId' ? undefined : ({ result: null, error: 'try later' } as never),
    );
    await expectHonest(await connect([first, second]));
  });
});

describe('an only endpoint', () => {
  it.each<[string, object]>([
    ['the contract address "0x"', { contractAddress: '0x' }],
    ['the recipient ""', { to: '' }],
    ['no bloom', { logsBloom: null }],
    ['a bloom that is none', { logsBloom: 'text' }],
    ['a type that is none', { type: `0x${'f'.repeat(64)}` }],
    ['no index', { transactionIndex: null }],
    ['no cumulative gas', { cumulativeGasUsed: undefined }],
    ['a checksum of its own', { to: '0xAcacacacacacacacacacacacacacacacacacacac' }],
    ['no price', { effectiveGasPrice: undefined }],
    ['a state root', { root: '0x' }],
    [
      'no log index of the transaction',
      { logs: [{ ...honestReceipt.logs[0], transactionIndex: undefined }] },
    ],
  ])('gives a receipt with %s, and it is taken', async (_, change) => {
    const provider = await connect([first]);
    first.answer(when('eth_getTransactionReceipt', { result: { ...honestReceipt, ...change } }));
    const receipt = await inTime(1_000, provider.getTransactionReceipt(minedHash));
    expect(receipt).toMatchObject({ status: 1, hash: minedHash, gasUsed: 21_000n, blockNumber: 990 });
  });

  it('gives a receipt without a block, and there is none yet', async () => {
    const provider = await connect([first]);
    first.answer(
      when('eth_getTransactionReceipt', { result: { ...honestReceipt, blockNumber: null, blockHash: null } }),
    );
    expect(await provider.getTransactionReceipt(minedHash)).toBeNull();
  });

  it.each([
    ['eth_call', 'execution reverted'],
    ['eth_estimateGas', 'insufficient funds for gas * price + value'],
    ['eth_estimateGas', 'gas required exceeds allowance (0)'],
    ['eth_foo', 'method not found'],
  ])('is believed at once: %s → %s', async (method, message) => {
    const provider = await connect([first]);
    first.answer(when(method, { error: { code: -32000, message } }));
    const answers = await inTime(1_000, provider.sendBatch([{ method, params: [{ to: account }] }]));
    expect(answers).toEqual([{ id: 1, error: { code: -32000, message } }]);
    expect(first.calls(method)).toBe(1);
  });

  it('that never has a base fee is of a chain without one', async () => {
    first.answer(when('eth_getBlockByNumber', { result: { ...honestBlock(), baseFeePerGas: null } }));
    const provider = await connect([first]);
    const before = first.calls('eth_getBlockByNumber');
    expect(await provider.send('eth_getBlockByNumber', ['latest', false])).toMatchObject({
      baseFeePerGas: null,
    });
    expect(first.calls('eth_getBlockByNumber')).toBe(before + 1);
  });
});

describe('two endpoints', () => {
  it('of which one says that the contract refuses are not both asked', async () => {
    const provider = await connect([first, second]);
    first.answer(when('eth_call', { error: { code: -32000, message: 'execution reverted' } }));
    expect(isCallException(await provider.call({ to: account }).catch(e => e))).toBe(true);
    expect(second.calls('eth_call')).toBe(0);
  });

  it('agree by meaning, and a third is not asked', async () => {
    const provider = await connect([first, second, third]);
    first.answer(
      when('eth_estimateGas', { error: { code: -32000, message: 'insufficient funds for transfer' } }),
    );
    second.answer(
      when('eth_estimateGas', { error: { code: -32004, message: 'Upfront cost exceeds account balance' } }),
    );
    await expect(provider.send('eth_estimateGas', [{ to: account }])).rejects.toThrow('insufficient funds');
    expect([first, second, third].map(node => node.calls('eth_estimateGas'))).toEqual([1, 1, 0]);
  });

  it('do not agree on different meanings: a third is asked', async () => {
    const provider = await connect([first, second, third]);
    first.answer(
      when('eth_estimateGas', { error: { code: -32000, message: 'insufficient funds for transfer' } }),
    );
    second.answer(when('eth_estimateGas', { error: { code: -32000, message: 'nonce too low' } }));
    expect(await provider.send('eth_estimateGas', [{ to: account }])).toBe('0x5208');
  });

  it('agree that a call returns nothing, and neither is at fault', async () => {
    const provider = await connect([first, second]);
    for (const node of [first, second]) node.answer(when('eth_call', { result: '0x' }));
    for (let i = 0; i < 3; i += 1) expect(await provider.call({ to: account })).toBe('0x');
    expect(provider.endpoints.map(({ counters }) => counters.faults)).toEqual([0, 0]);
  });

  it('agree on a block without a base fee, and from then on one is enough', async () => {
    const provider = await connect([first, second]);
    for (const node of [first, second])
      node.answer(when('eth_getBlockByNumber', { result: { ...honestBlock(), baseFeePerGas: null } }));
    const calls = () => [first, second].map(node => node.calls('eth_getBlockByNumber'));
    await provider.send('eth_getBlockByNumber', ['latest', false]);
    const [asked = 0, alike = 0] = calls();
    for (let i = 0; i < 3; i += 1) await provider.send('eth_getBlockByNumber', ['latest', false]);
    expect(calls()).toEqual([asked + 3, alike]);
  });

  it.each([
    ['refuses connections', 'refuse'],
    ['hangs', 'hang'],
  ] as const)('of which one %s: what the other says of the request counts', async (_, how) => {
    const provider = await connect([first, second]);
    second.sends(() => how);
    first.answer(when('eth_estimateGas', { error: { code: -32000, message: 'insufficient funds' } }));
    await expect(inTime(2_000, provider.send('eth_estimateGas', [{}]))).rejects.toThrow('insufficient funds');
  });

  it('of an only endpoint that hangs afterwards: the call ends with its words', async () => {
    const provider = await connect([first], { attemptMs: 1_000 });
    first.answer(everything({ error: { code: -32000, message: 'the flux capacitor declined' } }));
    let sent = 0;
    first.sends(answer => {
      sent += 1;
      return sent > 1 ? 'hang' : answer;
    });
    const asking = inTime(4_000, provider.send('eth_getBalance', [account, 'latest']));
    await expect(asking).rejects.toMatchObject({ error: { message: 'the flux capacitor declined' } });
  });

  it('in random unknown words from both, the call ends within its time, with those words', async () => {
    const provider = await connect([first, second], { callMs: 600 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -31_000, max: -1 }), fc.lorem(), async (code, message) => {
        for (const node of [first, second]) node.answer(when('eth_getBalance', { error: { code, message } }));
        const error = await inTime(
          1_200,
          provider.send('eth_getBalance', [account, 'latest']).catch(e => e),
        );
        expect(error).toBeInstanceOf(AllEndpointsFailed);
        expect(error.message).toContain(message);
        expect(error.error).toMatchObject({ code, message });
      }),
      { numRuns: 10 },
    );
  });

  it('that keep answering an unknown error are asked for 2 s, not for the whole of the call', async () => {
    const provider = await connect([first, second], { callMs: 10_000 });
    for (const node of [first, second])
      node.answer(when('eth_getBalance', { error: { code: -32000, message: 'no backend' } }));
    await expect(inTime(4_000, provider.send('eth_getBalance', [account, 'latest']))).rejects.toThrow(
      'no backend',
    );
  });
});

describe('an endpoint that refuses one method', () => {
  const filter = [{ fromBlock: '0x1', toBlock: '0x2' }];
  it.each<[string, number, object]>([
    ['as unsupported', 200, { code: -32601, message: 'the method eth_getLogs is not on your plan' }],
    ['in unknown words', 200, { code: -32046, message: 'the flux capacitor declined' }],
    ['with HTTP 403', 403, { code: -32000, message: 'eth_getLogs is not on your plan' }],
  ])(
    '%s is asked for the others only, stays in use, and is told with its words',
    async (_, status, error) => {
      const provider = await connect([first, second]);
      first.sends(answer =>
        JSON.stringify(answer.body).includes('"error"') ? { ...answer, status } : answer,
      );
      first.answer(when('eth_getLogs', { error }));
      for (let i = 0; i < 10; i += 1) {
        expect(await provider.send('eth_getLogs', filter)).toEqual([]);
        expect(await provider.send('eth_getBalance', [account, 'latest'])).toBe('0xde0b6b3a7640000');
      }
      expect([first.calls('eth_getLogs'), first.calls('eth_getBalance')]).toEqual([3, 10]);
      expect(provider.health.overview()[0]?.state).toBe('ok');
      const at = performance.now();
      provider.endpoints[0]?.refusals.failed('eth_getLogs', 'answered the same', at + 31_000);
      const [told] = endpointObservations(provider.health.overview(), Date.now());
      expect(told).toMatchObject({ check: 'rpc-endpoint', subject: 'first', failing: true });
      expect((told as { message: string }).message).toContain('does not answer eth_getLogs');
      await provider.send('eth_getLogs', filter);
      // Once it answers, it is in order again.
      provider.endpoints[0]?.refusals.answered('eth_getLogs');
      expect(endpointObservations(provider.health.overview(), Date.now())[0]).toMatchObject({
        failing: false,
      });
    },
  );
});

describe('an endpoint that hangs on one method', () => {
  it('is asked for the others only, once it has hung three times, and stays in use', async () => {
    const provider = await connect([first, second]);
    first.sends(answer => (JSON.stringify(answer.body).includes('"result":[]') ? 'hang' : answer));
    for (let i = 0; i < 6; i += 1) {
      expect(await provider.send('eth_getLogs', [{ fromBlock: '0x1', toBlock: '0x2' }])).toEqual([]);
      expect(await provider.send('eth_getBalance', [account, 'latest'])).toBe('0xde0b6b3a7640000');
    }
    expect([first.calls('eth_getLogs'), first.calls('eth_getBalance')]).toEqual([3, 6]);
    expect(provider.health.overview()[0]?.state).toBe('ok');
    expect(provider.endpoints[0]?.refusals.all).toMatchObject([
      { method: 'eth_getLogs', failures: 3, what: 'did not answer in time' },
    ]);
  });
});

describe('a second opinion', () => {
  it.each<[string, () => void]>([
    [
      'lags',
      () =>
        second.answer(({ method }) =>
          method === 'eth_blockNumber' ? { result: '0x384' } : { result: word(41) },
        ),
    ],
    [
      'serves another chain',
      () =>
        second.answer(({ method }) => (method === 'eth_chainId' ? { result: '0x1' } : { result: word(41) })),
    ],
  ])('is not taken from an endpoint that %s', async (_, begin) => {
    const provider = await connect([first, second], { blockTimeMs: 1_000 });
    first.answer(when('eth_call', { result: '0x' }));
    begin();
    const other = provider.endpoints[1] as Endpoint;
    await provider.health.verify(other).catch(() => undefined);
    await provider.health.refreshHead(other).catch(() => undefined);
    expect(await provider.send('eth_call', [{ to: account }, 'latest'])).toBe('0x');
    expect(second.calls('eth_call')).toBe(0);
  });
});

describe('a state at a block that no endpoint has yet', () => {
  const isAsked = (block: number) => ['eth_getBalance', [account, `0x${block.toString(16)}`]] as const;

  it.each([10, 1_000_000])('is refused at once when it is %i blocks ahead', async ahead => {
    const provider = await connect([first, second], { callMs: 10_000 });
    const [method, params] = isAsked(headNumber + ahead);
    await expect(inTime(1_000, provider.send(method, [...params]))).rejects.toThrow('does not have block');
  });

  it('is waited for when it is the next one', async () => {
    const provider = await connect([first, second], { callMs: 10_000 });
    const [method, params] = isAsked(headNumber + 1);
    const reading = inTime(3_000, provider.send(method, [...params]));
    await new Promise(resolve => setTimeout(resolve, 300));
    for (const node of [first, second])
      node.answer(when('eth_blockNumber', { result: `0x${(headNumber + 1).toString(16)}` }));
    expect(await reading).toBe('0xde0b6b3a7640000');
  });
});

describe('a result that does not decode, where there is no Multicall3', () => {
  const read = contractRead<bigint>(new Interface(['function f() view returns (uint256)']), {
    target: account,
    method: 'f',
  });
  const at = { number: headNumber, hash: word(headNumber) };
  const reader = async (nodes: FakeNode[]) => {
    for (const node of [first, second]) node.answer(when('eth_getCode', { result: '0x' }));
    return createBatchReader(await connect(nodes));
  };

  it.each(['0x01', `0x${'00'.repeat(31)}`])('%s is asked of the other endpoint', async result => {
    const batches = await reader([first, second]);
    first.answer(when('eth_call', { result }));
    expect(await batches.read(at, [read, read])).toEqual([
      { ok: true, value: 42n },
      { ok: true, value: 42n },
    ]);
  });

  it('is the contract’s own when both give it, and is not asked for again', async () => {
    const batches = await reader([first, second]);
    for (const node of [first, second]) node.answer(when('eth_call', { result: '0x01' }));
    for (let i = 0; i < 3; i += 1)
      expect(await batches.read(at, [read])).toMatchObject([{ ok: false, unusable: true }]);
    expect(second.calls('eth_call')).toBe(1);
  });
});

describe('an endpoint that has pruned a state', () => {
  it('is no reason not to wait for one that has it, and is slow', async () => {
    const provider = await connect([first, second]);
    first.answer(when('eth_call', { error: { code: -32000, message: 'state at block #1 is pruned' } }));
    second.sends(async answer => {
      await new Promise(resolve => setTimeout(resolve, 1_500));
      return answer;
    });
    expect(await provider.send('eth_call', [{ to: account }, '0x1'])).toBe(word(42));
    expect(provider.endpoints[0]?.counters.faults).toBe(0);
  });
});

describe('an object that does not exist', () => {
  it('is not asked of an endpoint that is known to be down', async () => {
    const provider = await connect([first, second]);
    second.sends(() => 'hang');
    provider.endpoints[1]?.breaker.failed('hard', performance.now());
    for (const method of ['eth_getTransactionReceipt', 'eth_getTransactionByHash'])
      expect(await inTime(500, provider.send(method, [unknownHash]))).toBeNull();
  });

  it('is not waited for longer than a second opinion takes at an endpoint that has begun to hang', async () => {
    const provider = await connect([first, second]);
    second.sends(() => 'hang');
    expect(await inTime(2_500, provider.getTransactionReceipt(unknownHash))).toBeNull();
  });

  it('is null at once for a block of the future', async () => {
    const provider = await connect([first, second]);
    expect(await inTime(1_000, provider.send('eth_getBlockByNumber', ['0xfffff', false]))).toBeNull();
  });
});

describe('time', () => {
  it('two endpoints that hang delay no call beyond its time', async () => {
    const provider = await connect([first, second], { callMs: 1_500, attemptMs: 1_000 });
    for (const node of [first, second]) node.sends(() => 'hang');
    // The chain of an endpoint is asked for before any other request, and that request hangs as well.
    for (const endpoint of provider.endpoints) endpoint.servedChainId = undefined;
    const error = await inTime(
      2_000,
      provider.getBlockNumber().catch(e => e),
    );
    expect(error.message).toContain('did not answer in time');
  });

  it('800 calls at once at a distance of 250 ms are all answered in 10 s: 16 at a time they would take 12.5 s', async () => {
    const provider = await connect([first], { callMs: 10_000 });
    first.sends(async answer => {
      await new Promise(resolve => setTimeout(resolve, 250));
      return answer;
    });
    const balances = await Promise.all(
      Array.from({ length: 800 }, () => provider.send('eth_getBalance', [account, 'latest'])),
    );
    expect(new Set(balances)).toEqual(new Set(['0xde0b6b3a7640000']));
  });

  it('a clock that is set back stops neither a paced endpoint nor one that comes back', async () => {
    const provider = await connect([first], { callMs: 3_000 });
    provider.endpoints[0]?.rateLimiter.learn(50);
    await provider.send('eth_getBalance', [account, 'latest']);
    provider.endpoints[0]?.breaker.failed('hard', performance.now());
    const real = Date.now;
    Date.now = () => real() - 3_600_000;
    try {
      for (let i = 0; i < 5; i += 1)
        await inTime(1_000, provider.send('eth_getBalance', [account, 'latest']));
      await until('it is back', () => provider.health.overview()[0]?.state === 'ok');
    } finally {
      Date.now = real;
    }
  });

  it('an endpoint that wants a day is tried again within half a minute', async () => {
    const provider = await connect([first, second]);
    first.sends(() => ({ status: 429, headers: { 'retry-after': '86400' }, body: '' }));
    await provider.getBlockNumber();
    const { trialAt = Number.NaN } = provider.endpoints[0]?.breaker ?? {};
    expect(trialAt - performance.now()).toBeLessThanOrEqual(30_000);
  });
});

describe('a transaction', () => {
  const signed = async () => {
    const wallet = Wallet.createRandom();
    const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n };
    return wallet.signTransaction({
      type: 2,
      chainId: 31337,
      to: account,
      nonce: 0,
      gasLimit: 21_000n,
      ...fees,
    });
  };
  /** Answers broadcasts with the hash, after `ms`. */
  const takesLate = (node: FakeNode, raw: string, ms: number) => {
    let isBroadcast = false;
    node.answer(({ method }) => {
      isBroadcast = method === 'eth_sendRawTransaction';
      if (method === 'eth_getTransactionByHash') return { error: { code: -32000, message: 'busy' } };
      return isBroadcast ? { result: keccak256(raw) } : undefined;
    });
    node.sends(async answer => {
      if (isBroadcast) await new Promise(resolve => setTimeout(resolve, ms));
      return answer;
    });
  };

  it('that an endpoint takes after the next try has begun is accepted then', async () => {
    const provider = await connect([first, second], { callMs: 10_000, attemptMs: 4_000, settleMs: 400 });
    const raw = await signed();
    takesLate(first, raw, 1_000);
    second.sends(() => ({ status: 500, body: '' }));
    expect(await inTime(1_500, provider.broadcastRaw(raw))).toEqual({ kind: 'accepted' });
  });

  it('is broadcast again while both endpoints hang', async () => {
    const provider = await connect([first, second], { callMs: 10_000, attemptMs: 4_000, settleMs: 400 });
    const raw = await signed();
    for (const node of [first, second]) takesLate(node, raw, 60_000);
    setTimeout(() => takesLate(second, raw, 0), 500);
    expect(await inTime(2_500, provider.broadcastRaw(raw))).toEqual({ kind: 'accepted' });
  });
});

describe('a transaction that is refused', () => {
  it('is answered in the node’s words, with whatever code', async () => {
    const provider = await connect([first, second]);
    for (const node of [first, second])
      node.answer(call =>
        call.method === 'eth_sendRawTransaction'
          ? { error: { code: -32603, message: 'nonce too low' } }
          : call.method === 'eth_getTransactionByHash'
            ? { result: null }
            : undefined,
      );
    const payload = { jsonrpc: '2.0' as const, id: 1, method: 'eth_sendRawTransaction', params: ['0x00'] };
    const asking = { deadline: performance.now() + 1_000, signal: new AbortController().signal };
    const { answers } = (await provider.endpoints[0]?.ask([payload], asking)) ?? {};
    expect(answers).toEqual([{ id: 1, error: { code: -32603, message: 'nonce too low' } }]);
  });
});
