import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RpcProxy, startProxy, until } from '@service-bots/devnet';
import { BroadcastRefused, NonceTaken } from '../src/wallet/index.ts';
import { gwei, Harness } from './support/senderHarness.ts';

let h: Harness;
let proxy: RpcProxy;
beforeAll(async () => {
  h = await Harness.start();
  proxy = await startProxy(h.anvil);
});
afterEach(async () => {
  proxy.intercept(undefined);
  proxy.dropReplies([]);
  proxy.behave('pass');
  await h.reset();
});
afterAll(async () => {
  await proxy.close();
  await h.stop();
});

const throughProxy = () => h.sender({ rpcUrls: [proxy.rpcUrl] });
const error = (message: string, code = -32000) => ({ error: { code, message } });

describe('the reply to a broadcast is lost', () => {
  it.each(['refuse', 'hang'] as const)('default: %s: mined once, and reported as mined', async how => {
    proxy.dropReplies(['eth_sendRawTransaction'], how);
    const { sender, wallet } = await throughProxy();
    const contract = await h.contract();
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
    expect([await h.touches(contract), await h.nonce(wallet.address)]).toEqual([1, 1]);
  });

  it('behavior: the second endpoint, which sees it mined by then, refuses the nonce: still once', async () => {
    proxy.dropReplies(['eth_sendRawTransaction'], 'refuse');
    const { sender, wallet } = await h.sender({ rpcUrls: [proxy.rpcUrl, h.anvil.rpcUrl] });
    const contract = await h.contract();
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
    expect([await h.touches(contract), await h.nonce(wallet.address)]).toEqual([1, 1]);
  });

  it('behavior: nor does it go out twice when nobody can tell whether it is there', async () => {
    proxy.dropReplies(['eth_sendRawTransaction', 'eth_getTransactionByHash'], 'refuse');
    const { sender, wallet } = await throughProxy();
    const contract = await h.contract();
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
    expect([await h.touches(contract), await h.nonce(wallet.address)]).toEqual([1, 1]);
  });

  it('behavior: a transaction that never arrived keeps its nonce and goes out again', async () => {
    let isLost = true;
    proxy.intercept(({ method }) =>
      method === 'eth_sendRawTransaction' && isLost ? error('upstream timed out', -32603) : undefined,
    );
    const { sender, wallet } = await throughProxy();
    const contract = await h.contract();
    const sending = sender.send(h.call(contract));
    await until('handed over', () => sender.inFlight.length === 1 && h.lines.some(isHandedOver));
    isLost = false;
    await until('mined', async () => {
      await h.anvil.time.mine();
      return (await h.nonce(wallet.address)) === 1;
    });
    expect(await sending).toMatchObject({ status: 'mined', nonce: 0 });
    expect(await h.touches(contract)).toBe(1);
  });
});

const isHandedOver = ({ message }: { message: string }) => message === 'transaction handed to the node';

describe('the node’s answers to a broadcast', () => {
  /** Answers the next broadcast with these words, after `first`. */
  const refuseOnce = (words: string, first: (params: unknown[]) => unknown = () => undefined) => {
    let isFirst = true;
    proxy.intercept(async ({ method, params }) => {
      if (method !== 'eth_sendRawTransaction' || !isFirst) return undefined;
      isFirst = false;
      await first(params as unknown[]);
      return error(words);
    });
  };

  it('default: "already known" is as good as taken', async () => {
    refuseOnce('already known', params => h.anvil.send('eth_sendRawTransaction', params));
    const { sender, wallet } = await throughProxy();
    const contract = await h.contract();
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined' });
    expect(await h.nonce(wallet.address)).toBe(1);
  });

  it('behavior: "nonce too low" once is tried again with a fresh nonce', async () => {
    refuseOnce('nonce too low');
    const { sender } = await throughProxy();
    const contract = await h.contract();
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
    expect(await h.touches(contract)).toBe(1);
  });

  it('behavior: "fee too low" once is tried again at the price of the moment', async () => {
    refuseOnce('max fee per gas less than block base fee');
    const { sender } = await throughProxy();
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined' });
  });

  it('behavior: a refusal for good is an error with the node’s words, and its nonce is free again', async () => {
    const words = 'tx fee (1.20 ether) exceeds the configured cap (1.00 ether)';
    refuseOnce(words);
    const { sender, journal } = await throughProxy();
    const contract = await h.contract();
    const refused = await sender.send(h.call(contract)).catch(e => e);
    expect(refused).toBeInstanceOf(BroadcastRefused);
    expect(refused.message).toBe(`the node refused touch 0: ${words}`);
    expect((await journal.read()).entries).toEqual([]);
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
  });
});

describe('another process with the same key', () => {
  it('default: a nonce it used before the broadcast is not used again', async () => {
    const { sender, wallet } = await throughProxy();
    const [ours, theirs] = [await h.contract(), await h.contract()];
    const other = await h.sender({ wallet });
    // The other sender sends between our read of the nonce and our broadcast.
    let isFirst = true;
    proxy.intercept(async ({ method }) => {
      if (method === 'eth_sendRawTransaction' && isFirst) {
        isFirst = false;
        await other.sender.send(h.call(theirs));
      }
      return undefined;
    });
    expect(await sender.send(h.call(ours))).toMatchObject({ status: 'mined', nonce: 1 });
    expect([await h.touches(ours), await h.touches(theirs)]).toEqual([1, 1]);
  });

  it('behavior: a nonce it takes while ours waits is NonceTaken, never a success', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet, journal } = await h.sender();
    const [ours, theirs] = [await h.contract(), await h.contract()];
    const sending = sender.send(h.call(ours)).catch(e => e);
    const [first] = await until('ours waits', async () => {
      const pool = await h.pool(wallet.address);
      return pool.length > 0 && pool;
    });
    const raw = await wallet.signTransaction({
      type: 2,
      chainId: h.anvil.chainId,
      nonce: 0,
      to: theirs,
      data: h.call(theirs).data,
      gasLimit: 100_000n,
      maxFeePerGas: 2n * (first?.maxFee ?? 0n),
      maxPriorityFeePerGas: 2n * (first?.tip ?? 0n),
    });
    await h.anvil.send('eth_sendRawTransaction', [raw]);
    await until('resolved', async () => {
      await h.anvil.time.mine();
      return sender.inFlight.length === 0;
    });
    expect(await sending).toBeInstanceOf(NonceTaken);
    expect([await h.touches(ours), await h.touches(theirs)]).toEqual([0, 1]);
    await until('journal empty', async () => (await journal.read()).entries.length === 0);
  });
});

describe('while watching', () => {
  it('default: an endpoint that fails for a while does not stop it', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await throughProxy();
    const contract = await h.contract();
    const sending = sender.send(h.call(contract));
    await until('broadcast', async () => (await h.pool(wallet.address)).length === 1);
    proxy.behave('fail');
    await h.anvil.time.mine();
    await until('noticed', () =>
      h.lines.some(({ message }) => message === 'receipts could not be read; trying again'),
    );
    proxy.behave('pass');
    expect(await sending).toMatchObject({ status: 'mined' });
  });

  it('behavior: a receipt that cannot be had for one does not keep another from its own', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await throughProxy();
    const [first, second] = [await h.contract(), await h.contract()];
    const one = sender.send(h.call(first)).catch(e => e);
    await until('first', async () => (await h.pool(wallet.address)).length === 1);
    const two = sender.send(h.call(second));
    await until('second', async () => (await h.pool(wallet.address)).length === 2);
    const hash = sender.inFlight[0]?.entry.attempts[0]?.hash;
    proxy.intercept(({ method, params }) =>
      method === 'eth_getTransactionReceipt' && (params as string[])[0] === hash
        ? error('internal error', -32603)
        : undefined,
    );
    await h.anvil.time.mine();
    expect(await two).toMatchObject({ status: 'mined', nonce: 1 });
    proxy.intercept(undefined);
    await h.anvil.time.mine();
    expect(await one).toMatchObject({ status: 'mined', nonce: 0 });
  });

  it('behavior: a reorganisation before the confirmations are there is no success', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender({ confirmations: 3 });
    const contract = await h.contract();
    const snapshot = await h.anvil.send('evm_snapshot');
    const sending = sender.send(h.call(contract));
    await until('broadcast', async () => (await h.pool(wallet.address)).length === 1);
    await h.anvil.time.mine();
    await until('mined', async () => (await h.touches(contract)) === 1);
    // Another branch wins, without the transaction; the node has forgotten it altogether.
    await h.anvil.send('evm_revert', [snapshot]);
    expect(await h.touches(contract)).toBe(0);
    let isDone = false;
    void sending.finally(() => {
      isDone = true;
    });
    await until('mined on this branch, too', async () => {
      if (isDone) return true;
      await h.anvil.time.mine();
      return false;
    });
    const sent = await sending;
    if (sent.status !== 'mined') throw new Error(sent.status);
    const receipt = await h.anvil.provider.getTransactionReceipt(sent.hash);
    expect(receipt?.blockHash).toBe(sent.receipt.blockHash);
    expect([await h.touches(contract), await h.nonce(wallet.address)]).toEqual([1, 1]);
  });
});

it('behavior: work of strangers in the mempool at the same nonce is outbid', async () => {
  await h.anvil.time.setAutomine(false);
  const { sender, wallet } = await h.sender();
  const [ours, theirs] = [await h.contract(), await h.contract()];
  const raw = await wallet.signTransaction({
    type: 2,
    chainId: h.anvil.chainId,
    nonce: 0,
    to: theirs,
    data: h.call(theirs).data,
    gasLimit: 100_000n,
    maxFeePerGas: 3n * gwei,
    maxPriorityFeePerGas: gwei,
  });
  await h.anvil.send('eth_sendRawTransaction', [raw]);
  const sending = sender.send(h.call(ours));
  await until('outbid', async () => (await h.pool(wallet.address)).some(({ maxFee }) => maxFee > 3n * gwei));
  await h.anvil.time.mine();
  expect(await sending).toMatchObject({ status: 'mined', nonce: 0 });
  expect([await h.touches(ours), await h.touches(theirs)]).toEqual([1, 0]);
});
