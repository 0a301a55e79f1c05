import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  faults,
  type NodeSoftware,
  nodeWordings,
  type RpcProxy,
  startProxy,
  until,
} from '@service-bots/devnet';
import { memoryStore } from '../src/store/index.ts';
import type { JournalStore } from '../src/wallet/index.ts';
import { Harness, type SenderSetup } from './support/senderHarness.ts';

/** The chain of these tests mines five blocks a second by itself. */
const blockTimeMs = 200;

let h: Harness;
let primary: RpcProxy;
let backup: RpcProxy;
let endMining: () => Promise<void> = async () => undefined;
beforeAll(async () => {
  h = await Harness.start();
  [primary, backup] = await Promise.all([startProxy(h.anvil), startProxy(h.anvil)]);
  await h.anvil.time.mine(60);
});
afterEach(async () => {
  await endMining();
  await Promise.all([primary.clearFault(), backup.clearFault()]);
  await h.reset();
});
afterAll(async () => {
  await Promise.all([primary.close(), backup.close()]);
  await h.stop();
});

/** A sender over both endpoints, on a chain that makes blocks. */
async function overBoth(setup: SenderSetup = {}) {
  await mining();
  return h.sender({
    rpcUrls: [primary.rpcUrl, backup.rpcUrl],
    chain: { blockTimeMs },
    replaceAfterBlocks: 10,
    waitMs: 40_000,
    failover: { callMs: 10_000, blockTimeMs },
    ...setup,
  });
}

async function mining(): Promise<void> {
  await endMining();
  await h.anvil.time.setAutomine(false);
  let isOver = false;
  const miner = (async () => {
    while (!isOver) {
      await h.anvil.time.mine();
      await new Promise(resolve => setTimeout(resolve, blockTimeMs));
    }
  })();
  endMining = async () => {
    isOver = true;
    await miner;
  };
}

/** Deploys a contract for each call, so that each can be counted by itself. */
async function contracts(count: number): Promise<string[]> {
  const deployed = await Promise.all(Array.from({ length: count }, () => h.contract()));
  // Code that anvil is given is missing at `latest` while the next block is mined: an estimate at that moment is
  // too low, and the transaction runs out of gas.
  await h.anvil.time.mine();
  return deployed;
}

/** Checks that each call was mined once, at a nonce of its own, and that no transaction is left over. */
async function expectOnceEach(address: string, called: readonly string[], firstNonce = 0) {
  expect(await Promise.all(called.map(contract => h.touches(contract)))).toEqual(called.map(() => 1));
  const [latest, pending] = await Promise.all([
    h.nonce(address),
    h.anvil.provider.getTransactionCount(address, 'pending'),
  ]);
  expect([latest, pending]).toEqual([firstNonce + called.length, firstNonce + called.length]);
}

describe('30 sends at once while the primary flaps', () => {
  it.each([faults.hang, faults.http500, faults.refuse, faults.reset, faults.lostReplies()])(
    '$name: 30 are mined, each once, without a gap',
    async fault => {
      await primary.setFault(faults.flapping(500, 500, fault));
      // The limit is long, so that a machine that is busy with other tests completes all calls.
      const { sender, wallet, journal } = await overBoth({ failover: { callMs: 30_000, blockTimeMs } });
      const called = await contracts(30);
      const outcomes = await Promise.allSettled(called.map(contract => sender.send(h.call(contract))));
      expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
      const nonces = outcomes.map(outcome => (outcome as { value: { nonce: number } }).value.nonce);
      expect(nonces.toSorted((a, b) => a - b)).toEqual(called.map((_, i) => i));
      await expectOnceEach(wallet.address, called);
      expect(sender.inFlight).toEqual([]);
      await until('journal empty', async () => (await journal.read()).entries.length === 0);
    },
  );
});

describe('20 sends of 4 wallets, one after the other, while both endpoints fail at random', () => {
  it.each([1, 2])('30 %% HTTP 500 and 20 %% -32005, seed %i: 20 of 20', async seed => {
    const senders: Awaited<ReturnType<typeof overBoth>>[] = [];
    while (senders.length < 4) senders.push(await overBoth());
    const bad = (salt: number) =>
      faults.randomOf(
        [
          { weight: 30, fault: faults.http500 },
          { weight: 20, fault: faults.rpc32005 },
          { weight: 50, fault: faults.ok },
        ],
        seed * 100 + salt,
      );
    await Promise.all([primary.setFault(bad(1)), backup.setFault(bad(2))]);
    const sendAll = async ({ sender, wallet }: (typeof senders)[number]) => {
      const called = await contracts(5);
      for (const [id, contract] of called.entries())
        expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: id });
      await expectOnceEach(wallet.address, called);
    };
    await Promise.all(senders.map(sendAll));
  });
});

/** Sends a call during a fault and checks that it is mined once, with its own nonce. */
async function expectOneMined(setup: SenderSetup = {}) {
  const { sender, wallet } = await overBoth(setup);
  const contract = await h.contract();
  expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
  await expectOnceEach(wallet.address, [contract]);
}

describe('lost replies to a broadcast', () => {
  it.each(['hang', 'reset', 'refuse'] as const)('%s on the primary: mined once, reported so', async how => {
    await primary.setFault(faults.lostReplies(undefined, how));
    await expectOneMined();
  });

  it.each(['hang', 'reset', 'refuse'] as const)('%s on both: mined once, reported so', async how => {
    const lost = faults.lostReplies(undefined, how);
    await Promise.all([primary.setFault(lost), backup.setFault(lost)]);
    await expectOneMined();
  });

  it('of every broadcast and every lookup on both: still once, and reported so', async () => {
    const lost = faults.lostReplies(['eth_sendRawTransaction', 'eth_getTransactionByHash'], 'reset');
    await Promise.all([primary.setFault(lost), backup.setFault(lost)]);
    await expectOneMined({ failover: { callMs: 2_000, blockTimeMs } });
  });
});

describe('"already known"', () => {
  it.each(Object.keys(nodeWordings) as NodeSoftware[])('in the words of %s: as good as taken', async node => {
    await Promise.all([primary.setFault(faults.alreadyKnown(node)), backup.setFault(faults.hang)]);
    await expectOneMined();
  });
});

describe('"nonce too low" of a transaction that has landed', () => {
  it.each(Object.keys(nodeWordings) as NodeSoftware[])('in the words of %s: mined once', async node => {
    const refusal = faults.refusesTransactions('nonce-too-low', node, { carriedOut: true });
    await Promise.all([primary.setFault(refusal), backup.setFault(refusal)]);
    await expectOneMined();
  });
});

describe('a primary that is behind', () => {
  // With blocks of 1 s, a lag of 3 blocks counts as in order; a lag of 50 does not.
  it.each([1, 2, 3, 50])('by %i blocks: 5 sends one after the other are mined', async blocks => {
    const [wallet, called] = await Promise.all([h.wallet(), contracts(5)]);
    await h.anvil.time.mine(60);
    await primary.setFault(faults.stale(blocks));
    const { sender } = await overBoth({ wallet, failover: { callMs: 10_000, blockTimeMs: 1_000 } });
    for (const [id, contract] of called.entries())
      expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: id });
    await expectOnceEach(wallet.address, called);
  });

  it('behavior: only from now on, so that it tells a nonce that is used: sent with the right one', async () => {
    const { sender, wallet } = await overBoth({ failover: { callMs: 10_000, blockTimeMs: 1_000 } });
    const called = await contracts(2);
    await h.anvil.time.mine(60);
    await sender.send(h.call(called[0] as string));
    await primary.setFault(faults.stale(3));
    expect(await sender.send(h.call(called[1] as string))).toMatchObject({ status: 'mined', nonce: 1 });
    await expectOnceEach(wallet.address, called);
  });
});

it('a primary that hangs all along: 10 sends at once are mined', async () => {
  await primary.setFault(faults.hang);
  const { sender, wallet } = await overBoth();
  const called = await contracts(10);
  const sent = await Promise.all(called.map(contract => sender.send(h.call(contract))));
  expect(sent.every(({ status }) => status === 'mined')).toBe(true);
  await expectOnceEach(wallet.address, called);
});

describe('a primary that takes transactions and forgets them', () => {
  it('default: the other endpoint passes them on', async () => {
    await primary.setFault(faults.swallowsTransactions);
    const { sender, wallet } = await overBoth();
    const called = await contracts(5);
    await Promise.all(called.map(contract => sender.send(h.call(contract))));
    await expectOnceEach(wallet.address, called);
  });

  it('behavior: while the other was down: what was forgotten goes out again, once', async () => {
    await Promise.all([primary.setFault(faults.swallowsTransactions), backup.setFault(faults.refuse)]);
    const { sender, wallet } = await overBoth({ replaceAfterBlocks: 5 });
    const called = await contracts(3);
    const sending = called.map(contract => sender.send(h.call(contract)));
    await until('handed over', () => handedOver() >= 3);
    expect(await h.pool(wallet.address)).toEqual([]);
    await backup.clearFault();
    const sent = await Promise.all(sending);
    expect(sent.map(each => each.status)).toEqual(['mined', 'mined', 'mined']);
    await expectOnceEach(wallet.address, called);
  });
});

const handedOver = () => h.lines.filter(({ message }) => message === 'transaction handed to the node').length;

describe('a restart in the middle of it', () => {
  it('with the journal: each is mined once, without a gap', async () => {
    const wallet = await h.wallet();
    const journal: JournalStore = memoryStore({ from: wallet.address, entries: [] });
    await primary.setFault(faults.flapping(400, 400, faults.lostReplies()));
    const called = await contracts(10);
    const first = await overBoth({ wallet, journal });
    await endMining();
    const before = called.map(contract => first.sender.send(h.call(contract)).catch(error => error));
    await until('some are out', () => handedOver() >= 4);
    await first.sender.stop(0);
    first.provider.destroy();
    await Promise.all(before);

    const second = await overBoth({ wallet, journal });
    await second.sender.start();
    const left = second.sender.inFlight.length;
    expect(left).toBeGreaterThanOrEqual(4);
    // A call that is mined before it is requested again would be done twice, so only the calls that were
    // never sent are requested.
    const inFlight = new Set(second.sender.inFlight.map(({ entry }) => entry.to.toLowerCase()));
    const rest = called.filter(contract => !inFlight.has(contract.toLowerCase()));
    await second.sender.ready;
    await Promise.all(rest.map(contract => second.sender.send(h.call(contract))));
    await expectOnceEach(wallet.address, called);
    expect((await journal.read()).entries).toEqual([]);
  });
});
