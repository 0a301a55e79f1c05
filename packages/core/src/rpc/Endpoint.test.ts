import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@service-bots/devnet';
import { AnsweredElsewhere, Endpoint, RequestCancelled } from './Endpoint.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const call = { id: 1, jsonrpc: '2.0', method: 'eth_call', params: [] } as const;

/** Returns an endpoint whose node has answered once, and answers again when it is told to. */
async function openEndpoint(): Promise<{ endpoint: Endpoint; answer: () => void }> {
  let requests = 0;
  let answer: () => void = () => undefined;
  const told = new Promise<void>(resolve => {
    answer = resolve;
  });
  server = createServer(async (_, response) => {
    requests += 1;
    if (requests > 1) await told;
    response.end(JSON.stringify({ id: 1, jsonrpc: '2.0', result: '0x' }));
  });
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const address = { label: 'node.example.com', url: { reveal: () => `http://127.0.0.1:${port}` } };
  const endpoint = new Endpoint(address, { attemptMs: 5_000, concurrency: 4 });
  await endpoint.ask([call], { deadline: performance.now() + 5_000, signal: new AbortController().signal });
  return { endpoint, answer };
}

/** Asks the endpoint, and cancels the request after the endpoint's patience, since another one has answered. */
async function askAndCancel(endpoint: Endpoint): Promise<void> {
  const over = new AbortController();
  const asked = endpoint.ask([call], { deadline: performance.now() + 5_000, signal: over.signal });
  setTimeout(() => over.abort(new AnsweredElsewhere(1)), endpoint.patienceMs);
  await expect(asked).rejects.toThrow(RequestCancelled);
}

describe('an endpoint whose request was cancelled because another one answered first', () => {
  it('is slow, and not useless, when its answer comes a moment later', async () => {
    const { endpoint, answer } = await openEndpoint();
    const before = endpoint.latencyMs;
    await askAndCancel(endpoint);
    expect([endpoint.lastFault, endpoint.counters.faults]).toEqual(['was too slow', 1]);
    answer();
    await delay(1.2 * endpoint.secondOpinionMs);
    expect(endpoint.fruitless).toBeUndefined();
    expect(endpoint.latencyMs).toBe(before);
  });

  it('is useless when no answer comes at all', async () => {
    const { endpoint } = await openEndpoint();
    await askAndCancel(endpoint);
    expect(endpoint.fruitless).toBeUndefined();
    await until('the patience for it ends', () => endpoint.fruitless !== undefined);
    expect(endpoint.lastFault).toBe('did not answer in time');
    expect(endpoint.counters.faults).toBe(1);
  });
});
