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
import { hexlify, type JsonRpcProvider, randomBytes, Wallet } from 'ethers';
import { BroadcastOutcomeUnknown, FailoverProvider } from '../src/rpc/index.ts';

let anvil: Anvil;
let primary: RpcProxy;
let backup: RpcProxy;
let provider: FailoverProvider | undefined;
let used = 0;

beforeAll(async () => {
  anvil = await startAnvil();
  await anvil.time.mine(60);
  [primary, backup] = await Promise.all([startProxy(anvil), startProxy(anvil)]);
});
afterEach(async () => {
  provider?.destroy();
  provider = undefined;
  await Promise.all([primary.clearFault(), backup.clearFault()]);
  await anvil.time.setAutomine(true);
});
afterAll(async () => {
  await Promise.all([primary.close(), backup.close()]);
  await anvil.stop();
});

const connect = async (options = {}) => {
  const addresses = [primary, backup].map(({ rpcUrl }, i) => ({
    label: `node-${i}`,
    url: { reveal: () => rpcUrl },
  }));
  provider = await FailoverProvider.connect(addresses, anvil.chainId, {
    options: {
      attemptMs: 1_000,
      callMs: 8_000,
      ...options,
    },
  });
  return provider;
};
const signed = async () => {
  const wallet = new Wallet(hexlify(randomBytes(32)));
  await anvil.send('anvil_setBalance', [wallet.address, '0xde0b6b3a7640000']);
  used += 1;
  const tx = {
    type: 2,
    chainId: anvil.chainId,
    to: wallet.address,
    nonce: 0,
    gasLimit: 21_000n,
    value: BigInt(used),
  };
  return wallet.signTransaction({ ...tx, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n });
};

/**
 * Polls for the receipt: ethers' waitForTransaction checks again at the next block, and on this chain there
 * may be none.
 */
const statusOf = (from: JsonRpcProvider, hash: string) =>
  until('it is mined', async () => (await from.getTransactionReceipt(hash))?.status);

/** Every way in which an endpoint can fail while another is in order. */
const bad: Fault[] = [
  faults.hang,
  faults.slow(5_000),
  faults.refuse,
  faults.reset,
  faults.http500,
  faults.rateLimit,
  faults.rateLimitRetryAfter(5),
  faults.rateLimitRetryAfter(new Date(Date.now() + 3_600_000)),
  faults.rpc32005,
  faults.rpc32007,
  faults.rpc32603,
  faults.garbage,
  faults.html,
  faults.empty,
  faults.truncated,
  faults.halfJson,
  faults.wrongChain(5),
  faults.stale(50),
  faults.flappingByCount(3, 3, faults.http500),
  faults.random(0.5, faults.reset, 7),
  faults.unknownTransaction(),
];
const named = bad.map(fault => [fault.name, fault] as const);

describe.each(named)('an endpoint with the fault "%s" beside a good one', (name, fault) => {
  const isStranger = name === faults.wrongChain(5).name;

  it.each(['at the start', 'while running'])('loses no read, %s', async when => {
    if (when === 'at the start') await primary.setFault(fault);
    const here = await connect();
    if (when === 'while running') {
      await here.getBlockNumber();
      await primary.setFault(fault);
      // The chain is checked in the background at intervals, which this test does not wait for.
      if (isStranger) await here.health.verify(here.endpoints[0] as never).catch(() => undefined);
    }
    const head = await anvil.provider.getBlockNumber();
    for (let i = 0; i < 20; i += 1) expect(await here.getBlockNumber()).toBe(head);
  });

  it.each(['at the start', 'while running'])('loses no transaction and sends none twice, %s', async when => {
    if (when === 'at the start') await primary.setFault(fault);
    const here = await connect();
    if (when === 'while running') await primary.setFault(fault);
    for (let i = 0; i < 3; i += 1) {
      const { hash } = await here.broadcastTransaction(await signed());
      expect(await statusOf(here, hash)).toBe(1);
    }
  });
});

describe('transactions', () => {
  it.each([
    ['hang', 'hang'],
    ['reset', 'reset'],
  ] as const)('are reported sent when every reply is lost (%s) though they arrived', async (_, how) => {
    const here = await connect();
    await Promise.all(
      [primary, backup].map(each => each.setFault(faults.lostReplies(['eth_sendRawTransaction'], how))),
    );
    const { hash } = await here.broadcastTransaction(await signed());
    expect(await statusOf(anvil.provider, hash)).toBe(1);
  });

  it.each(['geth', 'reth', 'nethermind', 'erigon', 'anvil'] as const)(
    'that %s knows already are sent',
    async node => {
      const here = await connect();
      await Promise.all(
        [primary, backup].map(each => each.setFault(faults.alreadyKnown(node, { carriedOut: true }))),
      );
      const { hash } = await here.broadcastTransaction(await signed());
      expect(await statusOf(here, hash)).toBe(1);
    },
  );

  it('that one endpoint refuses and another takes are sent', async () => {
    const here = await connect();
    await primary.setFault(faults.refusesTransactions('nonce-too-low', 'geth', { carriedOut: false }));
    const { hash } = await here.broadcastTransaction(await signed());
    expect(await statusOf(here, hash)).toBe(1);
  });

  it('that all refuse are refused, in the node’s own words', async () => {
    const here = await connect();
    const fault = faults.refusesTransactions('nonce-too-low', 'geth', { carriedOut: false });
    await Promise.all([primary, backup].map(each => each.setFault(fault)));
    await expect(here.broadcastTransaction(await signed())).rejects.toMatchObject({ code: 'NONCE_EXPIRED' });
  });

  it('do not wait behind reads that hang, nor does the look for them', async () => {
    const here = await connect({ attemptMs: 60_000, callMs: 60_000, concurrency: 2 });
    const lost = faults.lostReplies(['eth_sendRawTransaction'], 'reset');
    const only = ['eth_getBalance'];
    await Promise.all([primary, backup].map(each => each.setFault(faults.hang, { only })));
    const reads = Array.from({ length: 40 }, () =>
      here.getBalance(`0x${'ac'.repeat(20)}`).catch(() => 'ended'),
    );
    await until('the reads hang', () => primary.hanging >= 2 && backup.hanging >= 2);
    await Promise.all([primary, backup].map(each => each.setFault(lost)));
    const { hash } = await here.broadcastTransaction(await signed());
    expect([primary.hanging >= 2, backup.hanging >= 2]).toEqual([true, true]);
    expect(await statusOf(anvil.provider, hash)).toBe(1);
    here.destroy();
    await Promise.all(reads);
  });

  it('that nobody answers for are of unknown outcome, and the error has the hash', async () => {
    const here = await connect({ attemptMs: 200, callMs: 600 });
    await Promise.all([primary, backup].map(each => each.setFault(faults.hang)));
    const error = await here.broadcastTransaction(await signed()).catch(e => e);
    expect(error).toBeInstanceOf(BroadcastOutcomeUnknown);
    expect(error.hash).toMatch(/^0x[0-9a-f]{64}$/);
  });
});

it('a backup that is as slow as the primary, and therefore never the first, is not blamed', async () => {
  const here = await connect({ attemptMs: 4_000 });
  const only = ['eth_call'];
  await Promise.all([primary, backup].map(proxy => proxy.setFault(faults.slow(1_200), { only })));
  // The precompile that returns its input.
  const call = { to: '0x0000000000000000000000000000000000000004', data: '0x1234' };
  const before = backup.callCount('eth_call');
  for (let i = 0; i < 3; i += 1) expect(await here.call(call)).toBe('0x1234');
  expect(backup.callCount('eth_call') - before).toBe(3);
  expect(here.endpoints.map(({ counters }) => counters.faults)).toEqual([0, 0]);
  expect(here.endpoints.map(({ refusals }) => refusals.isEmpty)).toEqual([true, true]);
});
