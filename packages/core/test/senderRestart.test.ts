import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RpcProxy, startProxy, until } from '@service-bots/devnet';
import type { Wallet } from 'ethers';
import { fileStore } from '../src/store/index.ts';
import {
  type JournalStore,
  journalSchema,
  OutcomeUnknown,
  SimulationReverted,
  WalletBusy,
} from '../src/wallet/index.ts';
import { gwei, Harness } from './support/senderHarness.ts';

let h: Harness;
let proxy: RpcProxy;
let folder: string;
let journals = 0;
beforeAll(async () => {
  h = await Harness.start();
  proxy = await startProxy(h.anvil);
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterEach(async () => {
  proxy.intercept(undefined);
  proxy.behave('pass');
  await h.reset();
});
afterAll(async () => {
  await proxy.close();
  await h.stop();
  await rm(folder, { recursive: true });
});

/** A journal on disk, as the next process finds it. */
function journalOf(wallet: Wallet): { open(): JournalStore } {
  journals += 1;
  const path = join(folder, `${journals}.json`);
  const empty = () => ({ from: wallet.address, entries: [] });
  const onUnreadable = () => {
    throw new Error('the journal is unreadable');
  };
  return { open: () => fileStore({ path, schema: journalSchema, empty, onUnreadable }) };
}

/**
 * Leaves the state of a process that dies (SIGKILL) with these calls in flight: journaled, and broadcast
 * unless `isLost`.
 */
async function leaveBehind(contracts: string[], isLost = false) {
  await h.anvil.time.setAutomine(false);
  const wallet = await h.wallet();
  const journal = journalOf(wallet);
  if (isLost) {
    // The process is killed between the journal and the broadcast: the node has never received it.
    proxy.intercept(({ method }) =>
      method === 'eth_sendRawTransaction' ? new Promise(() => undefined) : undefined,
    );
  }
  const rpcUrls = [isLost ? proxy.rpcUrl : h.anvil.rpcUrl];
  const { sender, provider } = await h.sender({ wallet, journal: journal.open(), rpcUrls });
  const sending = contracts.map((contract, id) => sender.send(h.call(contract, id)).catch(e => e));
  await until('all are journaled', async () => {
    const { entries } = await journal.open().read();
    return entries.length === contracts.length;
  });
  if (!isLost)
    await until('all wait', async () => (await h.pool(wallet.address)).length === contracts.length);
  await sender.stop(0);
  provider.destroy();
  await Promise.all(sending);
  proxy.intercept(undefined);
  return { wallet, journal };
}

async function mineUntil(what: string, isDone: () => boolean | Promise<boolean>) {
  await until(what, async () => {
    if (await isDone()) return true;
    await h.anvil.time.mine();
    return false;
  });
}

describe('restart with a transaction in the mempool', () => {
  it('default: the same call joins it: one transaction, reported as mined', async () => {
    const contract = await h.contract();
    const { wallet, journal } = await leaveBehind([contract]);
    const { sender } = await h.sender({ wallet, journal: journal.open() });
    await sender.start();
    expect(sender.inFlight.map(({ entry }) => entry.label)).toEqual(['touch 0']);
    const sending = sender.send(h.call(contract));
    const [left] = await h.pool(wallet.address);
    await mineUntil('mined', async () => (await h.nonce(wallet.address)) === 1);
    expect(await sending).toMatchObject({ status: 'mined', hash: left?.hash, nonce: 0 });
    expect([await h.touches(contract), await h.pool(wallet.address)]).toEqual([1, []]);
    await until('journal empty', async () => (await journal.open().read()).entries.length === 0);
    expect(h.unclaimed).toEqual([]);
  });

  it('behavior: one that nobody asks for again is told of once it is mined', async () => {
    const contract = await h.contract();
    const { wallet, journal } = await leaveBehind([contract]);
    const { sender } = await h.sender({ wallet, journal: journal.open() });
    await sender.start();
    const { to, data } = h.call(contract);
    const [left] = await h.pool(wallet.address);
    await mineUntil('told', () => h.unclaimed.length > 0);
    await sender.ready;
    expect(h.unclaimed).toMatchObject([{ to, data, hash: left?.hash, receipt: { status: 1 } }]);
  });

  it('behavior: so is one for which nobody waits any longer', async () => {
    await h.anvil.time.setAutomine(false);
    const contract = await h.contract();
    const { sender } = await h.sender({ waitMs: 300 });
    expect(await sender.send(h.call(contract)).catch(error => error)).toBeInstanceOf(OutcomeUnknown);
    expect(h.unclaimed).toEqual([]);
    await mineUntil('told', () => h.unclaimed.length > 0);
    expect(h.unclaimed).toHaveLength(1);
  });

  it('behavior: nothing new is sent before it is resolved', async () => {
    const [old, fresh] = [await h.contract(), await h.contract()];
    const { wallet, journal } = await leaveBehind([old]);
    const { sender } = await h.sender({ wallet, journal: journal.open(), waitMs: 500 });
    await sender.start();
    const busy = await sender.send(h.call(fresh)).catch(e => e);
    expect(busy).toBeInstanceOf(WalletBusy);
    expect(busy.message).toContain('waits for earlier transactions: touch 0 (nonce 0)');
    await h.anvil.time.setAutomine(true);
    await h.anvil.time.mine();
    const sent = await until('sent', () => sender.send(h.call(fresh)).catch(() => undefined));
    expect(sent).toMatchObject({ status: 'mined', nonce: 1 });
    expect([await h.touches(old), await h.touches(fresh)]).toEqual([1, 1]);
  });

  it('behavior: one that was mined while nobody looked is found and forgotten', async () => {
    const [old, fresh] = [await h.contract(), await h.contract()];
    const { wallet, journal } = await leaveBehind([old]);
    await h.anvil.time.setAutomine(true);
    await h.anvil.time.mine();
    const { sender } = await h.sender({ wallet, journal: journal.open() });
    await sender.start();
    expect(await sender.send(h.call(fresh))).toMatchObject({ status: 'mined', nonce: 1 });
    expect([await h.touches(old), await h.touches(fresh)]).toEqual([1, 1]);
    await until('journal empty', async () => (await journal.open().read()).entries.length === 0);
  });

  it('behavior: one that pays too little by now is replaced', async () => {
    const contract = await h.contract();
    const { wallet, journal } = await leaveBehind([contract]);
    await h.anvil.time.setNextBaseFee(200n * gwei);
    await h.anvil.time.mine();
    const { sender } = await h.sender({ wallet, journal: journal.open() });
    await sender.start();
    const sending = sender.send(h.call(contract));
    await mineUntil('mined', async () => (await h.nonce(wallet.address)) === 1);
    const sent = await sending;
    if (sent.status !== 'mined') throw new Error(sent.status);
    expect(sent.replacements).toBeGreaterThanOrEqual(1);
    expect(await h.touches(contract)).toBe(1);
  });

  it('behavior: a dry run leaves it alone', async () => {
    const contract = await h.contract();
    const { wallet, journal } = await leaveBehind([contract]);
    const before = await journal.open().read();
    const { sender } = await h.sender({ wallet, journal: journal.open(), dryRun: true });
    await sender.start();
    expect(sender.inFlight).toEqual([]);
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'dry-run' });
    expect(await journal.open().read()).toEqual(before);
  });

  it('behavior: a node that cannot be reached at first does not keep it from being resolved later', async () => {
    const [old, fresh] = [await h.contract(), await h.contract()];
    const { wallet, journal } = await leaveBehind([old]);
    proxy.behave('fail');
    const { sender } = await h.sender({ wallet, journal: journal.open(), rpcUrls: [proxy.rpcUrl] });
    await sender.start();
    await until('noticed', () =>
      h.lines.some(({ message }) =>
        message.startsWith('a transaction of the earlier process could not be checked'),
      ),
    );
    proxy.behave('pass');
    await h.anvil.time.setAutomine(true);
    await h.anvil.time.mine();
    expect(await sender.send(h.call(fresh))).toMatchObject({ status: 'mined', nonce: 1 });
    expect(await h.touches(old)).toBe(1);
  });
});

describe('restart with a transaction that never left (killed between journal and broadcast)', () => {
  it('default: goes out once, and the same call joins it', async () => {
    const contract = await h.contract();
    const { wallet, journal } = await leaveBehind([contract], true);
    expect(await h.pool(wallet.address)).toEqual([]);
    const { sender } = await h.sender({ wallet, journal: journal.open() });
    await sender.start();
    const sending = sender.send(h.call(contract));
    const [revived] = await until('revived', async () => {
      const pool = await h.pool(wallet.address);
      return pool.length > 0 && pool;
    });
    await mineUntil('mined', async () => (await h.nonce(wallet.address)) === 1);
    expect(await sending).toMatchObject({ status: 'mined', hash: revived?.hash });
    expect([await h.touches(contract), await h.pool(wallet.address)]).toEqual([1, []]);
  });

  it('behavior: is dropped when it would revert by now, and its nonce is used for other work', async () => {
    const [old, fresh] = [await h.contract(), await h.contract()];
    const { wallet, journal } = await leaveBehind([old], true);
    await h.block(old);
    await h.anvil.time.setAutomine(true);
    const { sender } = await h.sender({ wallet, journal: journal.open() });
    await sender.start();
    const again = sender.send(h.call(old)).catch(e => e);
    expect(await sender.send(h.call(fresh))).toMatchObject({ status: 'mined', nonce: 0 });
    expect(await again).toBeInstanceOf(SimulationReverted);
    await until('journal empty', async () => (await journal.open().read()).entries.length === 0);
  });

  it('behavior: one that would revert still goes out when another waits behind its nonce', async () => {
    await h.anvil.time.setAutomine(false);
    const contracts = [await h.contract(), await h.contract()];
    const { wallet, journal } = await leaveBehind(contracts);
    // The node forgets the first transaction only, which would revert by now.
    const { entries } = await journal.open().read();
    await h.anvil.send('anvil_dropTransaction', [entries[0]?.attempts[0]?.hash]);
    const [first, second] = entries.map(({ to }) => to) as [string, string];
    await h.block(first);
    const { sender } = await h.sender({ wallet, journal: journal.open() });
    await sender.start();
    await mineUntil('both are mined', async () => (await h.nonce(wallet.address)) === 2);
    await until('both are resolved', () => sender.inFlight.length === 0);
    expect([await h.touches(first), await h.touches(second)]).toEqual([0, 1]);
  });
});

describe('restart without the journal', () => {
  it('default: unknown transactions get some blocks to be mined, then nothing is sent twice', async () => {
    const [old, fresh] = [await h.contract(), await h.contract()];
    const { wallet } = await leaveBehind([old]);
    const { sender } = await h.sender({ wallet, chain: { blockTimeMs: 400 }, replaceAfterBlocks: 10 });
    await sender.start();
    const sending = sender.send(h.call(fresh));
    await until('noticed', () => h.lines.some(({ count }) => count === 1));
    await h.anvil.time.setAutomine(true);
    await h.anvil.time.mine();
    expect(await sending).toMatchObject({ status: 'mined', nonce: 1 });
    expect([await h.touches(old), await h.touches(fresh)]).toEqual([1, 1]);
  });

  it('behavior: those that stay are outbid', async () => {
    const [old, fresh] = [await h.contract(), await h.contract()];
    const { wallet } = await leaveBehind([old]);
    const [stranger] = await h.pool(wallet.address);
    const { sender } = await h.sender({ wallet });
    await sender.start();
    const sending = sender.send(h.call(fresh));
    await until('outbid', async () => (await h.pool(wallet.address))[0]?.hash !== stranger?.hash);
    await h.anvil.time.mine();
    expect(await sending).toMatchObject({ status: 'mined', nonce: 0 });
    expect([await h.touches(old), await h.touches(fresh)]).toEqual([0, 1]);
  });

  it('behavior: a node that does not answer for a while does not keep the wallet from ever sending', async () => {
    proxy.behave('fail');
    const { sender } = await h.sender({ rpcUrls: [proxy.rpcUrl] });
    await sender.start();
    await until('noticed', () =>
      h.lines.some(({ message }) => message.startsWith('transactions in flight could not be read')),
    );
    proxy.behave('pass');
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined' });
  });
});

describe('a node that does not know of pending transactions', () => {
  it('default: is taken at its word, and the wallet sends', async () => {
    proxy.intercept(({ method, params }) =>
      method === 'eth_getTransactionCount' && (params as unknown[])[1] === 'pending'
        ? { error: { code: -32602, message: 'the pending block is not supported' } }
        : undefined,
    );
    const { sender } = await h.sender({ rpcUrls: [proxy.rpcUrl] });
    await sender.start();
    await sender.ready;
    const contract = await h.contract();
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined' });
  });
});
