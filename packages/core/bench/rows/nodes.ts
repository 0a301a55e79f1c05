import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, faults, type Intercept } from '@service-bots/devnet';
import { Transaction, Wallet } from 'ethers';
import { failedOf, load, timed } from '../calls.ts';
import { anyContract, blockTimeMs, type Cell, chainId, fundedAccount } from '../rig.ts';
import { duration, type Figure, type Row } from '../row.ts';

const lateBlocks = 20;
const sendsWithLateReceipts = 3;
const sendLimitMs = 60_000;
const broadcasts = 20;
const refusedWithinMs = 5_000;
/** Monad returns this code for every refusal of its pool. */
const monadCode = -32_603;
const noFunds = 'Signer had insufficient balance';
const nonceUsed = 'Transaction nonce too low';

/** Transactions, with nodes that behave like other node software. */
export const nodeRows: readonly Row[] = [
  {
    what: `a broadcast that both refuse as Monad does (${monadCode} “${noFunds}”): rejected after; in the node’s words`,
    demand: '≤ 5,000 ms; yes',
    measure: refused,
  },
  {
    what: `${broadcasts} broadcasts that land, and both answer as Monad does (${monadCode} “${nonceUsed}”): threw but landed; lost`,
    demand: '0; 0',
    measure: landed,
  },
  {
    what: `${sendsWithLateReceipts} send-and-waits, receipts come ${lateBlocks} blocks late from both: mined; transactions that it took`,
    demand: '3; 3',
    measure: lateReceipts,
  },
];

async function signed(anvil: Cell['anvil']): Promise<`0x${string}`> {
  const { privateKey, address } = await fundedAccount(anvil);
  const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n };
  const tx = { type: 2, chainId, to: address, nonce: 0, gasLimit: 21_000n, ...fees };
  return (await new Wallet(privateKey).signTransaction(tx)) as `0x${string}`;
}

async function refused({ anvil, primary, backup, connect }: Cell): Promise<Figure> {
  const client = await connect();
  await client.head();
  const raw = await signed(anvil);
  const refusal: Intercept = ({ method }) =>
    method === 'eth_sendRawTransaction' ? { error: { code: monadCode, message: noFunds } } : undefined;
  for (const proxy of [primary, backup]) proxy.intercept(refusal);
  const { ok, ms, timedOut, error } = await timed(() => client.broadcast(raw));
  const inWords = String((error as Error | undefined)?.message).includes(noFunds);
  if (ok) return { text: 'taken for sent', met: false };
  const text = `${timedOut ? '> ' : ''}${duration(ms)}; ${inWords ? 'yes' : 'no'}`;
  return { text, met: !timedOut && ms <= refusedWithinMs && inWords };
}

/**
 * The node has the transaction, by an earlier attempt or from another endpoint, and reports that in its own
 * way.
 */
const landsButRefused: Fault = {
  name: 'lands-but-refused',
  begin: () => ({
    act: exchange =>
      exchange.answerCalls(async ({ method, params }) => {
        if (method !== 'eth_sendRawTransaction') return undefined;
        await exchange.ask(method, params as readonly unknown[]);
        return { error: { code: monadCode, message: nonceUsed } };
      }),
  }),
};

async function landed({ anvil, primary, backup, connect }: Cell): Promise<Figure> {
  const client = await connect();
  await client.head();
  const raws = await Promise.all(Array.from({ length: broadcasts }, () => signed(anvil)));
  await Promise.all([primary.setFault(landsButRefused), backup.setFault(landsButRefused)]);
  const outcomes = await load(nth => client.broadcast(raws[nth] as `0x${string}`), {
    calls: broadcasts,
    concurrency: broadcasts,
  });
  await Promise.all([primary.setFault(faults.ok), backup.setFault(faults.ok)]);
  await delay(2 * blockTimeMs);
  const receipts = await Promise.all(
    raws.map(raw => anvil.provider.getTransactionReceipt(Transaction.from(raw).hash ?? '')),
  );
  const threwButLanded = outcomes.filter(({ ok }, i) => !ok && receipts[i] !== null).length;
  const lost = outcomes.filter(({ ok }, i) => ok && receipts[i] === null).length;
  return { text: `${threwButLanded}; ${lost}`, met: threwButLanded === 0 && lost === 0 };
}

async function lateReceipts({ anvil, primary, backup, connect }: Cell): Promise<Figure> {
  const late: Intercept = async ({ method, params }) => {
    if (method !== 'eth_getTransactionReceipt') return undefined;
    const receipt = (await anvil.send(method, params as unknown[])) as { blockNumber: string } | null;
    const { number } = await anvil.time.latest();
    return receipt && number < Number(receipt.blockNumber) + lateBlocks ? { result: null } : undefined;
  };
  for (const proxy of [primary, backup]) proxy.intercept(late);
  const client = await connect();
  const account = await fundedAccount(anvil);
  const wallet = client.wallet(account, await anyContract(anvil));
  const outcomes = await Promise.all(
    Array.from({ length: sendsWithLateReceipts }, (_, i) => timed(() => wallet.sendAndWait(i), sendLimitMs)),
  );
  const nonce = await anvil.provider.getTransactionCount(account.address);
  await wallet.stop();
  const mined = outcomes.length - failedOf(outcomes);
  return {
    text: `${mined}; ${nonce}`,
    met: mined === sendsWithLateReceipts && nonce === sendsWithLateReceipts,
  };
}
