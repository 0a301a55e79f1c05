import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { faults, type RpcProxy, startProxy, until } from '@service-bots/devnet';
import { PolicyViolation } from '../src/wallet/index.ts';
import { gwei, Harness } from './support/senderHarness.ts';

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

/** Returns the wallet's only transaction in the mempool. */
async function waiting(address: string) {
  return until('a transaction waits', async () => (await h.pool(address))[0]);
}

/** Mines a block with a base fee above all of our offers, so that it stays empty. */
async function mineDear(baseFeeWei = 200n * gwei) {
  await h.anvil.time.setNextBaseFee(baseFeeWei);
  await h.anvil.time.mine();
}

/** Mines blocks of a usual base fee. */
async function mineUntil(what: string, isDone: () => boolean | Promise<boolean>) {
  await until(what, async () => {
    if (await isDone()) return true;
    await h.anvil.time.mine();
    return false;
  });
}

describe('a transaction that is not mined', () => {
  it('default: is replaced with both fees up by 12.5 % or more, and mined once', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender();
    const contract = await h.contract();
    const sending = sender.send(h.call(contract));
    const first = await waiting(wallet.address);
    await mineDear();
    await mineDear();
    const second = await until('replaced', async () => {
      const current = await waiting(wallet.address);
      if (current.hash !== first.hash) return current;
      await mineDear();
      return undefined;
    });
    expect(second.nonce).toBe(first.nonce);
    expect(second.maxFee * 8n).toBeGreaterThanOrEqual(first.maxFee * 9n);
    expect(second.tip * 8n).toBeGreaterThanOrEqual(first.tip * 9n);
    await mineUntil('mined', async () => (await h.nonce(wallet.address)) === 1);
    const sent = await sending;
    if (sent.status !== 'mined') throw new Error(sent.status);
    expect(sent.replacements).toBeGreaterThanOrEqual(1);
    expect([await h.touches(contract), await h.pool(wallet.address)]).toEqual([1, []]);
    expect(h.lines).toContainEqual(
      expect.objectContaining({ level: 'warning', message: 'transaction replaced with higher fees' }),
    );
  });

  it('behavior: blocks that came before it was sent do not count', async () => {
    await h.anvil.time.setAutomine(false);
    // The watch polls only when the test ends its pause.
    const pauses: (() => void)[] = [];
    const pause = () => new Promise<void>(resolve => pauses.push(resolve));
    const look = async () => {
      const looks = pauses.length;
      pauses.at(-1)?.();
      await until('it has looked', () => pauses.length > looks);
    };
    const { sender, wallet } = await h.sender({ pause, replaceAfterBlocks: 3 });
    const contract = await h.contract();
    const first = sender.send(h.call(contract, 1));
    await waiting(wallet.address);
    await until('it has looked before', () => pauses.length > 0);
    await h.anvil.time.mine();
    await look();
    await first;

    await h.anvil.time.mine(3);
    const second = sender.send(h.call(contract, 2));
    await waiting(wallet.address);
    await look();
    await h.anvil.time.mine();
    pauses.at(-1)?.();
    expect(await second).toMatchObject({ status: 'mined', replacements: 0 });
  });

  it('behavior: waits out a price that rises after the broadcast, as long as its caller can wait, then pays', async () => {
    await h.anvil.time.mine(40);
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender();
    const contract = await h.contract();
    let patienceMs = 60_000;
    const sending = sender.send({ ...h.call(contract), patienceMs: () => patienceMs });
    const first = await waiting(wallet.address);
    await until('it waits for a lower price', async () => {
      await mineDear();
      return h.lines.some(({ message }) => message === 'a transaction waits for a lower price');
    });
    await mineDear();
    expect(sender.inFlight[0]?.entry.attempts.map(({ hash }) => hash)).toEqual([first.hash]);
    expect(sender.inFlight[0]).toMatchObject({ atCap: false, refusal: undefined });
    patienceMs = 0;
    await until('replaced', async () => {
      await mineDear();
      return (sender.inFlight[0]?.entry.attempts.length ?? 0) > 1;
    });
    await mineUntil('mined', async () => (await h.nonce(wallet.address)) === 1);
    expect(await sending).toMatchObject({ status: 'mined' });
  });

  it('behavior: stays as it is at the cap, says so, and is mined once the base fee has fallen', async () => {
    await h.anvil.time.setAutomine(false);
    await h.anvil.time.setNextBaseFee(gwei);
    await h.anvil.time.mine();
    const caps = { maxFeeWei: 3n * gwei };
    const { sender, wallet } = await h.sender({ caps });
    const contract = await h.contract();
    const sending = sender.send(h.call(contract));
    const first = await waiting(wallet.address);
    await until('at the cap', async () => {
      await mineDear();
      return sender.inFlight[0]?.atCap;
    });
    // Anvil drops transactions below the base fee, and other nodes keep them: the signed fees are checked.
    for (const { maxFeeWei } of sender.inFlight[0]?.entry.attempts ?? [])
      expect(maxFeeWei).toBeLessThanOrEqual(caps.maxFeeWei);
    expect(sender.inFlight.map(({ entry }) => entry.nonce)).toEqual([first.nonce]);
    await h.anvil.time.setNextBaseFee(gwei);
    await mineUntil('mined', async () => (await h.nonce(wallet.address)) === 1);
    expect(await sending).toMatchObject({ status: 'mined' });
    expect(await h.touches(contract)).toBe(1);
  });

  it('behavior: without caps it is not bid up for ever when its price is not what keeps it', async () => {
    // The node accepts every transaction and passes none on.
    await h.anvil.time.setAutomine(false);
    await proxy.setFault(faults.swallowsTransactions);
    const { sender } = await h.sender({ rpcUrls: [proxy.rpcUrl], replaceAfterBlocks: 1 });
    const sending = sender.send(h.call(await h.contract())).catch(() => undefined);
    await until('in flight', () => sender.inFlight.length === 1);
    await mineUntil('at the limit', () => sender.inFlight[0]?.atCap === true);
    const attempts = sender.inFlight[0]?.entry.attempts ?? [];
    const [first, last] = [attempts[0], attempts.at(-1)];
    expect(attempts.length).toBeGreaterThan(2);
    expect(last?.tipWei).toBeLessThanOrEqual(10n * (first?.tipWei ?? 0n));
    await sender.stop(0);
    await sending;
  });

  it('behavior: of several only the first in line is replaced', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender();
    const contract = await h.contract();
    const sending = Promise.all([1, 2, 3].map(id => sender.send(h.call(contract, id))));
    await until('all wait', async () => (await h.pool(wallet.address)).length === 3);
    await until('replaced', async () => {
      await mineDear();
      return sender.inFlight.some(({ entry }) => entry.attempts.length > 1);
    });
    const attempts = sender.inFlight.map(({ entry }) => [entry.nonce, entry.attempts.length]);
    expect(attempts).toEqual([
      [0, expect.any(Number)],
      [1, 1],
      [2, 1],
    ]);
    await mineUntil('mined', async () => (await h.nonce(wallet.address)) === 3);
    await sending;
    expect(await h.touches(contract)).toBe(3);
  });

  it('behavior: a wallet that cannot pay more keeps the version it has, and the reason is kept', async () => {
    await h.anvil.time.setAutomine(false);
    await h.anvil.time.setNextBaseFee(gwei);
    await h.anvil.time.mine();
    // The balance is enough for the present price, not for a hundred times as much.
    const wallet = await h.wallet(60_000n * 4n * gwei);
    const { sender } = await h.sender({ wallet });
    const contract = await h.contract();
    const sending = sender.send(h.call(contract));
    const first = await waiting(wallet.address);
    await until('refused', async () => {
      await mineDear();
      return sender.inFlight[0]?.refusal;
    });
    expect(sender.inFlight[0]).toMatchObject({
      atCap: false,
      refusal: expect.stringMatching(/insufficient/i),
    });
    expect(sender.inFlight[0]?.entry.attempts.map(({ hash }) => hash)).toEqual([first.hash]);
    await h.anvil.time.setNextBaseFee(gwei);
    await mineUntil('mined', async () => (await h.nonce(wallet.address)) === 1);
    expect(await sending).toMatchObject({ status: 'mined', nonce: 0 });
    expect(await h.touches(contract)).toBe(1);
  });

  it('behavior: a contract that left the list is not signed for again, and the first version still counts', async () => {
    await h.anvil.time.setAutomine(false);
    const contract = await h.contract();
    let contracts = [contract];
    const { sender, wallet } = await h.sender({ contracts: () => contracts });
    const sending = sender.send(h.call(contract));
    const first = await waiting(wallet.address);
    contracts = [];
    await until('refused', async () => {
      await mineDear();
      return sender.inFlight[0]?.refusal;
    });
    expect(h.violations[0]).toBeInstanceOf(PolicyViolation);
    expect(sender.inFlight[0]?.entry.attempts.map(({ hash }) => hash)).toEqual([first.hash]);
    await h.anvil.time.setNextBaseFee(gwei);
    await mineUntil('mined', async () => (await h.nonce(wallet.address)) === 1);
    expect(await sending).toMatchObject({ hash: first.hash });
  });

  it('behavior: one that the mempool forgot is sent again', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender();
    const contract = await h.contract();
    const sending = sender.send(h.call(contract));
    await waiting(wallet.address);
    await h.anvil.send('anvil_dropAllTransactions');
    await mineUntil('mined', async () => (await h.nonce(wallet.address)) === 1);
    expect(await sending).toMatchObject({ status: 'mined' });
    expect(await h.touches(contract)).toBe(1);
  });
});
