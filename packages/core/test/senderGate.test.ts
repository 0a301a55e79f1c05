import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startProxy, until } from '@service-bots/devnet';
import { hexlify, randomBytes } from 'ethers';
import { NoLongerWanted, SenderStopped, SimulationReverted } from '../src/wallet/index.ts';
import { Harness } from './support/senderHarness.ts';

let h: Harness;
beforeAll(async () => {
  h = await Harness.start();
});
afterEach(() => h.reset());
afterAll(() => h.stop());

/** A promise that the test settles. */
function gate() {
  let open = () => {};
  let refuse = (_: Error) => {};
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve;
    refuse = reject;
  });
  let signal: AbortSignal | undefined;
  return {
    /** The gate in the form that a call takes. */
    wait: (stop: AbortSignal) => {
      signal = stop;
      return passed;
    },
    open: () => open(),
    refuse: (error: Error) => refuse(error),
    /** Resolves when the call is signed and waits. */
    reached: () => until('the call waits at its gate', () => signal),
  };
}

describe('a call with a gate', () => {
  it('default: is signed and ready, and leaves only when the gate opens', async () => {
    const { sender, wallet, journal } = await h.sender();
    const contract = await h.contract();
    const held = gate();
    const sending = sender.send({ ...h.call(contract), gate: held.wait });
    await held.reached();
    expect([await h.touches(contract), await h.pool(wallet.address)]).toEqual([0, []]);
    expect([sender.inFlight, (await journal.read()).entries]).toEqual([[], []]);
    held.open();
    expect(await sending).toMatchObject({ status: 'mined', nonce: 0 });
    expect(await h.touches(contract)).toBe(1);
  });

  it('behavior: nothing that is asked of the node holds up the broadcast once the gate is open', async () => {
    const proxy = await startProxy(h.anvil);
    const { sender } = await h.sender({ rpcUrls: [proxy.rpcUrl] });
    const held = gate();
    const sending = sender.send({ ...h.call(await h.contract()), gate: held.wait });
    await held.reached();
    let seen = () => {};
    const broadcast = new Promise<undefined>(resolve => {
      seen = () => resolve(undefined);
    });
    // The watch broadcasts again by itself; a broadcast that waited for it would never be answered.
    proxy.intercept(({ method }) => {
      if (method !== 'eth_sendRawTransaction') return broadcast;
      seen();
      return undefined;
    });
    held.open();
    expect(await sending).toMatchObject({ status: 'mined' });
    await proxy.close();
  });

  it('behavior: another call leaves meanwhile, and the one that was held gets the next nonce', async () => {
    const { sender } = await h.sender();
    const [first, second] = [await h.contract(), await h.contract()];
    const held = gate();
    const one = sender.send({ ...h.call(first), gate: held.wait });
    await held.reached();
    expect(await sender.send(h.call(second))).toMatchObject({ status: 'mined', nonce: 0 });
    expect(await h.touches(first)).toBe(0);
    held.open();
    expect(await one).toMatchObject({ status: 'mined', nonce: 1 });
  });

  it('behavior: behind a transaction that is given up meanwhile it takes the nonce that is free again', async () => {
    const { sender } = await h.sender();
    const [dropped, wanted] = [await h.contract(), await h.contract()];
    await h.anvil.time.setAutomine(false);
    const giving = sender.send({ ...h.call(dropped), isWanted: async () => false }).catch(error => error);
    await until('the first one waits', () => sender.inFlight.length === 1);
    const held = gate();
    const sending = sender.send({ ...h.call(wanted), gate: held.wait });
    await held.reached();
    await until('the first one is given up', async () => {
      await h.anvil.send('anvil_dropAllTransactions');
      await h.anvil.time.mine();
      return sender.inFlight.length === 0;
    });
    await giving;
    await h.anvil.time.setAutomine(true);
    held.open();
    expect(await sending).toMatchObject({ status: 'mined', nonce: 0 });
  });

  it('behavior: several whose gates open at once leave one after the other, each with a nonce of its own', async () => {
    const { sender } = await h.sender();
    const held = gate();
    const contracts = [await h.contract(), await h.contract(), await h.contract()];
    const sending = contracts.map(contract => sender.send({ ...h.call(contract), gate: held.wait }));
    await held.reached();
    held.open();
    const nonces = (await Promise.all(sending)).map(sent => sent.status === 'mined' && sent.nonce);
    expect(nonces.toSorted()).toEqual([0, 1, 2]);
  });

  it('behavior: one whose gate refuses is never sent, and takes no nonce', async () => {
    const { sender, wallet, journal } = await h.sender();
    const [first, second] = [await h.contract(), await h.contract()];
    const held = gate();
    const sending = sender.send({ ...h.call(first), gate: held.wait }).catch(error => error);
    await held.reached();
    const refusal = new Error('somebody was faster');
    held.refuse(refusal);
    expect(await sending).toBe(refusal);
    expect([await h.touches(first), sender.inFlight, (await journal.read()).entries]).toEqual([0, [], []]);
    expect(await sender.send(h.call(second))).toMatchObject({ nonce: 0 });
    expect(await h.nonce(wallet.address)).toBe(1);
  });

  it('behavior: a stop reaches the gate, and the call is not sent any more', async () => {
    const { sender, wallet, journal } = await h.sender();
    const contract = await h.contract();
    const held = gate();
    const sending = sender.send({ ...h.call(contract), gate: held.wait }).catch(error => error);
    const signal = await held.reached();
    expect(signal.aborted).toBe(false);
    const stopping = sender.stop(10_000);
    expect(signal.aborted).toBe(true);
    // The gate opens as a clock does that is told to stop sleeping.
    held.open();
    expect(await sending).toBeInstanceOf(SenderStopped);
    await stopping;
    expect([await h.pool(wallet.address), await h.nonce(wallet.address)]).toEqual([[], 0]);
    expect((await journal.read()).entries).toEqual([]);
  });

  it('behavior: is held once: a second try after a refusal of the node does not wait again', async () => {
    const proxy = await startProxy(h.anvil);
    const { sender } = await h.sender({ rpcUrls: [proxy.rpcUrl] });
    let refusals = 0;
    proxy.intercept(({ method }) => {
      if (method !== 'eth_sendRawTransaction' || refusals > 0) return undefined;
      refusals += 1;
      return { error: { code: -32_000, message: 'transaction underpriced' } };
    });
    let waits = 0;
    const wait = async () => {
      waits += 1;
    };
    const sent = await sender.send({ ...h.call(await h.contract()), gate: wait });
    expect([sent.status, waits, refusals]).toEqual(['mined', 1, 1]);
    await proxy.close();
  });

  it('behavior: a call that would revert, and a dry run, do not come to their gates', async () => {
    const bad = await h.contract();
    await h.block(bad);
    let waits = 0;
    const wait = async () => {
      waits += 1;
    };
    const { sender } = await h.sender();
    await expect(sender.send({ ...h.call(bad), gate: wait })).rejects.toThrow(SimulationReverted);
    const { sender: rehearsing } = await h.sender({ dryRun: true });
    expect(await rehearsing.send({ ...h.call(await h.contract()), gate: wait })).toMatchObject({
      status: 'dry-run',
    });
    expect(waits).toBe(0);
  });
});

describe('a call and its block', () => {
  it('default: is simulated on the state that it was decided on', async () => {
    const { sender } = await h.sender();
    const contract = await h.contract();
    await h.block(contract);
    const blocked = await h.anvil.time.mine();
    // anvil keeps a block's state as it is when the next block is made.
    await h.anvil.time.mine();
    await h.block(contract, false);
    await h.anvil.time.mine();
    await expect(sender.send({ ...h.call(contract), block: blocked })).rejects.toThrow('Blocked()');
    expect(await h.touches(contract)).toBe(0);
    expect(await sender.send({ ...h.call(contract), block: await h.anvil.time.latest() })).toMatchObject({
      status: 'mined',
    });
  });
});

/**
 * A contract that reverts before (LT) or from (GT) a moment: PUSH4 moment, TIMESTAMP or NUMBER, the comparison, JUMPI
 * to a REVERT, or STOP.
 */
async function timed(reads: 'timestamp' | 'number', reverts: 'before' | 'after', moment: number) {
  const address = hexlify(randomBytes(20));
  const operand = reads === 'timestamp' ? '42' : '43';
  const comparison = reverts === 'before' ? '10' : '11';
  const value = moment.toString(16).padStart(8, '0');
  await h.anvil.send('anvil_setCode', [address, `0x63${value}${operand}${comparison}600b57005b60006000fd`]);
  return address;
}

describe('a call that is meant for a block to come', () => {
  it('default: is simulated as if that moment had come, and sent in it', async () => {
    const { sender } = await h.sender();
    const { timestamp } = await h.anvil.time.mine();
    const moment = timestamp + 3_600;
    const contract = await timed('timestamp', 'before', moment);
    await expect(sender.send(h.call(contract))).rejects.toThrow(SimulationReverted);
    const meantFor = { timestamp: moment };
    const wait = async () => {
      await h.anvil.time.moveTo(moment);
    };
    expect(await sender.send({ ...h.call(contract), meantFor, gate: wait })).toMatchObject({
      status: 'mined',
      receipt: { status: 1 },
    });
  });

  it('behavior: so it is with a block’s number, on top of the state it was decided on', async () => {
    const { sender } = await h.sender();
    const block = await h.anvil.time.mine();
    // A transaction that is sent now is in the next block.
    const number = block.number + 1;
    const contract = await timed('number', 'before', number);
    await h.anvil.time.setAutomine(false);
    const meantFor = { number };
    const sending = sender.send({ ...h.call(contract), block, meantFor });
    await until('broadcast', async () => (await h.pool(sender.address)).length === 1);
    await h.anvil.time.mine();
    expect(await sending).toMatchObject({ status: 'mined', receipt: { blockNumber: number, status: 1 } });
  });

  it('behavior: a revert at that moment is one, although the call would succeed now', async () => {
    const { sender } = await h.sender();
    const { timestamp } = await h.anvil.time.mine();
    const contract = await timed('timestamp', 'after', timestamp + 3_600);
    await expect(
      sender.send({ ...h.call(contract), meantFor: { timestamp: timestamp + 3_601 } }),
    ).rejects.toThrow(SimulationReverted);
    expect(await sender.send(h.call(contract))).toMatchObject({ status: 'mined' });
  });

  it('behavior: a node that cannot pretend simulates on the state there is', async () => {
    const proxy = await startProxy(h.anvil);
    proxy.intercept(({ params }) =>
      Array.isArray(params) && params.length > 2
        ? { error: { code: -32_602, message: 'too many arguments, want at most 2' } }
        : undefined,
    );
    const { sender } = await h.sender({ rpcUrls: [proxy.rpcUrl] });
    const { timestamp } = await h.anvil.time.mine();
    const moment = timestamp + 3_600;
    const meantFor = { timestamp: moment };
    expect(await sender.send({ ...h.call(await h.contract()), meantFor })).toMatchObject({ status: 'mined' });
    const tooEarly = await timed('timestamp', 'before', moment);
    await expect(sender.send({ ...h.call(tooEarly), meantFor })).rejects.toThrow(SimulationReverted);
    await proxy.close();
  });
});

describe('a call that another copy of the bot may be about to send', () => {
  /** A head start that the test ends, a contract, and the call as it was decided on at the newest block. */
  const scene = async () => {
    const headStart = gate();
    const waits = (stop: AbortSignal) => headStart.wait(stop).then(() => true);
    const { sender, wallet } = await h.sender({ headStart: waits });
    const contract = await h.contract();
    const block = await h.anvil.time.latest();
    return { headStart, sender, wallet, contract, call: { ...h.call(contract), block, idempotent: true } };
  };

  it('default: is simulated anew after the head start, and not sent when the contract refuses it by now', async () => {
    const { headStart, sender, wallet, contract, call } = await scene();
    const sending = sender.send(call);
    await headStart.reached();
    await h.block(contract);
    await h.anvil.time.mine();
    headStart.open();
    await expect(sending).rejects.toThrow(SimulationReverted);
    expect([await h.nonce(wallet.address), await h.pool(wallet.address)]).toEqual([0, []]);
  });

  it('behavior: is not sent when its caller does not want it any more', async () => {
    const { headStart, sender, wallet, call } = await scene();
    const sending = sender.send({ ...call, isWanted: async () => false });
    await headStart.reached();
    headStart.open();
    await expect(sending).rejects.toThrow(NoLongerWanted);
    expect(await h.nonce(wallet.address)).toBe(0);
  });

  it('behavior: is sent after the head start when no other copy has acted', async () => {
    const { headStart, sender, contract, call } = await scene();
    const sending = sender.send(call);
    await headStart.reached();
    expect(await h.touches(contract)).toBe(0);
    headStart.open();
    expect(await sending).toMatchObject({ status: 'mined' });
  });
});
