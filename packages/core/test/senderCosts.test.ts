import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { faults, type RpcProxy, startProxy, timed, until } from '@service-bots/devnet';
import { opGasPriceOracle } from '../src/chains/index.ts';
import {
  FeeAboveCap,
  GasBudgetExceeded,
  InsufficientFunds,
  NoLongerWanted,
  PriceSpike,
} from '../src/wallet/index.ts';
import { gwei, Harness, type SenderSetup } from './support/senderHarness.ts';

let h: Harness;
let proxy: RpcProxy;
beforeAll(async () => {
  h = await Harness.start();
  proxy = await startProxy(h.anvil);
});
afterEach(async () => {
  await proxy.clearFault();
  proxy.intercept(undefined);
  await h.anvil.send('anvil_setCode', [opGasPriceOracle, '0x']);
  await h.reset();
});
afterAll(async () => {
  await proxy.close();
  await h.stop();
});

const throughProxy = (setup: SenderSetup = {}) => h.sender({ rpcUrls: [proxy.rpcUrl], ...setup });

/** Sends one call and returns the signed transaction. */
async function signedFor(setup: SenderSetup = {}) {
  const { sender } = await throughProxy(setup);
  const block = await h.anvil.provider.getBlock('latest');
  if (!block?.hash) throw new Error('no block');
  const call = { ...h.call(await h.contract()), block: { number: block.number, hash: block.hash } };
  const sent = await sender.send(call);
  if (sent.status !== 'mined') throw new Error(sent.status);
  const transaction = await h.anvil.provider.getTransaction(sent.hash);
  return { sent, tip: transaction?.maxPriorityFeePerGas ?? 0n };
}

const huge = `0x${(10_000n * gwei).toString(16)}`;

describe('a suggested tip that makes no sense', () => {
  it.each([
    ['10,000 gwei', huge, 100n * gwei],
    ['zero', '0x0', 10n * gwei],
    ['null', null, 10n * gwei],
    ['text', 'cheap', 10n * gwei],
    ['a number', 5, 10n * gwei],
    ['negative', '-0x1', 10n * gwei],
    ['more than there is', `0x${'f'.repeat(64)}`, 10n * gwei],
  ])('%s: sent, with a tip within reason', async (_, tip, most) => {
    await proxy.setFault(faults.suggestsTip(tip));
    const paid = await signedFor();
    expect(paid.tip).toBeGreaterThan(0n);
    expect(paid.tip).toBeLessThanOrEqual(most);
  });

  it('10,000 gwei from a node that hides what blocks paid: the chain’s cap', async () => {
    await proxy.setFault(faults.allOf(faults.suggestsTip(huge), faults.noFeeHistory));
    expect((await signedFor({ chain: { maxTipWei: 3n * gwei } })).tip).toBe(3n * gwei);
  });

  it('is not cut below the operator’s own cap', async () => {
    await proxy.setFault(faults.suggestsTip(`0x${(2n * gwei).toString(16)}`));
    expect((await signedFor({ caps: { maxTipWei: 2n * gwei } })).tip).toBe(2n * gwei);
  });
});

it('a base fee above the chain’s cap: not sent, and the message names the variable to set', async () => {
  const { sender } = await throughProxy({ chain: { maxFeeWei: 1n } });
  const error = await sender.send(h.call(await h.contract())).catch(e => e);
  expect(error).toBeInstanceOf(FeeAboveCap);
  expect(error.message).toMatch(/default cap of .* set MAX_FEE_GWEI to allow more/);
});

it('a node that never answers what a call can do without holds it up for two seconds at most', async () => {
  const optional = ['eth_maxPriorityFeePerGas', 'eth_feeHistory'];
  await proxy.setFault(faults.hang, { only: optional });
  const { sender } = await throughProxy({ failover: { attemptMs: 4_000, callMs: 10_000 } });
  const contract = await h.contract();
  const { ms, value } = await timed(() => sender.send(h.call(contract)));
  expect(value).toMatchObject({ status: 'mined' });
  expect(ms).toBeLessThan(4_000);
});

describe('an estimate', () => {
  it('is requested by block number when the node returns none for the block’s hash', async () => {
    await proxy.setFault(faults.noEstimateAtHash);
    expect((await signedFor()).sent).toMatchObject({ status: 'mined', nonce: 0 });
  });

  it.each([null, '0x', '0x1', 'much', `0x${'f'.repeat(64)}`])('of %j at the hash is none', async estimate => {
    proxy.intercept(({ method, params }) =>
      method === 'eth_estimateGas' && typeof (params as unknown[])[1] === 'object'
        ? { result: estimate }
        : undefined,
    );
    expect((await signedFor()).sent).toMatchObject({ status: 'mined', nonce: 0 });
  });
});

describe('a fee for the first layer', () => {
  /** Sets an oracle that answers every call with this amount. */
  const charge = (wei: bigint) =>
    h.anvil.send('anvil_setCode', [
      opGasPriceOracle,
      `0x7f${wei.toString(16).padStart(64, '0')}60005260206000f3`,
    ]);
  const rollup = { chain: { l1FeeOracle: opGasPriceOracle } };

  it('is part of what a call is expected to cost', async () => {
    const { sender } = await throughProxy({ ...rollup, dryRun: true });
    const call = h.call(await h.contract());
    const cost = async () => {
      const sent = await sender.send(call);
      return sent.status === 'dry-run' ? sent.preflight.expectedCostWei : 0n;
    };
    await charge(10n ** 15n);
    const withFee = await cost();
    const plain = await throughProxy({ dryRun: true });
    const sent = await plain.sender.send(call);
    const without = sent.status === 'dry-run' ? sent.preflight.expectedCostWei : 0n;
    expect(withFee - without).toBeGreaterThan(10n ** 15n);
    expect(sender.l1FeeWei).toBe((10n ** 15n * 125n) / 100n);
  });

  it('counts when the wallet is judged: gas alone it could pay', async () => {
    const wallet = await h.wallet(10n ** 15n);
    await charge(10n ** 15n);
    const { sender } = await throughProxy({ ...rollup, wallet });
    const error = await sender.send(h.call(await h.contract())).catch(e => e);
    expect(error).toBeInstanceOf(InsufficientFunds);
    const rich = await throughProxy({ wallet });
    expect(await rich.sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined' });
  });

  it('that a receipt tells is part of what was paid', async () => {
    proxy.intercept(async ({ method, params }) => {
      if (method !== 'eth_getTransactionReceipt') return undefined;
      const receipt = (await h.anvil.send(method, params as unknown[])) as object | null;
      return { result: receipt && { ...receipt, l1Fee: '0x38d7ea4c68000' } };
    });
    const { sent } = await signedFor();
    const { gasUsed, gasPrice } = sent.receipt;
    expect(sent.costWei).toBe(gasUsed * gasPrice + 10n ** 15n);
  });
});

it('a wallet that delegates to a contract has one transaction in flight at a time', async () => {
  await h.anvil.time.setAutomine(false);
  const wallet = await h.wallet();
  await h.anvil.send('anvil_setCode', [wallet.address, `0xef0100${(await h.contract()).slice(2)}`]);
  const { sender } = await throughProxy({ wallet });
  const sending = [h.call(await h.contract(), 1), h.call(await h.contract(), 2)].map(call =>
    sender.send(call),
  );
  await until('one waits', async () => (await h.pool(wallet.address)).length === 1);
  await until('the code was read', () => sender.maxInFlight === 1);
  expect(await h.pool(wallet.address)).toHaveLength(1);
  await h.anvil.time.mine();
  await until('the other waits', async () => (await h.pool(wallet.address)).some(({ nonce }) => nonce === 1));
  await h.anvil.time.mine();
  expect(await Promise.all(sending)).toMatchObject([{ nonce: 0 }, { nonce: 1 }]);
});

describe('the gas budget', () => {
  it('keeps a call that would exceed it from being sent, also in the next process', async () => {
    const wallet = await h.wallet();
    const gasLimits = { perHour: 150_000n };
    const { sender, journal } = await throughProxy({ wallet, gasLimits });
    const contract = await h.contract();
    let sent = 0;
    const error = await (async () => {
      for (; sent < 20; sent += 1) await sender.send(h.call(contract, sent));
    })().catch(e => e);
    expect(error).toBeInstanceOf(GasBudgetExceeded);
    expect([sent >= 2, sent < 10]).toEqual([true, true]);
    expect(await h.touches(contract)).toBe(sent);
    expect(sender.gasBudget.shortage).toMatchObject({ label: `touch ${sent}`, window: 'hour' });
    const next = await throughProxy({ wallet, gasLimits, journal });
    await next.sender.start();
    expect(await next.sender.send(h.call(contract, sent)).catch(e => e)).toBeInstanceOf(GasBudgetExceeded);
  });
});

describe('a price a hundred times the usual one', () => {
  const spike = async (wei: bigint) => {
    await h.anvil.time.mine(60);
    await h.anvil.time.setNextBaseFee(wei);
    await h.anvil.time.mine();
  };
  const maxFeeOf = async (hash: string) => (await h.anvil.provider.getTransaction(hash))?.maxFeePerGas ?? 0n;

  it('is not paid while the call has time, and is paid after that, within the cap', async () => {
    const { sender, wallet } = await h.sender({ caps: { maxFeeWei: 250n * gwei } });
    const contract = await h.contract();
    await spike(200n * gwei);
    let patienceMs = 60_000;
    const call = { ...h.call(contract), patienceMs: () => patienceMs };
    const error = await sender.send(call).catch(e => e);
    expect(error).toBeInstanceOf(PriceSpike);
    expect(error.message).toMatch(/waits for a lower price.*in 60 s at the latest/);
    expect([await h.touches(contract), await h.nonce(wallet.address)]).toEqual([0, 0]);
    expect(await sender.rehearse(call)).toMatchObject({ fees: { maxFeeWei: 250n * gwei } });
    patienceMs = 0;
    const sent = await sender.send(call);
    if (sent.status !== 'mined') throw new Error(sent.status);
    expect(await maxFeeOf(sent.hash)).toBe(250n * gwei);
  });

  it('is no reason to wait where only a node suggests it as the tip', async () => {
    await h.anvil.time.mine(60);
    const { sender } = await throughProxy();
    await proxy.setFault(faults.suggestsTip(huge));
    const call = { ...h.call(await h.contract()), patienceMs: () => 60_000 };
    expect(await sender.send(call)).toMatchObject({ status: 'mined' });
  });

  it('is paid at once by a call that has no time, and where nodes hide what recent blocks cost', async () => {
    await spike(200n * gwei);
    const { sender } = await throughProxy();
    expect(await sender.send(h.call(await h.contract()))).toMatchObject({ status: 'mined' });
    await spike(200n * gwei);
    await proxy.setFault(faults.noFeeHistory);
    const call = { ...h.call(await h.contract()), patienceMs: () => 60_000 };
    const { sender: blind } = await throughProxy();
    expect(await blind.send(call)).toMatchObject({ status: 'mined' });
  });
});

describe('a call that is no longer wanted', () => {
  /** Leaves a call with a hook unmined in the mempool. */
  async function stuck(isWanted: () => Promise<boolean>) {
    await h.anvil.time.setAutomine(false);
    await h.anvil.time.setNextBaseFee(gwei);
    await h.anvil.time.mine();
    const made = await h.sender();
    const contract = await h.contract();
    const sending = made.sender.send({ ...h.call(contract), isWanted }).catch(e => e);
    await until('it waits', async () => (await h.pool(made.wallet.address)).length === 1);
    return { ...made, contract, sending };
  }
  const mineEmpty = async () => {
    await h.anvil.time.setNextBaseFee(200n * gwei);
    await h.anvil.time.mine();
  };

  it('is not replaced: its nonce is free for the next one', async () => {
    const { sender, sending, wallet, contract } = await stuck(async () => false);
    await until('it is given up', async () => {
      await mineEmpty();
      return sender.inFlight.length === 0;
    });
    expect(await sending).toBeInstanceOf(NoLongerWanted);
    expect(h.lines.some(({ message }) => message === 'transaction replaced with higher fees')).toBe(false);
    await h.anvil.send('anvil_dropAllTransactions');
    await h.anvil.time.setAutomine(true);
    const other = await h.contract();
    expect(await sender.send(h.call(other))).toMatchObject({ status: 'mined', nonce: 0 });
    expect([await h.touches(contract), await h.nonce(wallet.address)]).toEqual([0, 1]);
  });

  it.each([
    ['cannot be asked', async () => Promise.reject(new Error('down'))],
    ['is still wanted', async () => true],
  ])('%s: replaced as ever', async (_, isWanted) => {
    const { sender } = await stuck(isWanted);
    await until('replaced', async () => {
      await mineEmpty();
      return (sender.inFlight[0]?.entry.attempts.length ?? 0) > 1;
    });
  });
});
