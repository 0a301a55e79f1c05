import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@service-bots/devnet';
import { type Clock, systemClock } from '../src/clock/index.ts';
import { BlockHints } from '../src/runtime/rounds/BlockHints.ts';
import {
  FeeAboveCap,
  InsufficientFunds,
  OutcomeUnknown,
  PolicyViolation,
  type Sender,
  SenderStopped,
  SimulationReverted,
  TransactionReverted,
} from '../src/wallet/index.ts';
import { Harness } from './support/senderHarness.ts';

let h: Harness;
beforeAll(async () => {
  h = await Harness.start();
});
afterEach(() => h.reset());
afterAll(() => h.stop());

describe('Sender.send', () => {
  it('default: simulates, signs, broadcasts, waits, and tells what it cost', async () => {
    const { sender, wallet, journal } = await h.sender();
    const contract = await h.contract();
    const before = await h.anvil.provider.getBalance(wallet.address);
    const sent = await sender.send(h.call(contract));
    if (sent.status !== 'mined') throw new Error(sent.status);
    expect(sent).toMatchObject({ nonce: 0, replacements: 0, receipt: { status: 1, to: contract } });
    expect(await h.touches(contract)).toBe(1);
    expect(before - (await h.anvil.provider.getBalance(wallet.address))).toBe(sent.costWei);
    expect(sender.inFlight).toEqual([]);
    await until('journal empty', async () => (await journal.read()).entries.length === 0);
  });

  it('behavior: looks for the receipt as soon as it hears of a block', async () => {
    // On this clock the next poll never comes.
    const never: Clock = { ...systemClock, sleep: (_, stop) => systemClock.sleep(3_600_000, stop) };
    const hints = new BlockHints(never, { blockTimeMs: 100 });
    let looks = 0;
    const { sender } = await h.sender({
      pause: (ms, stop) => {
        looks += 1;
        return hints.sleep({ ms, signal: stop });
      },
    });
    const contract = await h.contract();
    await h.anvil.time.setAutomine(false);
    const sending = sender.send(h.call(contract));
    await until('it was looked for', () => looks === 1);
    await h.anvil.time.mine();
    hints.hint();
    expect((await sending).status).toBe('mined');
    expect(looks).toBeLessThanOrEqual(2);
  });

  it('behavior: a call that would revert is not sent, and its error has the contract’s own name', async () => {
    const { sender, wallet } = await h.sender();
    const contract = await h.contract();
    await h.block(contract);
    const error = await sender.send(h.call(contract)).catch(e => e);
    expect(error).toBeInstanceOf(SimulationReverted);
    expect(error).toMatchObject({ error: 'Blocked', message: 'touch 0 would revert: Blocked()' });
    expect(await h.nonce(wallet.address)).toBe(0);
  });

  it('behavior: the very call is simulated: same sender, contract and data', async () => {
    const { sender, wallet, provider } = await h.sender();
    const contract = await h.contract();
    const asked: unknown[] = [];
    await provider.on('debug', event => {
      if (event.action === 'sendRpcPayload') asked.push(event.payload);
    });
    const call = h.call(contract, 7);
    await sender.send(call);
    const either = (address: string) => expect.stringMatching(new RegExp(`^${address}$`, 'i'));
    const tx = { from: either(wallet.address), to: either(contract), data: call.data };
    for (const method of ['eth_call', 'eth_estimateGas']) {
      expect(asked).toContainEqual(expect.objectContaining({ method, params: expect.arrayContaining([tx]) }));
    }
  });

  it('behavior: a contract that is not on the list is refused and reported, and nothing is signed', async () => {
    const { sender, wallet } = await h.sender({ contracts: () => [] });
    const contract = await h.contract();
    await expect(sender.send(h.call(contract))).rejects.toThrow(PolicyViolation);
    expect(h.violations).toHaveLength(1);
    expect(h.violations[0]?.message).toContain(`a call to ${contract}`);
    expect([await h.nonce(wallet.address), await h.pool(wallet.address)]).toEqual([0, []]);
  });

  it('behavior: a base fee above the operator’s cap stops it, and the message names the variable', async () => {
    const { sender, wallet } = await h.sender({ caps: { maxFeeWei: 1n } });
    const error = await sender.send(h.call(await h.contract())).catch(e => e);
    expect(error).toBeInstanceOf(FeeAboveCap);
    expect(error.message).toContain('MAX_FEE_GWEI');
    expect(await h.nonce(wallet.address)).toBe(0);
  });

  it('behavior: an empty wallet is told apart, with what it holds and what it needs', async () => {
    const wallet = await h.wallet(1n);
    const { sender } = await h.sender({ wallet });
    const error = await sender.send(h.call(await h.contract())).catch(e => e);
    expect(error).toBeInstanceOf(InsufficientFunds);
    expect(error.message).toContain(`${wallet.address} holds 0.000000000000000001`);
  });

  it('behavior: with just enough for today’s price, the fee is cut down to what the wallet pays', async () => {
    const { baseFeePerGas } = (await h.anvil.provider.getBlock('latest')) ?? {};
    const wallet = await h.wallet(60_000n * ((baseFeePerGas ?? 0n) + 10n ** 9n + 10n ** 8n));
    const { sender } = await h.sender({ wallet, chain: { gasMarginPercent: 100n } });
    const contract = await h.contract();
    await sender.send(h.call(contract));
    expect(await h.touches(contract)).toBe(1);
  });

  it('behavior: two senders with one key: each reports the wallet and the nonces that the other one used', async () => {
    const { sender, wallet } = await h.sender();
    const { sender: another } = await h.sender({ wallet });
    const send = async (by: Sender) => by.send(h.call(await h.contract()));
    await send(sender);
    await send(another);
    await send(another);
    expect(h.foreign).toEqual([]);
    await send(sender);
    expect(h.foreign).toEqual([{ address: wallet.address, nonces: [1, 2] }]);
    expect(h.lines).toContainEqual(
      expect.objectContaining({ level: 'warning', address: wallet.address, nonces: [1, 2] }),
    );
    await send(another);
    expect(h.foreign.slice(1)).toEqual([{ address: wallet.address, nonces: [3] }]);
  });

  it('behavior: a dry run simulates, broadcasts nothing and journals nothing', async () => {
    const wallet = await h.wallet(0n);
    const { sender, journal } = await h.sender({ wallet, dryRun: true });
    const contract = await h.contract();
    const sent = await sender.send(h.call(contract));
    if (sent.status !== 'dry-run') throw new Error(sent.status);
    expect(sent.preflight.gasLimit).toBeGreaterThan(21_000n);
    expect(sent.preflight.expectedCostWei).toBeGreaterThan(0n);
    expect([await h.touches(contract), await h.pool(wallet.address)]).toEqual([0, []]);
    expect((await journal.read()).entries).toEqual([]);
  });

  it('behavior: a dry run finds a revert as well', async () => {
    const { sender } = await h.sender({ dryRun: true });
    const contract = await h.contract();
    await h.block(contract);
    await expect(sender.send(h.call(contract))).rejects.toThrow('Blocked()');
  });

  it('behavior: a transaction that fails when it is mined is an error with its hash and block', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender();
    const contract = await h.contract();
    const sending = sender.send(h.call(contract)).catch(e => e);
    await until('broadcast', async () => (await h.pool(wallet.address)).length === 1);
    await h.block(contract);
    const { number } = await h.anvil.time.mine();
    const error = await sending;
    expect(error).toBeInstanceOf(TransactionReverted);
    expect(error.message).toContain(`block ${number}`);
    expect(error.message).toContain(error.hash);
    expect(sender.inFlight).toEqual([]);
  });

  it('behavior: waits until the receipt is as deep as configured', async () => {
    const { sender } = await h.sender({ confirmations: 3 });
    const contract = await h.contract();
    let isDone = false;
    const sending = sender.send(h.call(contract)).finally(() => {
      isDone = true;
    });
    await until('mined', async () => (await h.touches(contract)) === 1);
    await h.anvil.time.mine();
    // The watch has seen the second block, which is not enough.
    await expect(until('too early', () => isDone, { timeoutMs: 500 })).rejects.toThrow('in vain');
    const { number } = await h.anvil.time.mine();
    const sent = await sending;
    if (sent.status !== 'mined') throw new Error(sent.status);
    expect(sent.receipt.blockNumber).toBe(number - 2);
  });

  it('behavior: a journal that cannot be written keeps the transaction at home', async () => {
    const journal = {
      read: async () => ({ from: '', entries: [] }),
      write: async () => {
        throw new Error('no space left on device');
      },
    };
    const { sender, wallet } = await h.sender({ journal });
    const error = await sender.send(h.call(await h.contract())).catch(e => e);
    expect(error.message).toBe(
      'touch 0 is not sent: the journal cannot be written (no space left on device)',
    );
    expect([await h.nonce(wallet.address), sender.inFlight.length]).toEqual([0, 0]);
  });

  it('behavior: sends and replaces an idempotent call while the disk hangs and the journal cannot be written', async () => {
    let answer = () => {};
    const journal = {
      read: async () => ({ from: '', entries: [] }),
      write: () =>
        new Promise<void>((_, reject) => {
          answer = () => reject(new Error('no space left on device'));
        }),
    };
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender({ journal });
    const sending = sender.send({ ...h.call(await h.contract()), idempotent: true });
    const [first] = await until('it to be handed over', async () => {
      const pool = await h.pool(wallet.address);
      return pool.length > 0 && pool;
    });
    await until('a replacement', async () => {
      // The transaction may be mined before it is seen in the mempool.
      if (h.lines.some(({ message }) => message === 'transaction replaced with higher fees')) return true;
      await h.anvil.send('anvil_dropTransaction', [first?.hash]);
      await h.anvil.time.mine();
      return false;
    });
    await h.anvil.time.setAutomine(true);
    await h.anvil.time.mine();
    expect((await sending).status).toBe('mined');
    answer();
  });

  it('behavior: the fence is told whether it does harm when another copy sends the same', async () => {
    const asked: boolean[] = [];
    const fence = async (isIdempotent: boolean) => {
      asked.push(isIdempotent);
      if (!isIdempotent) throw new Error('another copy may act');
    };
    const { sender } = await h.sender({ fence });
    const call = h.call(await h.contract());
    await expect(sender.send(call)).rejects.toThrow('another copy may act');
    expect((await sender.send({ ...call, idempotent: true })).status).toBe('mined');
    expect(asked).toEqual([false, true]);
  });

  it('behavior: what the fence refuses stays at home, the first time and when it is replaced', async () => {
    let isOpen = false;
    const fence = async () => {
      if (!isOpen) throw new Error('another copy acts');
    };
    await h.anvil.time.setAutomine(false);
    const { sender, wallet, journal } = await h.sender({ fence, waitMs: 1_000 });
    const call = h.call(await h.contract());
    await expect(sender.send(call)).rejects.toThrow('another copy acts');
    expect([await h.pool(wallet.address), sender.inFlight, (await journal.read()).entries]).toEqual([
      [],
      [],
      [],
    ]);
    isOpen = true;
    const sending = sender.send(call).catch(error => error);
    const [first] = await until('it to be handed over', async () => {
      const pool = await h.pool(wallet.address);
      return pool.length > 0 && pool;
    });
    isOpen = false;
    await sending;
    const refused = () => h.lines.some(({ reason }) => reason === 'another copy acts');
    await until('a replacement to be refused', async () => {
      if (refused()) return true;
      await h.anvil.send('anvil_dropTransaction', [first?.hash]);
      await h.anvil.time.mine();
      return false;
    });
    expect(await h.pool(wallet.address)).toEqual([]);
  });
});

describe('Sender.stop', () => {
  it('default: finishes the transaction in hand and refuses new ones', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender();
    const contract = await h.contract();
    const sending = sender.send(h.call(contract));
    await until('broadcast', async () => (await h.pool(wallet.address)).length === 1);
    const stopping = sender.stop(10_000);
    await expect(sender.send(h.call(contract, 2))).rejects.toThrow(SenderStopped);
    await h.anvil.time.mine();
    expect(await sending).toMatchObject({ status: 'mined' });
    await stopping;
    expect(await h.nonce(wallet.address)).toBe(1);
  });

  it('behavior: after the grace, whoever waits is told, and the journal keeps the transaction', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet, journal } = await h.sender();
    const sending = sender.send(h.call(await h.contract())).catch(e => e);
    await until('broadcast', async () => (await h.pool(wallet.address)).length === 1);
    await sender.stop(100);
    expect(await sending).toBeInstanceOf(OutcomeUnknown);
    expect((await journal.read()).entries).toHaveLength(1);
  });
});
