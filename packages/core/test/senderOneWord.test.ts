import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Intercept, type RpcProxy, startProxy, until } from '@service-bots/devnet';
import { toQuantity } from 'ethers';
import { memoryStore } from '../src/store/index.ts';
import { type JournalStore, PriceSpike } from '../src/wallet/index.ts';
import { gwei, Harness, type SenderSetup } from './support/senderHarness.ts';

/**
 * Late decisions of the sender: the price, a refusal, a restart. The first of the two endpoints is wrong in
 * each.
 */
let h: Harness;
let proxies: [RpcProxy, RpcProxy];
beforeAll(async () => {
  h = await Harness.start();
  proxies = await Promise.all([startProxy(h.anvil), startProxy(h.anvil)]);
});
afterEach(async () => {
  await h.reset();
  for (const proxy of proxies) proxy.intercept(undefined);
});
afterAll(async () => {
  await Promise.all(proxies.map(proxy => proxy.close()));
  await h.stop();
});

const overBoth = (setup: SenderSetup = {}) =>
  h.sender({
    rpcUrls: proxies.map(({ rpcUrl }) => rpcUrl),
    failover: { attemptMs: 4_000, callMs: 10_000 },
    ...setup,
  });

/** Reports this as the newest base fee, in the head and in the fee history alike. */
const tellsBaseFee =
  (wei: bigint, isTold: () => boolean = () => true): Intercept =>
  async ({ method, params }) => {
    const isHead = method === 'eth_getBlockByNumber' && (params as unknown[])[0] === 'latest';
    if (!isTold() || !(isHead || method === 'eth_feeHistory')) return undefined;
    const real = (await h.anvil.send(method, params as unknown[])) as Record<string, unknown>;
    const told = toQuantity(wei);
    if (isHead) return { result: { ...real, baseFeePerGas: told } };
    const fees = real.baseFeePerGas as string[];
    return { result: { ...real, baseFeePerGas: [...fees.slice(0, -1), told] } };
  };

/** Sets the base fee of the next block, and of all later ones while none is full. */
async function charge(wei: bigint): Promise<void> {
  await h.anvil.time.setNextBaseFee(wei);
  await h.anvil.time.mine();
}

describe('a base fee that one endpoint tells too low, always', () => {
  it('leaves no transaction waiting that was sent at it', async () => {
    await h.anvil.time.setAutomine(false);
    await charge(gwei);
    proxies[0].intercept(tellsBaseFee(gwei));
    // The other endpoint is asked for its head once a second.
    const failover = { attemptMs: 4_000, callMs: 10_000, blockTimeMs: 1_000 };
    const { sender, wallet, provider } = await overBoth({ failover });
    const sending = sender.send(h.call(await h.contract()));
    await until('it waits', async () => (await h.pool(wallet.address)).length === 1);
    // From now on the chain's base fee is above the one that this endpoint reports.
    await until('it offers what the other endpoint tells', async () => {
      const newest = await h.anvil.provider.getBlockNumber();
      if (provider.endpoints[1]?.head?.number === newest) await charge(200n * gwei);
      return (await h.pool(wallet.address)).some(({ maxFee }) => maxFee >= 200n * gwei);
    });
    await h.anvil.time.mine();
    expect(await sending).toMatchObject({ status: 'mined', nonce: 0 });
  });

  it('gives up no transaction that is refused for it', async () => {
    await charge(200n * gwei);
    proxies[0].intercept(tellsBaseFee(gwei));
    const { sender } = await overBoth();
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined', nonce: 0 });
  });
});

describe('a price far above the usual one', () => {
  it('by one endpoint is not waited out when the other tells the usual one', async () => {
    await h.anvil.time.mine(60);
    proxies[0].intercept(tellsBaseFee(400n * gwei));
    const { sender } = await overBoth();
    const call = { ...h.call(await h.contract()), patienceMs: () => 60_000 };
    expect(await sender.send(call)).toMatchObject({ status: 'mined' });
  });

  it('by both is waited out', async () => {
    await h.anvil.time.mine(60);
    for (const proxy of proxies) proxy.intercept(tellsBaseFee(400n * gwei));
    const { sender } = await overBoth();
    const call = { ...h.call(await h.contract()), patienceMs: () => 60_000 };
    await expect(sender.send(call)).rejects.toBeInstanceOf(PriceSpike);
  });
});

it('a base fee above the cap, told after a refusal by one endpoint, does not end the call', async () => {
  let refused = 0;
  const lies = tellsBaseFee(100_000n * gwei, () => refused > 0);
  for (const proxy of proxies)
    proxy.intercept(request => {
      if (request.method !== 'eth_sendRawTransaction' || refused >= proxies.length)
        return proxy === proxies[0] ? lies(request) : undefined;
      refused += 1;
      return { error: { code: -32000, message: 'transaction underpriced' } };
    });
  const { sender } = await overBoth();
  expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined', nonce: 0 });
  expect(refused).toBe(2);
});

it('a revert that one endpoint tells after a restart drops no transaction that never left', async () => {
  const wallet = await h.wallet();
  const journal: JournalStore = memoryStore({ from: wallet.address, entries: [] });
  const contract = await h.contract();
  // The process is killed between the journal and the broadcast.
  for (const proxy of proxies)
    proxy.intercept(({ method }) =>
      method === 'eth_sendRawTransaction' ? new Promise(() => undefined) : undefined,
    );
  const first = await overBoth({ wallet, journal });
  const sending = first.sender.send(h.call(contract)).catch(error => error);
  await until('it is journaled', async () => (await journal.read()).entries.length === 1);
  await first.sender.stop(0);
  first.provider.destroy();
  await sending;
  proxies[0].intercept(({ method }) =>
    method === 'eth_call' ? { error: { code: 3, message: 'execution reverted' } } : undefined,
  );
  proxies[1].intercept(undefined);
  const second = await overBoth({ wallet, journal });
  await second.sender.start();
  await second.sender.ready;
  expect(await h.touches(contract)).toBe(1);
});
