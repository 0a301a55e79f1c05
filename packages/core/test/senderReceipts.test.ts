import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { faults, type RpcProxy, startProxy, until } from '@service-bots/devnet';
import type { Wallet } from 'ethers';
import { type Clock, systemClock } from '../src/clock/index.ts';
import { NonceTaken } from '../src/wallet/index.ts';
import { gwei, Harness, type SenderSetup } from './support/senderHarness.ts';

let h: Harness;
let proxy: RpcProxy;
beforeAll(async () => {
  h = await Harness.start();
  proxy = await startProxy(h.anvil);
});
afterEach(async () => {
  await proxy.clearFault();
  await h.reset();
});
afterAll(async () => {
  await proxy.close();
  await h.stop();
});

const throughProxy = (setup: SenderSetup = {}) => h.sender({ rpcUrls: [proxy.rpcUrl], ...setup });
const noMethod = { code: -32601, message: 'the method does not exist' };

/** A clock of real time, plus the time that a test skips. */
function skippingClock(): Clock & { skip(ms: number): void } {
  let skippedMs = 0;
  return {
    ...systemClock,
    monotonicMs: () => performance.now() + skippedMs,
    skip(ms) {
      skippedMs += ms;
    },
  };
}

/** Sends a call that is mined while receipts are subject to the fault. */
async function minedUnseen(setup: SenderSetup = {}) {
  await h.anvil.time.setAutomine(false);
  const made = await throughProxy(setup);
  const contract = await h.contract();
  const sending = made.sender.send(h.call(contract)).catch(e => e);
  let ended: unknown;
  void sending.then(result => {
    ended = result;
  });
  await until('it waits', async () => {
    if (ended !== undefined) throw new Error(`it ended: ${JSON.stringify(ended)} ${String(ended)}`);
    return (await h.pool(made.wallet.address)).length === 1;
  });
  await h.anvil.time.mine();
  return { ...made, contract, sending };
}

/** Mines blocks one by one, each of which the watch reads, until the send has ended. */
async function mineSlowly(blocks: number, sending?: Promise<unknown>) {
  let ended = false;
  void sending?.then(() => {
    ended = true;
  });
  for (let block = 0; block < blocks && !ended; block += 1) {
    const count = proxy.callCount('eth_getTransactionCount');
    await h.anvil.time.mine();
    await until('it looked', () => ended || proxy.callCount('eth_getTransactionCount') > count);
  }
}

/** Broadcasts another transaction of the wallet, at the same nonce, that pays more. */
async function overtake(wallet: Wallet, nonce: number): Promise<string> {
  const contract = await h.contract();
  const raw = await wallet.signTransaction({
    type: 2,
    chainId: h.anvil.chainId,
    nonce,
    to: contract,
    data: h.call(contract).data,
    gasLimit: 100_000n,
    maxFeePerGas: 50n * gwei,
    maxPriorityFeePerGas: 10n * gwei,
  });
  return (await h.anvil.send('eth_sendRawTransaction', [raw])) as string;
}

describe('a receipt that no endpoint has by its hash', () => {
  it('for 20 blocks: mined, with its cost, and never another transaction’s nonce', async () => {
    await proxy.setFault(faults.lateReceipts(20));
    const { sending, wallet } = await minedUnseen();
    await mineSlowly(21, sending);
    const sent = await sending;
    expect(sent).toMatchObject({ status: 'mined', nonce: 0, replacements: 0 });
    expect(sent.costWei).toBeGreaterThan(0n);
    expect(await h.nonce(wallet.address)).toBe(1);
    expect(h.lines.some(({ message }) => /is in a block/.test(message))).toBe(true);
  });

  it('is found among those of its block, where the node gives these', async () => {
    await proxy.setFault(faults.lateReceipts(1_000, { inBlocks: true }));
    const { sending } = await minedUnseen();
    await mineSlowly(3, sending);
    expect(await sending).toMatchObject({ status: 'mined', nonce: 0 });
  });

  it('never comes, with its transaction in a block: it is never another’s nonce', async () => {
    const clock = skippingClock();
    await proxy.setFault(faults.lateReceipts(1_000));
    const { sender } = await minedUnseen({ clock });
    clock.skip(600_000);
    await h.anvil.time.mine(60);
    await mineSlowly(4);
    expect(sender.inFlight).toHaveLength(1);
    await proxy.clearFault();
    await until('it is found', () => sender.inFlight.length === 0);
  });

  it('keeps no place in the mempool: the next call of a wallet with one place goes out', async () => {
    await proxy.setFault(faults.lateReceipts(1_000));
    const { sender, sending } = await minedUnseen({ chain: { maxInFlight: 1 } });
    await until('the nonce is seen used', async () => {
      await h.anvil.time.mine();
      return h.lines.some(({ message }) => /is in a block/.test(message));
    });
    const second = sender.send(h.call(await h.contract()));
    await until('it waits', async () => (await h.pool(sender.address)).length === 1);
    await proxy.clearFault();
    await h.anvil.time.mine();
    expect([await sending, await second]).toMatchObject([{ nonce: 0 }, { nonce: 1 }]);
  });

  it('while receipts are refused with an error: the place is free all the same', async () => {
    await proxy.setFault(faults.rpcError({ code: -32000, message: 'transaction indexing is in progress' }), {
      only: ['eth_getTransactionReceipt', 'eth_getTransactionByHash', 'eth_getBlockReceipts'],
    });
    const { sender, sending } = await minedUnseen({ chain: { maxInFlight: 1 } });
    const second = sender.send(h.call(await h.contract()));
    await until('it waits', async () => {
      await h.anvil.time.mine();
      return (await h.nonce(sender.address)) === 2;
    });
    await proxy.clearFault();
    expect([await sending, await second]).toMatchObject([{ nonce: 0 }, { nonce: 1 }]);
  });
});

describe('a nonce that another transaction used', () => {
  it('is told at once when a block shows the other transaction, with its hash', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await throughProxy();
    const sending = sender.send(h.call(await h.contract())).catch(e => e);
    await until('it waits', async () => (await h.pool(wallet.address)).length === 1);
    const other = await overtake(wallet, 0);
    await h.anvil.time.mine();
    await mineSlowly(5);
    const error = await sending;
    expect(error).toBeInstanceOf(NonceTaken);
    expect(error).toMatchObject({ usedBy: other, message: expect.stringContaining(other) });
    expect(h.foreign).toEqual([{ address: wallet.address, nonces: [0], usedBy: other }]);
  });

  it('is told without a proof only after 30 blocks and 60 s', async () => {
    const clock = skippingClock();
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await throughProxy({ clock });
    const sending = sender.send(h.call(await h.contract())).catch(e => e);
    await until('it waits', async () => (await h.pool(wallet.address)).length === 1);
    // Neither a block's transactions nor its receipts can be read.
    await proxy.setFault(
      faults.allOf(faults.lateReceipts(1_000), { ...faults.rpcError(noMethod), name: 'no blocks' }),
      { only: ['eth_getTransactionReceipt', 'eth_getBlockReceipts', 'eth_getBlockByNumber'] },
    );
    await overtake(wallet, 0);
    await h.anvil.time.mine();
    await mineSlowly(3);
    await h.anvil.time.mine(30);
    await mineSlowly(2);
    expect(sender.inFlight).toHaveLength(1);
    clock.skip(60_000);
    await mineSlowly(1, sending);
    expect(await sending).toBeInstanceOf(NonceTaken);
  });
});

describe('a receipt of a block that is not the canonical one', () => {
  it('does not count; the canonical one does', async () => {
    await proxy.setFault(faults.misplacedReceipts);
    const { sending, sender } = await minedUnseen({ chain: { maxInFlight: 1 } });
    // Its block's own receipts are right, and are found: only the receipt by hash is wrong.
    await mineSlowly(4, sending);
    const sent = await sending;
    const { blockHash } = (await h.anvil.provider.getTransactionReceipt(sent.hash)) ?? {};
    expect(sent.receipt.blockHash).toBe(blockHash);
    expect(sender.inFlight).toEqual([]);
  });
});

describe('a receipt of one endpoint that the other endpoint contradicts', () => {
  const odd: Record<string, (receipt: Record<string, unknown>) => object> = {
    'of a block that is not canonical': receipt => ({
      ...receipt,
      blockHash: `0x${'12'.repeat(32)}`,
      logs: [],
    }),
    'of a failure': receipt => ({ ...receipt, status: '0x0' }),
  };

  it.each(Object.keys(odd))('%s: the other endpoint’s counts', async name => {
    proxy.intercept(async ({ method, params }) => {
      if (method === 'eth_getBlockReceipts') return { error: noMethod };
      if (method !== 'eth_getTransactionReceipt') return undefined;
      const receipt = (await h.anvil.send(method, params as unknown[])) as Record<string, unknown> | null;
      return { result: receipt && odd[name]?.(receipt) };
    });
    const { sender } = await h.sender({ rpcUrls: [proxy.rpcUrl, h.anvil.rpcUrl] });
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined' });
    proxy.intercept(undefined);
  });
});

describe('a receipt that tells more gas than the transaction may use', () => {
  it('does not use up the gas budget', async () => {
    proxy.intercept(async ({ method, params }) => {
      if (method !== 'eth_getTransactionReceipt') return undefined;
      const receipt = (await h.anvil.send(method, params as unknown[])) as object | null;
      return { result: receipt && { ...receipt, gasUsed: '0xffffffffff' } };
    });
    const { sender } = await throughProxy({ gasLimits: { perHour: 2_000_000n } });
    for (const id of [1, 2])
      expect(await sender.send(h.call(await h.contract(), id))).toMatchObject({ status: 'mined' });
    proxy.intercept(undefined);
  });
});
