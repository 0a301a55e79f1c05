import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import { until } from '../until.ts';
import { faults } from './faults.ts';
import { rawCall } from './rawHttp.ts';
import { type RpcProxy, startProxy } from './rpcProxy.ts';

let anvil: Anvil;
let proxy: RpcProxy;
beforeAll(async () => {
  anvil = await startAnvil();
  proxy = await startProxy(anvil);
});
afterEach(async () => {
  await proxy.clearFault();
  proxy.resetCounts();
});
afterAll(async () => {
  await proxy.close();
  await anvil.stop();
});

/** Returns `.` for an answer, `x` for any other outcome. */
async function pattern(requests: number): Promise<string> {
  let seen = '';
  for (let n = 0; n < requests; n += 1) {
    const { end, status } = await rawCall(proxy.rpcUrl, 'eth_chainId');
    seen += end === 'complete' && status === 200 ? '.' : 'x';
  }
  return seen;
}
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const ends = (how: string) =>
  until(`a call ends ${how}`, async () => (await rawCall(proxy.rpcUrl, 'eth_chainId')).end === how);

describe('flapping', () => {
  it('by count: the same every time it is set', async () => {
    const fault = faults.flappingByCount(3, 2, faults.http500);
    for (const _ of [1, 2]) {
      await proxy.setFault(fault);
      expect(await pattern(11)).toBe('...xx...xx.');
    }
    expect(proxy.log.slice(0, 5).map(({ done }) => done)).toEqual(['ok', 'ok', 'ok', 'http-500', 'http-500']);
    expect(() => faults.flappingByCount(0, 0, faults.hang)).toThrow(RangeError);
  });

  it('by count: a refusal breaks connections, for a closed port could count nothing', async () => {
    await proxy.setFault(faults.flappingByCount(1, 2, faults.refuse));
    expect(await pattern(7)).toBe('.xx.xx.');
  });

  it('by time: good and bad by turns, with the port really closed', async () => {
    await proxy.setFault(faults.flapping(500, 500, faults.refuse));
    expect(await pattern(1)).toBe('.');
    await ends('ECONNREFUSED');
    await ends('complete');
    await ends('ECONNREFUSED');
    await proxy.clearFault();
    expect(await pattern(1)).toBe('.');
  });

  it('by time: closed in the middle, it does not come back', async () => {
    const other = await startProxy(anvil);
    await other.setFault(faults.flapping(10, 10, faults.refuse));
    await pause(35);
    await other.close();
    await pause(50);
    expect((await rawCall(other.rpcUrl, 'eth_chainId')).end).toBe('ECONNREFUSED');
  });
});

describe('schedule', () => {
  it('by requests: one fault after the other, the last stays', async () => {
    await proxy.setFault(
      faults.schedule([
        { afterRequests: 2, fault: faults.http500 },
        { afterRequests: 3, fault: faults.ok },
        { afterRequests: 1, fault: faults.reset },
      ]),
    );
    expect(await pattern(9)).toBe('..xxx.xxx');
  });

  it('by requests, then by time: the port is closed at the third request, and open again later', async () => {
    await proxy.setFault(
      faults.schedule([
        { afterRequests: 2, fault: faults.refuse },
        { afterMs: 1_000, fault: faults.ok },
      ]),
    );
    expect(await pattern(3)).toBe('..x');
    expect((await rawCall(proxy.rpcUrl, 'eth_chainId')).end).toBe('ECONNREFUSED');
    await ends('complete');
  });

  it('goes on past a fault that could not begin', async () => {
    const lost = await startProxy({ rpcUrl: 'http://127.0.0.1:9' });
    await lost.setFault(faults.flappingByCount(1, 1, faults.frozen));
    const statuses: unknown[] = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await rawCall(lost.rpcUrl, 'eth_chainId')).status);
    expect(statuses).toEqual([502, 502, 502, 502]);
    await lost.setFault(faults.http500);
    expect((await rawCall(lost.rpcUrl, 'eth_chainId')).status).toBe(500);
    await lost.close();
  });

  it('by time: down, then up', async () => {
    await proxy.setFault(
      faults.schedule([
        { afterMs: 0, fault: faults.refuse },
        { afterMs: 1_000, fault: faults.ok },
      ]),
    );
    await ends('ECONNREFUSED');
    await ends('complete');
    expect(await pattern(2)).toBe('..');
  });
});

describe('random', () => {
  it('repeats itself with one seed, differs with another, and keeps its probability', async () => {
    const runs: string[] = [];
    for (const seed of [7, 7, 8]) {
      await proxy.setFault(faults.random(0.3, faults.http500, seed));
      runs.push(await pattern(200));
    }
    expect(runs[0]).toBe(runs[1]);
    expect(runs[0]).not.toBe(runs[2]);
    for (const run of runs) {
      const failed = run.split('x').length - 1;
      expect(failed).toBeGreaterThan(40);
      expect(failed).toBeLessThan(80);
    }
    await proxy.setFault(faults.random(0, faults.reset, 1));
    expect(await pattern(20)).toBe('.'.repeat(20));
    await proxy.setFault(faults.random(1, faults.reset, 1));
    expect(await pattern(20)).toBe('x'.repeat(20));
  });

  it('of several: each in its share, the log says which', async () => {
    await proxy.setFault(
      faults.randomOf(
        [
          { weight: 2, fault: faults.ok },
          { weight: 1, fault: faults.reset },
          { weight: 1, fault: faults.rpc32005 },
        ],
        3,
      ),
    );
    await pattern(120);
    const met = (name: string) => proxy.log.filter(({ done }) => done === name).length;
    expect(met('ok') + met('reset') + met('rpc-32005')).toBe(120);
    expect(met('ok')).toBeGreaterThan(40);
    expect(met('reset')).toBeGreaterThan(15);
    expect(met('rpc-32005')).toBeGreaterThan(15);
  });
});

describe('only', () => {
  it('leaves other methods alone; in a batch, a fault of calls spares them, one of answers does not', async () => {
    const batch = JSON.stringify([
      { jsonrpc: '2.0', id: 1, method: 'eth_chainId' },
      { jsonrpc: '2.0', id: 2, method: 'eth_gasPrice' },
    ]);
    const post = () => fetch(proxy.rpcUrl, { method: 'POST', body: batch });
    await proxy.setFault(faults.rpc32603, { only: ['eth_gasPrice'] });
    expect(await pattern(1)).toBe('.');
    expect(await (await post()).json()).toMatchObject([{ result: '0x7a69' }, { error: { code: -32603 } }]);
    await proxy.setFault(faults.http500, { only: ['eth_gasPrice'] });
    expect(await pattern(1)).toBe('.');
    expect((await post()).status).toBe(500);
    // The port stays open for the others.
    await proxy.setFault(faults.refuse, { only: ['eth_gasPrice'] });
    expect(await pattern(1)).toBe('.');
    await expect(post()).rejects.toThrow('fetch failed');
  });

  it('counts only its own methods', async () => {
    await proxy.setFault(faults.flappingByCount(1, 1, faults.http500), { only: ['eth_chainId'] });
    expect((await rawCall(proxy.rpcUrl, 'eth_gasPrice')).status).toBe(200);
    expect(await pattern(2)).toBe('.x');
    expect((await rawCall(proxy.rpcUrl, 'eth_gasPrice')).status).toBe(200);
    expect(await pattern(2)).toBe('.x');
  });
});
