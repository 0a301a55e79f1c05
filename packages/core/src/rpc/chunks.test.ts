import { beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonRpcPayload } from 'ethers';
import { ChainFacts } from './ChainFacts.ts';
import { type Chunk, readChunksFrom, type Splittable } from './chunks.ts';
import { Endpoint } from './Endpoint.ts';
import { EndpointFault, type JsonRpcAnswer } from './exchange.ts';
import { judgeReply } from './judge.ts';

const words = (code: number, message: string): JsonRpcAnswer => ({ id: 1, error: { code, message } });
const answered: JsonRpcAnswer = { id: 1, result: '0x1' };
const closed = new EndpointFault('node', 'hard', { what: 'is not reachable (ECONNRESET)', mayBeSize: true });
const late = new EndpointFault('node', 'soft', { what: 'did not answer in time', isTimeout: true });

/** The answers of a node to the calls of a request; an error of its transport is thrown. */
type Node = (payloads: readonly JsonRpcPayload[]) => JsonRpcAnswer[] | EndpointFault;

let endpoint: Endpoint;
let requests: number;
beforeEach(() => {
  const limits = { attemptMs: 1_000, concurrency: 1 };
  endpoint = new Endpoint({ label: 'node', url: { reveal: () => 'http://node' } }, limits);
  requests = 0;
});

/** Reads all units from the node. */
async function readAll(work: Splittable, node: Node): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for (let from = 0; from < work.size; from = chunks.reduce((sum, { count }) => sum + count, 0)) {
    const read = await readChunksFrom(
      endpoint,
      { ...work, from, to: work.size },
      {
        ask: async payloads => {
          requests += 1;
          const received = node(payloads);
          if (received instanceof EndpointFault) throw received;
          const chain = new ChainFacts();
          return judgeReply({ label: 'node', payloads, received, chain, onAllowedRate: () => undefined });
        },
        assertReaches: async () => undefined,
        isEnough: () => false,
      },
    );
    chunks.push(...read);
  }
  return chunks;
}

const call = (id: number): JsonRpcPayload => ({ jsonrpc: '2.0', id, method: 'eth_gasPrice', params: [] });
const results = (chunks: readonly Chunk[]) => chunks.flatMap(({ answers }) => answers);
const refusing =
  (fault: JsonRpcAnswer | EndpointFault, isTooMuch: (calls: readonly JsonRpcPayload[]) => boolean): Node =>
  calls =>
    isTooMuch(calls)
      ? fault instanceof EndpointFault
        ? fault
        : calls.map(() => fault)
      : calls.map(() => answered);

const refusals: [string, JsonRpcAnswer | EndpointFault][] = [
  ['an error in unknown words', words(-32_600, 'Batch requests are not supported')],
  ['a closed connection', closed],
  ['silence', late],
];

describe.each(refusals)('an endpoint that takes no batches, and answers them with %s', (_, fault) => {
  /** Two calls to each request, of any number of units, as for the head and an aggregate at the head. */
  const headAndReads: Splittable = { limit: 'multicall', size: 40, request: () => [call(1), call(2)] };

  it('gets the calls of a request one by one, and as many units as before', async () => {
    const node = refusing(fault, calls => calls.length > 1);
    expect(results(await readAll(headAndReads, node))).toContainEqual(answered);
    expect(endpoint.requestLimits.multicall.size).toBeGreaterThan(40);
    requests = 0;
    expect(await readAll(headAndReads, node)).toEqual([
      { from: 0, count: 40, answers: [answered, answered] },
    ]);
    expect(requests).toBe(2);
  });

  it('is asked together again after some answers', async () => {
    await readAll(
      headAndReads,
      refusing(fault, calls => calls.length > 1),
    );
    for (let i = 0; i < 6; i += 1) await readAll(headAndReads, () => [answered, answered]);
    requests = 0;
    await readAll(headAndReads, () => [answered, answered]);
    expect(requests).toBe(1);
  });
});

describe('an endpoint that answers the first calls of a batch only', () => {
  const batch: Splittable = {
    limit: 'batch',
    size: 20,
    request: (from, count) => Array.from({ length: count }, (_, i) => call(from + i)),
  };
  const afterThree =
    (rest: JsonRpcAnswer): Node =>
    calls =>
      calls.map((_, i) => (i < 3 ? answered : rest));

  it.each([
    ['too large a response', words(-32_003, 'response too large')],
    ['unknown words', words(-32_099, 'nope')],
    ['a limit for each call', words(-32_005, 'rate limit exceeded')],
    ['results of the wrong shape', { id: 1, result: null }],
  ])('with %s for the others: all are answered in the end', async (_, rest) => {
    expect(results(await readAll(batch, afterThree(rest)))).toEqual(
      Array.from({ length: 20 }, () => answered),
    );
    expect(requests).toBeLessThan(12);
  });

  it('with an error for a single call: the error is that call’s, and the others are answered', async () => {
    const nope = words(-32_099, 'nope');
    const seventh: Node = calls => calls.map(({ id }) => (id === 7 ? nope : answered));
    const outcomes = await readAll(batch, seventh).catch(error => error);
    expect(outcomes).toMatchObject({ chunk: { from: 7 } });
    expect(endpoint.requestLimits.batch.size).toBeGreaterThan(20);
  });
});

describe('a range of blocks that is refused', () => {
  const range: Splittable = {
    limit: 'logRange',
    size: 400,
    request: (from, count) => [{ jsonrpc: '2.0', id: 1, method: 'eth_gasPrice', params: [from, count] }],
  };
  const above = (most: number) => (calls: readonly JsonRpcPayload[]) =>
    Number((calls as readonly { params: number[] }[])[0]?.params[1]) > most;

  it.each([
    ['limit exceeded', words(-32_005, 'limit exceeded')],
    ['maximum 50 blocks', words(-32_029, 'maximum 50 blocks')],
    ['silence', late],
  ])('with %s: smaller ones are asked for', async (_, fault) => {
    expect(results(await readAll(range, refusing(fault, above(60))))).toContainEqual(answered);
    expect(endpoint.requestLimits.logRange.size).toBeLessThanOrEqual(100);
  });

  it.each(['rate limit exceeded', 'Too Many Requests', '50/second request limit reached'])(
    'with "%s": it is not asked for again at once',
    async message => {
      const limited = refusing(words(-32_005, message), above(60));
      await expect(readAll(range, limited)).rejects.toMatchObject({ kind: 'rate-limit' });
      expect(requests).toBe(1);
    },
  );
});
