import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  type Fault,
  faults,
  type RpcProxy,
  startAnvil,
  startProxy,
  until,
} from '@service-bots/devnet';
import type { Endpoint } from '../src/rpc/Endpoint.ts';
import { FailoverProvider, readHead } from '../src/rpc/index.ts';

let anvil: Anvil;
let proxies: RpcProxy[];
let provider: FailoverProvider | undefined;

beforeAll(async () => {
  anvil = await startAnvil();
  await anvil.time.mine(60);
  proxies = await Promise.all(Array.from({ length: 4 }, () => startProxy(anvil)));
});
afterEach(async () => {
  provider?.destroy();
  provider = undefined;
  await Promise.all(proxies.map(proxy => proxy.clearFault()));
  for (const proxy of proxies) proxy.resetCounts();
});
afterAll(async () => {
  await Promise.all(proxies.map(proxy => proxy.close()));
  await anvil.stop();
});

async function connect(count: number, options = {}): Promise<FailoverProvider> {
  const addresses = proxies
    .slice(0, count)
    .map(({ rpcUrl }, i) => ({ label: `node-${i}`, url: { reveal: () => rpcUrl } }));
  provider = await FailoverProvider.connect(addresses, anvil.chainId, {
    options: {
      callMs: 8_000,
      // The other endpoints are asked for their heads once a second.
      blockTimeMs: 1_000,
      ...options,
    },
  });
  return provider;
}
const states = () => provider?.health.overview().map(({ state }) => state);
/** Asks an endpoint for its head, as the provider does every second by itself. */
const look = (i: number) =>
  provider?.health.refreshHead(provider.endpoints[i] as Endpoint).catch(() => undefined);
const only = (count: number, liar: number) =>
  Array.from({ length: count }, (_, i) => (i === liar ? 'implausible' : 'ok'));

const lies: [name: string, fault: Fault][] = [
  ['30,000,000 blocks too high, by number alone', faults.lyingHead(30_000_000)],
  ['30,000,000 blocks too high, with its latest block', faults.lyingHead(30_000_000, 'latest')],
  ['30,000,000 blocks too high, with every block up to there', faults.lyingHead(30_000_000, 'blocks')],
  ['5 blocks too high, by number alone', faults.lyingHead(5)],
  ['5 blocks too high, with its latest block', faults.lyingHead(5, 'latest')],
  ['5 blocks too high, with every block up to there', faults.lyingHead(5, 'blocks')],
];
const crowds = [2, 3, 4].flatMap(count => [
  { count, liar: 0 },
  { count, liar: count - 1 },
]);

describe.each(lies)('an endpoint that reports a head %s', (_name, lie) => {
  it.each(crowds)(
    'is not believed among $count endpoints, as number $liar, from the start',
    async ({ count, liar }) => {
      await proxies[liar]?.setFault(lie);
      const here = await connect(count);
      const { number } = await anvil.time.latest();
      for (let i = 0; i < 3; i += 1) {
        expect(await here.getBlockNumber()).toBe(number);
        expect((await readHead(here)).number).toBe(number);
      }
      await until('it is told apart', () => states()?.[liar] === 'implausible');
      expect(states()).toEqual(only(count, liar));
      expect(here.health.bestHead).toBe(number);
    },
  );

  it.each(crowds)(
    'is not believed among $count endpoints, as number $liar, once it begins',
    async ({ count, liar }) => {
      const here = await connect(count);
      await here.getBlockNumber();
      await proxies[liar]?.setFault(lie);
      await here.health.refreshHead(here.endpoints[liar] as never).catch(() => undefined);
      const { number } = await anvil.time.mine();
      for (let i = 0; i < 3; i += 1) {
        expect(await here.getBlockNumber()).toBe(number);
        expect((await readHead(here)).number).toBe(number);
      }
      // An endpoint that lies about the number alone returns its true latest block on request.
      await look(liar);
      expect(states()).toEqual(only(count, liar));
      expect(here.endpoints[liar]?.lastFault).toMatch(
        /^reports block \d+ as its head while node-\d is at \d+/,
      );
      await proxies[liar]?.clearFault();
      await look(liar);
      expect(states()).toEqual(only(count, -1));
    },
  );
});

describe('a head of the right number whose header', () => {
  const tenYears = 315_360_000;
  /**
   * Returns a fault that changes blocks.
   * @param isLatest whether only the newest block is changed, and not the same block by its number
   */
  const changed = (change: (block: { timestamp: string }) => object, isLatest: boolean) =>
    faults.changedResult(
      'false-header',
      ['eth_getBlockByNumber', 'eth_getBlockByHash'],
      (block, { params }) =>
        block === null || (isLatest && (params as unknown[])[0] !== 'latest')
          ? block
          : { ...(block as object), ...change(block as { timestamp: string }) },
    );
  const later = (seconds: number) => (block: { timestamp: string }) => ({
    timestamp: `0x${(Number(block.timestamp) + seconds).toString(16)}`,
  });
  const headers: [what: string, fault: Fault][] = [
    ['has a time ten years ahead', changed(later(tenYears), true)],
    ['has a time ten years ahead, as all its blocks', changed(later(tenYears), false)],
    ['has a time two hours ahead', changed(later(7_200), true)],
    ['has a time of 1970', changed(() => ({ timestamp: '0x1' }), false)],
    ['has a false hash', changed(() => ({ hash: `0x${'ab'.repeat(32)}` }), true)],
    ['has a false hash, as all its blocks', changed(() => ({ hash: `0x${'ab'.repeat(32)}` }), false)],
    ['has a false parent', changed(() => ({ parentHash: `0x${'ab'.repeat(32)}` }), true)],
  ];
  const here = async (count: number) => connect(count, { maxHeadLag: 3 });
  const honest = async () => {
    const block = await anvil.provider.getBlock('latest');
    return {
      number: block?.number,
      hash: block?.hash,
      parentHash: block?.parentHash,
      timestamp: block?.timestamp,
    };
  };

  it.each(headers)('%s is not believed among two and three, from the start and later', async (_, lie) => {
    for (const [count, liar] of [
      [2, 0],
      [2, 1],
      [3, 0],
    ] as const) {
      await proxies[liar]?.setFault(lie);
      const anew = await here(count);
      expect(await readHead(anew)).toMatchObject(await honest());
      anew.destroy();
      await proxies[liar]?.clearFault();
      const later = await here(count);
      await readHead(later);
      await proxies[liar]?.setFault(lie);
      await anvil.time.mine();
      for (let i = 0; i < 2; i += 1) expect(await readHead(later)).toMatchObject(await honest());
      if (liar === 0) {
        expect(states()?.[0]).toBe('implausible');
        expect(later.endpoints[0]?.lastFault).toMatch(/^reports a head of block \d+ /);
      }
      later.destroy();
      await proxies[liar]?.clearFault();
    }
  });

  it('was false keeps its endpoint out of use only until it reports a true one', async () => {
    const provider = await here(2);
    await readHead(provider);
    await proxies[0]?.setFault(headers[4]?.[1] as Fault);
    await anvil.time.mine();
    await readHead(provider);
    await proxies[0]?.clearFault();
    await until('it is in use', () => states()?.[0] === 'ok', { timeoutMs: 6_000 });
  });

  it('jumps in time or replaces the one before is believed when the others report the same', async () => {
    const provider = await here(2);
    await readHead(provider);
    await anvil.time.increase(200_000);
    expect(await readHead(provider)).toMatchObject(await honest());
    expect(states()).toEqual(['ok', 'ok']);
  });

  it('follows from the one before costs no request beside its own', async () => {
    const provider = await connect(2, { blockTimeMs: 15_000, maxHeadLag: 5 });
    await readHead(provider);
    for (const proxy of proxies) proxy.resetCounts();
    for (let i = 0; i < 3; i += 1) {
      await anvil.time.mine();
      await readHead(provider);
    }
    expect(proxies.map(({ httpRequests }) => httpRequests).slice(0, 2)).toEqual([3, 0]);
  });
});

describe('an endpoint that reports a head far too low', () => {
  it.each([
    ['by number alone', faults.lyingHead(-55)],
    ['with its latest block', faults.lyingHead(-55, 'latest')],
  ])('is left out, %s', async (_name, lie) => {
    for (const liar of [0, 1]) {
      await proxies[liar]?.setFault(lie);
      const here = await connect(2);
      const { number } = await anvil.time.latest();
      for (let i = 0; i < 3; i += 1) {
        expect(await here.getBlockNumber()).toBe(number);
        expect((await readHead(here)).number).toBe(number);
      }
      await until('it is told apart', () => states()?.[liar] === 'lagging');
      expect(states()?.[1 - liar]).toBe('ok');
      here.destroy();
      await proxies[liar]?.clearFault();
    }
  });

  it('is not believed either where it is the only one', async () => {
    const here = await connect(1);
    const number = await here.getBlockNumber();
    await proxies[0]?.setFault(faults.flappingByCount(1, 1, faults.lyingHead(-55)), {
      only: ['eth_blockNumber'],
    });
    for (let i = 0; i < 4; i += 1) expect(await here.getBlockNumber()).toBe(number);
  });
});

describe('a head that is no block number', () => {
  it.each(['0x', '', 'text', '-0x5', -5, null, {}, '0xfffffffffffffffffff', 'latest', 17])(
    '%j reaches no caller, and the best head stays a number',
    async value => {
      const here = await connect(2);
      const { number } = await anvil.time.latest();
      await proxies[0]?.setFault(faults.tellsHead(value));
      await look(0);
      for (let i = 0; i < 3; i += 1) expect(await here.getBlockNumber()).toBe(number);
      expect(here.health.bestHead).toBe(number);
      here.destroy();
      await proxies[0]?.setFault(faults.tellsHead(value));
      const anew = await connect(2);
      expect(await anew.getBlockNumber()).toBe(number);
      expect(anew.health.bestHead).toBe(number);
    },
  );
});

describe('an only endpoint', () => {
  it('that reports a head of 30,000,000 more for a moment is asked again', async () => {
    const here = await connect(1);
    const number = await here.getBlockNumber();
    await proxies[0]?.setFault(faults.flappingByCount(1, 1, faults.lyingHead(30_000_000, 'latest')), {
      only: ['eth_blockNumber'],
    });
    for (let i = 0; i < 3; i += 1) expect(await here.getBlockNumber()).toBe(number);
    expect(here.health.bestHead).toBe(number);
  });

  it('that reports a head of 30,000,000 more at the start is asked again until it reports a true one', async () => {
    await proxies[0]?.setFault(faults.lyingHead(30_000_000, 'latest'), {
      only: ['eth_blockNumber', 'eth_getBlockByNumber'],
    });
    const here = await connect(1);
    const { number } = await anvil.time.latest();
    setTimeout(() => void proxies[0]?.clearFault(), 500);
    expect((await readHead(here)).number).toBe(number);
    expect(here.health.bestHead).toBe(number);
  });

  it('is believed when hundreds of blocks come at once, and when the chain is set back', async () => {
    const here = await connect(1);
    const before = await here.getBlockNumber();
    const snapshot = await anvil.send('evm_snapshot');
    await anvil.time.mine(500);
    expect(await here.getBlockNumber()).toBe(before + 500);
    await anvil.send('evm_revert', [snapshot]);
    expect(await here.getBlockNumber()).toBe(before);
    expect(here.health.bestHead).toBe(before);
  });
});

describe('an endpoint that reports a head of 30,000,000 more while the other is slow to start', () => {
  it('is not believed', async () => {
    await proxies[0]?.setFault(faults.lyingHead(30_000_000, 'latest'));
    proxies[1]?.delayBy(700);
    const here = await connect(2);
    const { number } = await anvil.time.latest();
    expect((await readHead(here)).number).toBe(number);
    expect(await here.getBlockNumber()).toBe(number);
    proxies[1]?.delayBy(0);
  });
});

describe('a head that is ahead of the others', () => {
  it('is believed when it is true: the others stand still', async () => {
    const here = await connect(3);
    await here.getBlockNumber();
    for (const proxy of proxies.slice(0, 2)) await proxy.setFault(faults.frozen);
    const { number } = await anvil.time.mine(50);
    await until('they are behind', () => states()?.[0] === 'lagging' && states()?.[1] === 'lagging');
    for (let i = 0; i < 3; i += 1) expect(await here.getBlockNumber()).toBe(number);
    expect(states()).toEqual(['lagging', 'lagging', 'ok']);
  });

  it('costs the others no request for one new block, and one request after a jump of 300 blocks', async () => {
    // No background request comes in between.
    const here = await connect(2, { blockTimeMs: 15_000, maxHeadLag: 1 });
    await here.getBlockNumber();
    for (const proxy of proxies) proxy.resetCounts();
    const { number } = await anvil.time.mine();
    expect(await here.getBlockNumber()).toBe(number);
    expect(proxies[0]?.httpRequests).toBe(1);
    expect(proxies[1]?.httpRequests).toBe(0);
    const later = await anvil.time.mine(300);
    expect(await here.getBlockNumber()).toBe(later.number);
    expect(proxies[1]?.httpRequests).toBe(1);
  });
});
