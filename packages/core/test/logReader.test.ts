import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Anvil, type RpcProxy, roles, startAnvil, startProxy } from '@service-bots/devnet';
import { Wallet } from 'ethers';
import { FailoverProvider, LogReader } from '../src/rpc/index.ts';

let anvil: Anvil;
let proxies: RpcProxy[];
let provider: FailoverProvider;
/** A contract that emits an empty log at every call: PUSH0 PUSH0 LOG0. */
const emitter = '0x00000000000000000000000000000000000E3177';
let blocks: number[];

beforeAll(async () => {
  anvil = await startAnvil();
  proxies = await Promise.all([startProxy(anvil), startProxy(anvil), startProxy(anvil)]);
  const addresses = proxies.map(({ rpcUrl }, i) => ({ label: `node-${i}`, url: { reveal: () => rpcUrl } }));
  provider = await FailoverProvider.connect(addresses);
  await anvil.send('anvil_setCode', [emitter, '0x5f5fa0']);
  const wallet = new Wallet(roles.trader.privateKey, anvil.provider);
  blocks = [];
  for (let i = 0; i < 6; i += 1) {
    const receipt = await (await wallet.sendTransaction({ to: emitter })).wait();
    blocks.push(receipt?.blockNumber ?? 0);
    await anvil.time.mine(7);
  }
});
afterEach(() => {
  for (const proxy of proxies) proxy.intercept(undefined);
});
afterAll(async () => {
  provider.destroy();
  await Promise.all(proxies.map(proxy => proxy.close()));
  await anvil.stop();
});

/** Refuses log ranges above `most` blocks, in these words. */
const limit = (most: number, message: string) => {
  for (const proxy of proxies) {
    proxy.intercept(({ method, params }) => {
      if (method !== 'eth_getLogs') return undefined;
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
      return Number(toBlock) - Number(fromBlock) + 1 > most
        ? { error: { code: -32602, message } }
        : undefined;
    });
  }
};

describe('logs', () => {
  it('over a range that is allowed take one request', async () => {
    const logs = await new LogReader(provider).read({ address: emitter }, 0, (blocks.at(-1) as number) + 7);
    expect(logs.map(({ blockNumber }) => Number(blockNumber))).toEqual(blocks);
  });

  it.each([
    ['exceed maximum block range: 10', 10],
    ['block range too large', 12],
  ])('are all found where endpoints say "%s", and the range is remembered', async (message, range) => {
    limit(10, message);
    const reader = new LogReader(provider);
    const to = (blocks.at(-1) as number) + 7;
    expect(
      (await reader.read({ address: emitter }, 0, to)).map(({ blockNumber }) => Number(blockNumber)),
    ).toEqual(blocks);
    expect(provider.endpoints[0]?.requestLimits.logRange.size).toBeLessThanOrEqual(range);
  });

  it('that one endpoint no longer has, and leaves out without an error, come from another one', async () => {
    const [pruned] = proxies;
    pruned?.intercept(({ method, params }) => {
      if (method !== 'eth_getLogs') return undefined;
      const [{ fromBlock }] = params as [{ fromBlock?: string }];
      return fromBlock === undefined ? undefined : { result: [] };
    });
    const to = (blocks.at(-1) as number) + 7;
    const logs = await new LogReader(provider).read({ address: emitter }, 0, to);
    expect(logs.map(({ blockNumber }) => Number(blockNumber))).toEqual(blocks);
  });

  it('of one block are pinned to its hash', async () => {
    const number = blocks[2] as number;
    const { hash } = (await anvil.provider.getBlock(number)) as { hash: string };
    const reader = new LogReader(provider);
    const logs = await reader.ofBlock({ address: emitter }, { number, hash });
    expect(logs.map(({ blockHash }) => blockHash)).toEqual([hash]);
    const replaced = { number, hash: `0x${'12'.repeat(32)}` };
    await expect(reader.ofBlock({ address: emitter }, replaced)).rejects.toThrow(
      `logs of block ${number} could not be read`,
    );
  });

  it('that are refused for another reason throw an error with that reason', async () => {
    for (const proxy of proxies)
      proxy.intercept(() => ({ error: { code: -32602, message: 'invalid topic' } }));
    await expect(new LogReader(provider).read({ address: emitter }, 0, 5)).rejects.toThrow(
      'logs of blocks 0 to 5 could not be read: invalid topic',
    );
  });
});
