import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Anvil, type RpcProxy, startAnvil, startProxy } from '@service-bots/devnet';
import { systemClock } from '../src/clock/index.ts';
import { BlockSource, FailoverProvider, type NewBlocks } from '../src/rpc/index.ts';

let anvil: Anvil;
let proxy: RpcProxy;
let provider: FailoverProvider;
let source: BlockSource;

beforeAll(async () => {
  anvil = await startAnvil();
  proxy = await startProxy(anvil);
  provider = new FailoverProvider([{ label: 'anvil', url: { reveal: () => proxy.rpcUrl } }], anvil.chainId);
});
beforeEach(() => {
  source = new BlockSource(provider, { pollMs: 20, mostBlocks: 50, clock: systemClock });
});
afterAll(async () => {
  provider.destroy();
  await proxy.close();
  await anvil.stop();
});

const numbers = (news: NewBlocks | undefined) => news?.blocks.map(({ number }) => number);
const head = async () => (await anvil.time.latest()).number;

describe('new blocks', () => {
  it('begin with the present head alone', async () => {
    await anvil.time.mine(3);
    expect(await source.look()).toMatchObject({
      blocks: [{ number: await head() }],
      skipped: 0,
      replaced: [],
    });
  });

  it('are none while there is no new head', async () => {
    await source.look();
    expect(await source.look()).toBeUndefined();
  });

  it('come without gaps, the oldest first', async () => {
    await source.look();
    const from = await head();
    await anvil.time.mine(5);
    expect(numbers(await source.look())).toEqual([1, 2, 3, 4, 5].map(n => from + n));
  });

  it('are skipped beyond the limit, and counted', async () => {
    await source.look();
    const from = await head();
    await anvil.time.mine(60);
    const news = await source.look();
    expect(news?.skipped).toBe(10);
    expect(numbers(news)?.[0]).toBe(from + 11);
    expect(news?.blocks).toHaveLength(50);
  });

  it('lose no block when a poll fails', async () => {
    await source.look();
    const from = await head();
    await anvil.time.mine(2);
    proxy.intercept(() => ({ error: { code: -32000, message: 'nope' } }));
    await expect(source.look()).rejects.toThrow();
    proxy.intercept(undefined);
    expect(numbers(await source.look())).toEqual([from + 1, from + 2]);
  });

  it('do not go back when a node lags', async () => {
    await source.look();
    const block = await anvil.send('eth_getBlockByNumber', ['latest', false]);
    await anvil.time.mine(3);
    await source.look();
    proxy.intercept(({ method, params }) =>
      method === 'eth_getBlockByNumber' && Array.isArray(params) && params[0] === 'latest'
        ? { result: block }
        : undefined,
    );
    expect(await source.look()).toBeUndefined();
    proxy.intercept(undefined);
  });
});

describe('a reorg', () => {
  it('reports what was replaced, and the blocks in its place', async () => {
    await source.look();
    await anvil.time.mine(4);
    const before = await source.look();
    await anvil.send('anvil_reorg', [2, []]);
    const news = await source.look();
    expect(news?.replaced.map(({ hash }) => hash)).toEqual(before?.blocks.slice(-2).map(({ hash }) => hash));
    expect(numbers(news)).toEqual(before?.blocks.slice(-2).map(({ number }) => number));
    expect(news?.blocks.at(-1)?.hash).not.toBe(before?.blocks.at(-1)?.hash);
  });

  it('that leaves the chain shorter is a reorg too, not a node that lags', async () => {
    await source.look();
    await anvil.time.mine(4);
    const before = await source.look();
    await anvil.send('anvil_rollback', [2]);
    await anvil.time.mine(1, 7);
    const news = await source.look();
    expect(news?.replaced).toHaveLength(2);
    expect(numbers(news)).toEqual([before?.blocks.at(-2)?.number]);
  });
});

describe('a chain that begins anew far below the head', () => {
  it('is followed from there once several polls have found it', async () => {
    const snapshot = await anvil.send('evm_snapshot');
    await anvil.time.mine(200);
    await source.look();
    await anvil.send('evm_revert', [snapshot]);
    expect([await source.look(), await source.look()]).toEqual([undefined, undefined]);
    expect(await source.look()).toMatchObject({
      blocks: [{ number: await head() }],
      skipped: 0,
      replaced: [],
    });
    const { number } = await anvil.time.mine();
    expect(numbers(await source.look())).toEqual([number]);
  });
});

describe('waiting', () => {
  it('ends with the next head, and at once with a hint', async () => {
    const slow = new BlockSource(provider, { pollMs: 60_000, mostBlocks: 50, clock: systemClock });
    await slow.look();
    const waiting = slow.next(new AbortController().signal);
    await anvil.time.mine();
    const hints = setInterval(() => slow.hint(), 20);
    expect(numbers(await waiting)).toEqual([await head()]);
    clearInterval(hints);
  });

  it('returns undefined when it is stopped', async () => {
    await source.look();
    const stop = new AbortController();
    const waiting = source.next(stop.signal);
    stop.abort();
    expect(await waiting).toBeUndefined();
  });
});
