import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  faults,
  installMulticall3,
  type RpcProxy,
  roles,
  startAnvil,
  startProxy,
  timed,
} from '@service-bots/devnet';
import { Interface, Wallet, ZeroHash } from 'ethers';
import { contractRead, createBatchReader, FailoverProvider, LogReader, readHead } from '../src/rpc/index.ts';

let anvil: Anvil;
let proxies: RpcProxy[];
let provider: FailoverProvider;
/** A contract that emits a log without topics at every call: PUSH0 PUSH0 LOG0. */
const emitter = '0x00000000000000000000000000000000000E3177';
const counting = `0x${'55'.repeat(20)}`;
const read = contractRead<bigint>(new Interface(['function number() view returns (uint256)']), {
  target: counting,
  method: 'number',
});
let wallet: Wallet;

beforeAll(async () => {
  anvil = await startAnvil();
  await installMulticall3(anvil);
  await anvil.send('anvil_setCode', [emitter, '0x5f5fa0']);
  await anvil.send('anvil_setCode', [counting, '0x4360005260206000f3']);
  proxies = await Promise.all([startProxy(anvil), startProxy(anvil)]);
  wallet = new Wallet(roles.trader.privateKey, anvil.provider);
  await anvil.time.mine(20);
});
beforeEach(async () => {
  const addresses = proxies.map(({ rpcUrl }, i) => ({ label: `node-${i}`, url: { reveal: () => rpcUrl } }));
  provider = await FailoverProvider.connect(addresses, anvil.chainId, { options: { callMs: 6_000 } });
});
afterEach(async () => {
  provider.destroy();
  for (const proxy of proxies) {
    await proxy.clearFault();
    proxy.intercept(undefined);
    proxy.resetCounts();
  }
});
afterAll(async () => {
  await Promise.all(proxies.map(proxy => proxy.close()));
  await anvil.stop();
});
const setFaults = (fault: Parameters<RpcProxy['setFault']>[0]) =>
  Promise.all(proxies.map(proxy => proxy.setFault(fault)));
const trade = async () => (await wallet.sendTransaction({ to: emitter })).wait();

describe('a block that no endpoint has the state of yet', () => {
  it.each(['header not found', 'block 0x15 not found', 'unknown block', 'header for hash not found'])(
    'is waited for: %s',
    async words => {
      const reader = await createBatchReader(provider);
      const { number } = await anvil.time.mine();
      const head = await readHead(provider);
      await setFaults(faults.lateState(700, words));
      expect(await reader.read(head, [read])).toEqual([{ ok: true, value: BigInt(number) }]);
      await anvil.time.mine();
      const next = await readHead(provider);
      const call = { to: counting, data: '0x8381f58a' };
      expect(await provider.send('eth_call', [call, { blockHash: next.hash }])).toBe(
        `0x${(number + 1).toString(16).padStart(64, '0')}`,
      );
    },
  );

  it('and never comes is an error within the time of a call', async () => {
    const { ms } = await timed(() =>
      expect(provider.send('eth_call', [{ to: counting }, { blockHash: ZeroHash }])).rejects.toThrow(),
    );
    // Half of a call's limit: no endpoint has reported the block.
    expect(ms).toBeLessThan(4_500);
  });
});

describe('a block whose logs come later than its header', () => {
  it.each([
    ['two seconds later', 2_000],
    ['at the next look', 200],
  ])('is asked again until they are there: %s', async (_name, ms) => {
    const receipt = await trade();
    await setFaults(faults.lateLogs(ms));
    const head = await readHead(provider);
    const found = await new LogReader(provider).ofBlock({ address: emitter }, head);
    expect(found).toMatchObject([{ transactionHash: receipt?.hash, blockHash: head.hash }]);
  });

  it('is told apart by its header alone, also where the caller has but its hash', async () => {
    const receipt = await trade();
    await setFaults(faults.lateLogs(400));
    const { number, hash } = await readHead(provider);
    const found = await new LogReader(provider).ofBlock({ address: emitter }, { number, hash });
    expect(found).toMatchObject([{ transactionHash: receipt?.hash }]);
  });

  describe('and whose bloom is too full to decide', () => {
    const full = faults.oddBlocks({ logsBloom: `0x${'ff'.repeat(256)}` });

    it('is asked of the other endpoint', async () => {
      const receipt = await trade();
      await proxies[0]?.setFault(faults.allOf(full, faults.lateLogs(60_000)));
      await proxies[1]?.setFault(full);
      const head = await readHead(provider);
      const found = await new LogReader(provider).ofBlock({ address: emitter }, head);
      expect(found).toMatchObject([{ transactionHash: receipt?.hash }]);
      const range = await new LogReader(provider).read({ address: emitter }, head.number - 2, head.number);
      expect(range.at(-1)).toMatchObject({ transactionHash: receipt?.hash });
    });

    it('has none when the other endpoint has none either, at once', async () => {
      await trade();
      await setFaults(full);
      const head = await readHead(provider);
      for (const proxy of proxies) proxy.resetCounts();
      const other = { address: `0x${'77'.repeat(20)}` };
      expect(await new LogReader(provider).ofBlock(other, head)).toEqual([]);
      expect(proxies.map(proxy => proxy.callCount('eth_getLogs'))).toEqual([1, 1]);
    });

    it('is asked again of an only endpoint until it has the receipts', async () => {
      const receipt = await trade();
      const [proxy] = proxies as [RpcProxy];
      const startedAt = performance.now();
      await proxy.setFault(faults.allOf(full, faults.lateLogs(500)));
      proxy.intercept(({ method }) =>
        method === 'eth_getTransactionReceipt' && performance.now() - startedAt < 500
          ? { result: null }
          : undefined,
      );
      provider.destroy();
      provider = await FailoverProvider.connect([{ label: 'only', url: { reveal: () => proxy.rpcUrl } }]);
      const found = await new LogReader(provider).ofBlock({ address: emitter }, await readHead(provider));
      expect(found).toMatchObject([{ transactionHash: receipt?.hash }]);
    });
  });

  it('is read as whole when it is the end of a range', async () => {
    const receipt = await trade();
    await setFaults(faults.lateLogs(1_000));
    const { number } = await readHead(provider);
    const found = await new LogReader(provider).read({ address: emitter }, number - 5, number);
    expect(found.at(-1)).toMatchObject({ transactionHash: receipt?.hash });
  });

  it('is an error, and not silence, while neither logs nor receipts come', async () => {
    await trade();
    await setFaults(faults.lateLogs(60_000));
    for (const proxy of proxies)
      proxy.intercept(({ method }) =>
        method === 'eth_getTransactionReceipt' ? { result: null } : undefined,
      );
    const head = await readHead(provider);
    await expect(new LogReader(provider).ofBlock({ address: emitter }, head)).rejects.toThrow(
      `logs of block ${head.number} could not be read: its header shows some, and no node has them yet`,
    );
  });
});

describe('a block without logs', () => {
  it('costs one request', async () => {
    await anvil.time.mine();
    const head = await readHead(provider);
    for (const proxy of proxies) proxy.resetCounts();
    expect(await new LogReader(provider).ofBlock({ address: emitter }, head)).toEqual([]);
    expect(proxies[0]?.callCount()).toBe(1);
  });

  it('costs one request where others have logs in it', async () => {
    await trade();
    const head = await readHead(provider);
    for (const proxy of proxies) proxy.resetCounts();
    const filter = { address: counting, topics: [[ZeroHash]] };
    expect(await new LogReader(provider).ofBlock(filter, head)).toEqual([]);
    expect(proxies[0]?.callCount()).toBe(1);
  });
});
