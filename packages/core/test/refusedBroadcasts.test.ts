import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fault, faults, type RpcProxy, startProxy, timed, until } from '@service-bots/devnet';
import { BroadcastRefused, InsufficientFunds } from '../src/wallet/index.ts';
import { gwei, Harness, type SenderSetup } from './support/senderHarness.ts';

let h: Harness;
let primary: RpcProxy;
let backup: RpcProxy;
beforeAll(async () => {
  h = await Harness.start();
  [primary, backup] = await Promise.all([startProxy(h.anvil), startProxy(h.anvil)]);
});
afterEach(async () => {
  await Promise.all([primary.clearFault(), backup.clearFault()]);
  await h.reset();
});
afterAll(async () => {
  await Promise.all([primary.close(), backup.close()]);
  await h.stop();
});

/**
 * A sender over both endpoints, with the deadlines of a bot. Only refusals stand sooner, so that the tests
 * are short.
 */
const overBoth = (setup: SenderSetup = {}) =>
  h.sender({
    rpcUrls: [primary.rpcUrl, backup.rpcUrl],
    failover: { ...asInABot, settleMs: 200 },
    ...setup,
  });
const asInABot = { attemptMs: 4_000, callMs: 10_000 };
const both = (fault: Fault) => Promise.all([primary.setFault(fault), backup.setFault(fault)]);
const replaced = () =>
  h.lines.filter(({ message }) => /replaced with higher fees|sent again as it is/.test(message));
const offers = () =>
  h.lines.flatMap(({ message, maxFeeWei }) =>
    message === 'transaction handed to the node' ? [maxFeeWei as bigint] : [],
  );

/**
 * Sends one call and expects a refusal: in time, in these words, with no transaction left over and no fee
 * raised.
 */
async function expectRefused(words: string, setup: SenderSetup = {}) {
  const { sender, wallet, journal } = await overBoth(setup);
  const contract = await h.contract();
  const { ms, value: error } = await timed(() => sender.send(h.call(contract)).catch(e => e));
  expect(ms).toBeLessThan(5_000);
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toContain(words);
  expect(sender.inFlight).toEqual([]);
  expect((await journal.read()).entries).toEqual([]);
  expect(replaced()).toEqual([]);
  expect(new Set(offers()).size).toBe(1);
  return { sender, wallet, contract, error, ms };
}

/** For each node, a refusal that other fees cannot resolve; the code is the one that the node sends. */
const words: readonly (readonly [node: string, code: number, message: string])[] = [
  ['geth', -32000, 'tx fee (1.20 ether) exceeds the configured cap (1.00 ether)'],
  ['reth', -32003, 'insufficient funds for gas * price + value: have 0 want 1'],
  ['erigon', -32000, 'INTERNAL_ERROR: insufficient funds'],
  ['nethermind', -32010, 'InsufficientFunds, Account balance: 0, cumulative cost: 1'],
  ['besu', -32004, 'Upfront cost exceeds account balance'],
  ['besu', -32005, 'Transaction gas limit exceeds block gas limit'],
  ['besu', -32002, 'Invalid signature'],
  ['besu', -32007, 'Sender account not authorized to send transactions'],
  ['monad', -32603, 'Signer had insufficient balance'],
  ['monad', -32603, 'Exceeds transaction gas limit'],
  ['optimism', -32000, 'invalid transaction: insufficient funds for l1Fee + l2Fee + value'],
  ['arbitrum', -32000, 'forbidden sender address'],
];

describe('every endpoint refuses', () => {
  it.each(words)('in the words of %s (%i %s): refused at once', async (_, code, message) => {
    await both(faults.refusesInWords(message, code));
    const { error, ms } = await expectRefused(message);
    expect(ms).toBeLessThan(2_000);
    expect(error).toBeInstanceOf(/fund|balance/.test(message) ? InsufficientFunds : BroadcastRefused);
  });

  it.each([
    ['Monad’s pool', -32603, 'Internal error'],
    ['a full pool', -32000, 'txpool is full'],
    ['Monad’s pool while it starts', -32603, 'Transaction pool is not ready'],
    ['a delegated wallet', -32000, 'in-flight transaction limit reached for delegated accounts'],
    ['a gateway in words that no table has', -32046, 'the flux capacitor declined'],
    ['a gateway without words', -31999, ''],
  ])('%s (%i %s): refused, and the next call takes the same nonce', async (_, code, message) => {
    await both(faults.refusesInWords(message, code));
    const { sender, contract } = await expectRefused(message);
    await both(faults.ok);
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
    expect(await h.touches(contract)).toBe(1);
  });

  it('on a chain whose blocks come sooner than the refusal stands: no fee is raised meanwhile', async () => {
    await both(faults.refusesInWords('Internal error', -32603));
    const mining = setInterval(() => void h.anvil.time.mine(), 100);
    try {
      await expectRefused('Internal error', { failover: { ...asInABot, settleMs: 1_000 } });
    } finally {
      clearInterval(mining);
    }
  });

  it.each([faults.rateLimit, faults.rpc32005])(
    'by limiting our broadcasts ($name): refused in its words, and the next call takes the same nonce',
    async fault => {
      for (const proxy of [primary, backup])
        await proxy.setFault(fault, { only: ['eth_sendRawTransaction', 'eth_getTransactionByHash'] });
      const { sender, contract } = await expectRefused('limits our requests');
      await both(faults.ok);
      expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
    },
  );

  it('each in words of its own: the alert has both, with their hosts', async () => {
    await primary.setFault(faults.refusesInWords('Signer had insufficient balance', -32603));
    await backup.setFault(faults.refusesInWords('the flux capacitor declined'));
    const { error } = await expectRefused(`127.0.0.1:${primary.port}: Signer had insufficient balance`);
    expect(error.message).toContain(`127.0.0.1:${backup.port}: the flux capacitor declined`);
  });
});

describe('one endpoint refuses and the other', () => {
  it.each([
    faults.hang,
    faults.refuse,
    faults.reset,
    faults.http500,
    faults.html,
    faults.rateLimit,
    faults.rpc32005,
  ])('has the fault $name: refused all the same', async fault => {
    const message = 'tx fee (1.20 ether) exceeds the configured cap (1.00 ether)';
    await primary.setFault(faults.refusesInWords(message));
    await backup.setFault(fault);
    await expectRefused(message);
  });

  it('hangs, the first of the two: refused all the same', async () => {
    await primary.setFault(faults.hang);
    await backup.setFault(faults.refusesInWords('Exceeds transaction gas limit', -32603));
    await expectRefused('Exceeds transaction gas limit', { failover: asInABot });
  });

  it('takes it: mined', async () => {
    await primary.setFault(faults.refusesInWords('the flux capacitor declined'));
    const { sender } = await overBoth();
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined', nonce: 0 });
  });
});

describe('an endpoint that does not answer with the hash', () => {
  const odd = [null, `0x${'12'.repeat(32)}`, '0x', 'ok', 7, { hash: '0x' }, ''];

  it.each(odd)('%j has not accepted it: the other endpoint’s word counts', async result => {
    await primary.setFault(faults.answersTransactions(result));
    const { sender } = await overBoth();
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined', nonce: 0 });
  });

  it.each([null, `0x${'12'.repeat(32)}`])(
    '%j from all of them: not accepted, and its nonce is free',
    async result => {
      await both(faults.answersTransactions(result));
      const { sender, contract } = await expectRefused('the node refused touch 0');
      await both(faults.ok);
      expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
    },
  );
});

describe('a refusal that is not true', () => {
  /**
   * The transaction is refused in these words and mined nevertheless, and no endpoint has its hash for some
   * blocks.
   */
  const landsUnseen = (message: string) =>
    faults.allOf(faults.refusesInWords(message, -32603, { carriedOut: true }), faults.lateReceipts(3));

  it('is in words that are not known: it is found once it is mined, and reported as the wallet’s own', async () => {
    await h.anvil.time.setAutomine(false);
    const hidden = faults.allOf(
      faults.refusesInWords('the flux capacitor declined', -32603, { carriedOut: true }),
      faults.unknownTransaction(),
    );
    await both(hidden);
    const { wallet, contract } = await expectRefused('the flux capacitor declined');
    const [landed] = await h.pool(wallet.address);
    await h.anvil.time.mine();
    await both(faults.ok);
    await until('reported', async () => {
      await h.anvil.time.mine();
      return h.unclaimed.length > 0;
    });
    expect(h.unclaimed).toMatchObject([{ to: contract, hash: landed?.hash, receipt: { status: 1 } }]);
    expect(h.unclaimed[0]?.costWei).toBeGreaterThan(0n);
  });

  it('says that the nonce is used, by this very transaction: it is not sent a second time', async () => {
    // The first reply is lost; by the next attempt it is mined, and no endpoint finds it by its hash.
    await primary.setFault(faults.allOf(faults.lateReceipts(100), faults.lostReplies(undefined, 'reset')));
    await backup.setFault(landsUnseen('nonce too low'));
    const { sender, wallet } = await overBoth();
    const contract = await h.contract();
    await sender.send(h.call(contract)).catch(() => undefined);
    await h.anvil.time.mine(4);
    expect([await h.touches(contract), await h.nonce(wallet.address)]).toEqual([1, 1]);
  });
});

describe('a refusal of the fees', () => {
  it('names a minimum: the tip is raised to it, and no further', async () => {
    const minimumWei = 5n * gwei;
    const message = `transaction underpriced: gas tip cap 1000000000, minimum needed ${minimumWei}`;
    let refused = 0;
    primary.intercept(({ method }) => {
      if (method !== 'eth_sendRawTransaction' || refused > 0) return undefined;
      refused += 1;
      return { error: { code: -32000, message } };
    });
    const { sender, wallet } = await h.sender({ rpcUrls: [primary.rpcUrl] });
    await h.anvil.time.setAutomine(false);
    const sending = sender.send(h.call(await h.contract()));
    const [sent] = await until('sent', async () => {
      const pool = await h.pool(wallet.address);
      return pool.length > 0 && pool;
    });
    expect(sent?.tip).toBe(minimumWei);
    await h.anvil.time.mine();
    expect(await sending).toMatchObject({ status: 'mined', nonce: 0 });
    primary.intercept(undefined);
  });

  it('names a minimum above the operator’s cap: refused in the node’s words', async () => {
    const message = `transaction underpriced: gas tip cap 1000000000, minimum needed ${30n * gwei}`;
    await both(faults.refusesInWords(message));
    await expectRefused(message, { caps: { maxTipWei: 20n * gwei } });
  });
});
