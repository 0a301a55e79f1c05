import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fault, faults, type RpcProxy, startProxy, until } from '@service-bots/devnet';
import { toQuantity } from 'ethers';
import {
  FeeAboveCap,
  GasAboveLimit,
  InsufficientFunds,
  NonceGap,
  OutOfGas,
  SimulationReverted,
  TransactionReverted,
} from '../src/wallet/index.ts';
import { gwei, Harness, type SenderSetup } from './support/senderHarness.ts';

let h: Harness;
let proxies: RpcProxy[];
beforeAll(async () => {
  h = await Harness.start();
  await h.anvil.time.mine(60);
  proxies = await Promise.all([startProxy(h.anvil), startProxy(h.anvil)]);
});
afterEach(async () => {
  await h.reset();
  for (const proxy of proxies) {
    await proxy.clearFault();
    proxy.intercept(undefined);
    proxy.resetCounts();
  }
});
afterAll(async () => {
  await Promise.all(proxies.map(proxy => proxy.close()));
  await h.stop();
});

it.each([
  ['30,000,000 more, by one of two endpoints', 2, faults.lyingHead(30_000_000, 'latest')],
  ['5 more, by one of two endpoints', 2, faults.lyingHead(5, 'latest')],
  [
    '30,000,000 more, by the only endpoint now and then',
    1,
    faults.flappingByCount(2, 2, faults.lyingHead(30_000_000)),
  ],
  ['30 less, by the only endpoint now and then', 1, faults.flappingByCount(2, 2, faults.lyingHead(-30))],
  ['3 less, by the only endpoint now and then', 1, faults.flappingByCount(2, 2, faults.lyingHead(-3))],
])('a waiting transaction is not replaced because of a head of %s', async (_name, count, lie) => {
  const rpcUrls = proxies.slice(0, count).map(({ rpcUrl }) => rpcUrl);
  await h.anvil.time.setAutomine(false);
  // The other endpoints are asked for their heads once a second.
  const failover = { blockTimeMs: 1_000 };
  const { sender, wallet } = await h.sender({ rpcUrls, replaceAfterBlocks: 2, failover });
  const sending = sender.send(h.call(await h.contract()));
  const first = await until('it waits', async () => (await h.pool(wallet.address))[0]);
  const [proxy] = proxies as [RpcProxy];
  await proxy.setFault(lie, { only: ['eth_blockNumber', 'eth_getBlockByNumber'] });
  const before = proxy.callCount('eth_blockNumber');
  // An endpoint whose head was found to be false is asked again every two seconds.
  await until('it has lied', () => proxy.callCount('eth_blockNumber') > before + 3);
  expect(await h.pool(wallet.address)).toEqual([first]);
  expect(sender.inFlight).toMatchObject([{ blocksWaited: 0 }]);
  await proxy.clearFault();
  await h.anvil.time.mine();
  await sending;
});

const overBoth = (setup: SenderSetup = {}) =>
  h.sender({ rpcUrls: proxies.map(({ rpcUrl }) => rpcUrl), ...setup });
const reverts = faults.rpcError({ code: 3, message: 'execution reverted' });

it('an estimate as if there were no contract, once, by the only endpoint is not believed', async () => {
  const [proxy] = proxies as [RpcProxy];
  let estimates = 0;
  proxy.intercept(({ method }) => {
    if (method !== 'eth_estimateGas') return undefined;
    estimates += 1;
    return estimates === 1 ? { result: toQuantity(21_100n) } : undefined;
  });
  const { sender } = await h.sender({ rpcUrls: [proxy.rpcUrl] });
  // A transaction with such a gas limit runs out of gas, and is sent again with the next nonce.
  expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined', nonce: 0 });
});

/** The false answer of one endpoint about a call that could be sent. */
const givenUp: [what: string, lie: Fault, only: string[], error: new (...args: never[]) => Error][] = [
  ['an empty wallet', faults.oddResult('eth_getBalance', '0x0'), ['eth_getBalance'], InsufficientFunds],
  [
    'an estimate of 10^12',
    faults.oddResult('eth_estimateGas', '0xe8d4a51000'),
    ['eth_estimateGas'],
    InsufficientFunds,
  ],
  [
    'an estimate of 2,000,000',
    faults.oddResult('eth_estimateGas', toQuantity(2_000_000n)),
    ['eth_estimateGas'],
    GasAboveLimit,
  ],
  [
    'a base fee of 100,000 gwei',
    faults.oddBlocks({ baseFeePerGas: toQuantity(10n ** 14n) }),
    ['eth_getBlockByNumber'],
    FeeAboveCap,
  ],
  ['a revert of the call', reverts, ['eth_call'], SimulationReverted],
  ['a revert of the estimate', reverts, ['eth_estimateGas'], SimulationReverted],
];

describe('a call that one endpoint keeps from being sent', () => {
  it.each(givenUp)(
    'by %s is sent when the other says otherwise, liar first and last',
    async (_, lie, only) => {
      for (const liar of [0, 1]) {
        const { sender } = await overBoth();
        await proxies[liar]?.setFault(lie, { only });
        expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined' });
        await proxies[liar]?.clearFault();
      }
    },
  );

  it.each(givenUp)('by %s is not sent when both say so', async (_, lie, only, error) => {
    const { sender } = await overBoth();
    for (const proxy of proxies) await proxy.setFault(lie, { only });
    await expect(sender.send(h.call(await h.contract()))).rejects.toBeInstanceOf(error);
  });

  it('by a budget of gas is sent where the other estimate fits into it', async () => {
    const { sender } = await overBoth({ gasLimits: { perHour: 500_000n } });
    await proxies[0]?.setFault(faults.oddResult('eth_estimateGas', toQuantity(700_000n)));
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined' });
    expect(sender.gasBudget.shortage).toBeUndefined();
  });

  it('is told in the log, with the endpoint that is believed', async () => {
    const { sender } = await overBoth();
    await proxies[0]?.setFault(faults.oddResult('eth_getBalance', '0x0'));
    await sender.send(h.call(await h.contract()));
    expect(h.lines).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        message:
          'one endpoint reports that a call cannot be sent, and another that it can; the call continues',
        believed: `127.0.0.1:${proxies[1]?.port}`,
      }),
    );
  });
});

describe('an estimate of one endpoint that is too low', () => {
  it.each([
    ['what no call costs', 21_000n],
    ['what the data alone cost', 21_190n],
    ['half of what it takes', 23_000n],
  ])('by %s is not believed', async (_, gas) => {
    const { sender } = await overBoth();
    await proxies[0]?.setFault(faults.oddResult('eth_estimateGas', toQuantity(gas)));
    const contract = await h.contract();
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
    expect(await h.touches(contract)).toBe(1);
  });
});

describe('a transaction that runs out of gas', () => {
  it('is sent again with more, where the only endpoint estimates too little', async () => {
    const { sender, wallet } = await h.sender({ rpcUrls: [proxies[0]?.rpcUrl ?? ''] });
    await proxies[0]?.setFault(faults.oddResult('eth_estimateGas', toQuantity(32_000n)));
    const contract = await h.contract();
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 1 });
    expect([await h.touches(contract), await h.nonce(wallet.address)]).toEqual([1, 2]);
  });

  it('twice is told as out of gas, not as a revert', async () => {
    const [proxy] = proxies as [RpcProxy];
    const { sender, wallet } = await h.sender({
      rpcUrls: [proxy.rpcUrl],
      chain: { gasMarginPercent: 100n },
    });
    await proxy.setFault(faults.oddResult('eth_estimateGas', toQuantity(22_000n)));
    const error = await sender.send(h.call(await h.contract())).catch(e => e);
    expect(error).toBeInstanceOf(OutOfGas);
    expect(error.message).toContain('used all of its 44000 gas, and changed nothing');
    expect(await h.nonce(wallet.address)).toBe(2);
  });

  it('and would revert by now is told as a revert', async () => {
    const [proxy] = proxies as [RpcProxy];
    const { sender, wallet } = await h.sender({ rpcUrls: [proxy.rpcUrl] });
    const contract = await h.contract();
    await proxy.setFault(faults.oddResult('eth_estimateGas', toQuantity(32_000n)));
    await h.anvil.time.setAutomine(false);
    const sending = sender.send(h.call(contract)).catch(e => e);
    await until('it waits', async () => (await h.pool(wallet.address)).length > 0);
    await h.anvil.time.mine();
    await h.block(contract);
    const error = await sending;
    expect(error).toBeInstanceOf(TransactionReverted);
    expect(error).not.toBeInstanceOf(OutOfGas);
  });
});

describe('a base fee of one endpoint that is far too low', () => {
  it('leaves no transaction waiting: its own history of fees contradicts it', async () => {
    const { sender } = await overBoth();
    await proxies[0]?.setFault(faults.oddBlocks({ baseFeePerGas: '0x1' }));
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined' });
    const [offer] = h.lines.filter(({ message }) => message === 'transaction handed to the node');
    expect(offer?.maxFeeWei).toBeGreaterThan(gwei / 2n);
  });
});

describe('an endpoint that tells a count of transactions far too high', () => {
  const tellsCount = (proxy: RpcProxy | undefined, count: number, times = Number.POSITIVE_INFINITY) => {
    let told = 0;
    proxy?.intercept(({ method }) => {
      if (method !== 'eth_getTransactionCount' || told >= times) return undefined;
      told += 1;
      return { result: toQuantity(count) };
    });
  };

  it.each([
    ['by 40, always', 40, Number.POSITIVE_INFINITY],
    ['by 2, always', 2, Number.POSITIVE_INFINITY],
    ['by 40, once', 40, 1],
  ])('%s: a transaction has the nonce that the other endpoint tells too', async (_, count, times) => {
    for (const liar of [0, 1]) {
      const { sender } = await overBoth();
      tellsCount(proxies[liar], count, times);
      for (const nonce of [0, 1])
        expect(await sender.send(h.call(await h.contract(), nonce))).toMatchObject({
          status: 'mined',
          nonce,
        });
      tellsCount(proxies[liar], 0, 0);
    }
  });

  it('is not believed after a nonce was used by another process either', async () => {
    const { sender, wallet } = await overBoth();
    await sender.send(h.call(await h.contract()));
    // Another process sends a transaction. The answer of both is a moment old, and then the false answers
    // begin.
    await wallet.connect(h.anvil.provider).sendTransaction({ to: wallet.address });
    for (const proxy of proxies) tellsCount(proxy, 1, 1);
    const isLying = () => proxies[0]?.callCount('eth_sendRawTransaction');
    proxies[0]?.intercept(({ method }) => {
      if (method !== 'eth_getTransactionCount') return undefined;
      return { result: toQuantity((isLying() ?? 0) > 1 ? 41 : 1) };
    });
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined', nonce: 2 });
  });

  it('as the only one, once: its second answer counts', async () => {
    const { sender } = await h.sender({ rpcUrls: [proxies[0]?.rpcUrl ?? ''] });
    tellsCount(proxies[0], 40, 1);
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined', nonce: 0 });
  });

  it('of the past, once, when the transaction before is mined: the next one is not given up', async () => {
    const [proxy] = proxies as [RpcProxy];
    await h.anvil.time.setAutomine(false);
    await proxy.setFault(faults.swallowsTransactions);
    const { sender, wallet } = await h.sender({ rpcUrls: [proxy.rpcUrl], replaceAfterBlocks: 5 });
    const sending = Promise.all(
      [h.contract(), h.contract()].map(async each => sender.send(h.call(await each))),
    );
    await until('both wait', () => sender.inFlight.length === 2);
    const mine = async (blocks: number) => {
      for (let block = 0; block < blocks; block += 1) {
        const count = proxy.callCount('eth_getTransactionCount');
        await h.anvil.time.mine();
        await until('it looked', () => proxy.callCount('eth_getTransactionCount') > count);
      }
    };
    await mine(7);
    await h.anvil.send('eth_sendRawTransaction', [sender.inFlight[0]?.entry.attempts.at(-1)?.raw]);
    tellsCount(proxy, 0, 3);
    await mine(2);
    await until('the first is mined', () => sender.inFlight.length === 1);
    await proxy.clearFault();
    await until('the second is mined', async () => {
      await h.anvil.time.mine();
      return (await h.nonce(wallet.address)) === 2;
    });
    expect(await sending).toMatchObject([{ status: 'mined' }, { status: 'mined' }]);
  });

  it('as the only one, for a while: the nonce that never comes is given up, and the next try is mined', async () => {
    const { sender } = await h.sender({ rpcUrls: [proxies[0]?.rpcUrl ?? ''] });
    tellsCount(proxies[0], 40, 2);
    const contract = await h.contract();
    const sending = sender.send(h.call(contract)).catch(e => e);
    await until('it waits', () => sender.inFlight[0]?.entry.nonce === 40);
    for (let block = 0; block < 8; block += 1) {
      await h.anvil.time.mine();
      await new Promise(resolve => setTimeout(resolve, 150));
    }
    expect(await sending).toBeInstanceOf(NonceGap);
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined', nonce: 0 });
  });
});
