import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startProxy, until } from '@service-bots/devnet';
import { OutcomeUnknown, SenderStopped, SimulationReverted, WalletBusy } from '../src/wallet/index.ts';
import { Harness } from './support/senderHarness.ts';

let h: Harness;
beforeAll(async () => {
  h = await Harness.start();
});
afterEach(() => h.reset());
afterAll(() => h.stop());

describe('several calls of one wallet', () => {
  it('default: ten calls at once get ten nonces in a row', async () => {
    const { sender, wallet } = await h.sender();
    const contract = await h.contract();
    const sent = await Promise.all(Array.from({ length: 10 }, (_, id) => sender.send(h.call(contract, id))));
    const nonces = sent.map(each => (each.status === 'mined' ? each.nonce : -1));
    expect(nonces.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([await h.touches(contract), await h.nonce(wallet.address)]).toEqual([10, 10]);
  });

  it('behavior: nonces go in the order of the calls, however long each takes to simulate', async () => {
    const proxy = await startProxy(h.anvil);
    const { sender } = await h.sender({ rpcUrls: [proxy.rpcUrl], failover: { attemptMs: 5_000 } });
    const contract = await h.contract();
    // The first call's simulation is the last to end.
    const simulated: string[] = [];
    proxy.intercept(async ({ method, params }) => {
      if (method !== 'eth_estimateGas') return undefined;
      const { data } = (params as { data: string }[])[0] ?? { data: '' };
      const id = Number(`0x${data.slice(-1)}`);
      await until('those after it', () => simulated.length === 4 - id);
      simulated.push(`touch ${id}`);
      return undefined;
    });
    const sent = await Promise.all([1, 2, 3, 4].map(id => sender.send(h.call(contract, id))));
    expect(simulated).toEqual(['touch 4', 'touch 3', 'touch 2', 'touch 1']);
    expect(sent.map(each => each.status === 'mined' && each.nonce)).toEqual([0, 1, 2, 3]);
    await proxy.close();
  });

  it('behavior: a call that fails leaves no gap for those beside it', async () => {
    const { sender, wallet } = await h.sender();
    const [good, bad] = [await h.contract(), await h.contract()];
    await h.block(bad);
    const calls = [h.call(good, 1), h.call(bad, 2), h.call(good, 3), h.call(bad, 4), h.call(good, 5)];
    const results = await Promise.allSettled(calls.map(call => sender.send(call)));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await h.nonce(wallet.address)).toBe(3);
  });

  it('behavior: the same call twice at once is one transaction, in any spelling of the address', async () => {
    const { sender, wallet } = await h.sender();
    const contract = await h.contract();
    const call = h.call(contract);
    const [one, other] = await Promise.all([
      sender.send(call),
      sender.send({ ...call, to: contract.toLowerCase() }),
    ]);
    expect(one).toEqual(other);
    expect([await h.touches(contract), await h.nonce(wallet.address)]).toEqual([1, 1]);
  });

  it('behavior: a call that is still on its way is joined by a later one', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender({ waitMs: 300 });
    const contract = await h.contract();
    const error = await sender.send(h.call(contract)).catch(e => e);
    expect(error).toBeInstanceOf(OutcomeUnknown);
    expect(error).toMatchObject({ nonce: 0, hash: (await h.pool(wallet.address))[0]?.hash });
    const again = sender.send(h.call(contract)).catch(e => e);
    await h.anvil.time.mine();
    expect(await again).toMatchObject({ status: 'mined', hash: error.hash });
    expect(await h.nonce(wallet.address)).toBe(1);
  });

  it('behavior: no more than the chain’s number of transactions waits in the mempool', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender({ chain: { maxInFlight: 1 } });
    const contract = await h.contract();
    const sending = [1, 2, 3].map(id => sender.send(h.call(contract, id)));
    for (const nonce of [0, 1, 2]) {
      const [waiting, ...more] = await until('the next one', async () => {
        const pool = await h.pool(wallet.address);
        return pool.length > 0 && pool;
      });
      expect([waiting?.nonce, more]).toEqual([nonce, []]);
      await h.anvil.time.mine();
    }
    await Promise.all(sending);
    expect(await h.touches(contract)).toBe(3);
  });

  it('behavior: what had to wait its turn is simulated again before it goes out', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet, provider } = await h.sender({ chain: { maxInFlight: 1 } });
    const [first, second] = [await h.contract(), await h.contract()];
    let simulated = 0;
    const simulations = new Set<number>();
    await provider.on('debug', ({ action, payload, result }) => {
      if (action === 'sendRpcPayload' && payload.method === 'eth_call') simulations.add(payload.id);
      if (action === 'receiveRpcResult' && simulations.has(result[0]?.id)) simulated += 1;
    });
    const one = sender.send(h.call(first));
    await until('broadcast', async () => (await h.pool(wallet.address)).length === 1);
    const two = sender.send(h.call(second)).catch(e => e);
    await until('both were simulated', () => simulated === 2);
    await h.block(second);
    await h.anvil.time.mine();
    await one;
    expect(await two).toBeInstanceOf(SimulationReverted);
    expect(await h.nonce(wallet.address)).toBe(1);
  });

  it('behavior: who waits for others too long is told so, and is not sent later', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender({ chain: { maxInFlight: 1 }, waitMs: 400 });
    const [first, second] = [await h.contract(), await h.contract()];
    const one = sender.send(h.call(first)).catch(e => e);
    await until('broadcast', async () => (await h.pool(wallet.address)).length === 1);
    const busy = await sender.send(h.call(second)).catch(e => e);
    expect(busy).toBeInstanceOf(WalletBusy);
    expect(busy.message).toContain('touch 0 (nonce 0)');
    expect(await one).toBeInstanceOf(OutcomeUnknown);
    await h.anvil.time.mine();
    await until('first one resolved', () => sender.inFlight.length === 0);
    expect([await h.pool(wallet.address), await h.touches(second)]).toEqual([[], 0]);
  });

  it('behavior: a call that waits for its turn is not sent after a stop', async () => {
    await h.anvil.time.setAutomine(false);
    const { sender, wallet } = await h.sender({ chain: { maxInFlight: 1 } });
    const contract = await h.contract();
    const sending = [1, 2].map(id => sender.send(h.call(contract, id)).catch(e => e));
    await until('broadcast', async () => (await h.pool(wallet.address)).length === 1);
    const stopping = sender.stop(10_000);
    await h.anvil.time.mine();
    await stopping;
    const outcomes = await Promise.all(sending);
    expect(outcomes.filter(each => each.status === 'mined')).toHaveLength(1);
    expect(outcomes.filter(each => each instanceof SenderStopped)).toHaveLength(1);
    expect([await h.nonce(wallet.address), await h.pool(wallet.address)]).toEqual([1, []]);
  });
});
