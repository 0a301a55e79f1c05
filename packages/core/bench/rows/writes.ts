import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, faults } from '@service-bots/devnet';
import { Transaction, Wallet } from 'ethers';
import { failedOf, load, timed } from '../calls.ts';
import { anyContract, blockTimeMs, type Cell, chainId, fundedAccount } from '../rig.ts';
import type { Figure, Row } from '../row.ts';

const broadcasts = 60;
const sends = 30;
const sendLimitMs = 20_000;
const wallets = 4;
const sendsPerWallet = 5;

const lost = (how: 'hang' | 'reset') => faults.lostReplies(['eth_sendRawTransaction'], how);
const errors: readonly Fault[] = [lost('reset'), faults.http500, faults.reset];
const hangs: readonly Fault[] = [lost('hang'), faults.hang];

/** Transactions, with endpoints that fail. */
export const writeRows: readonly Row[] = [
  {
    what: '60 broadcasts, both endpoints drop replies, 500, reset (3 of 4 requests): threw but landed; lost',
    demand: '0; 0',
    measure: cell => faultyBroadcasts(cell, errors),
  },
  {
    what: 'the same, and hang (5 of 6 requests)',
    demand: '0; 0',
    measure: cell => faultyBroadcasts(cell, [...errors, ...hangs]),
  },
  {
    what: '30 concurrent sends, primary flapping (500): reported mined; mined; nonce; left in the pool',
    demand: '30; 30; +30; 0',
    measure: concurrentSends,
  },
  {
    what: '20 send-and-waits, both with 30 % HTTP 500 and 20 % −32005: mined; unhandled rejections',
    demand: '20; 0',
    measure: sendAndWaits,
    // An unhandled rejection does not show whose it is.
    isAlone: true,
  },
];

/** Each broadcast is from an account of its own, so that none waits for another. */
async function faultyBroadcasts({ anvil, primary, backup, connect }: Cell, bad: readonly Fault[]) {
  const client = await connect();
  const raws = await Promise.all(
    Array.from({ length: broadcasts }, async () => {
      const { privateKey, address } = await fundedAccount(anvil);
      const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n };
      const tx = { type: 2, chainId, to: address, nonce: 0, gasLimit: 21_000n, ...fees };
      return new Wallet(privateKey).signTransaction(tx) as Promise<`0x${string}`>;
    }),
  );
  const mix = (seed: number) =>
    faults.randomOf(
      [faults.ok, ...bad].map(fault => ({ weight: 1, fault })),
      seed,
    );
  await Promise.all([primary.setFault(mix(1)), backup.setFault(mix(2))]);
  const outcomes = await load(nth => client.broadcast(raws[nth] as `0x${string}`), {
    calls: broadcasts,
    concurrency: 20,
  });
  await Promise.all([primary.clearFault(), backup.clearFault()]);
  await delay(2 * blockTimeMs);
  const landed = await Promise.all(
    raws.map(async raw => {
      const { hash } = Transaction.from(raw);
      return (await anvil.provider.getTransactionReceipt(hash ?? '')) !== null;
    }),
  );
  const threwButLanded = outcomes.filter(({ ok }, i) => !ok && landed[i]).length;
  const vanished = outcomes.filter(({ ok }, i) => ok && !landed[i]).length;
  const threw = failedOf(outcomes);
  const text = `${threwButLanded}; ${vanished}${threw > threwButLanded ? ` (${threw} threw)` : ''}`;
  return { text, met: threwButLanded === 0 && vanished === 0 && outcomes.length === broadcasts };
}

async function concurrentSends({ anvil, primary, connect }: Cell): Promise<Figure> {
  const client = await connect();
  const account = await fundedAccount(anvil);
  const wallet = client.wallet(account, await anyContract(anvil));
  await primary.setFault(faults.flapping(500, 500, faults.http500));
  const outcomes = await Promise.all(
    Array.from({ length: sends }, (_, i) => timed(() => wallet.sendAndWait(i), sendLimitMs)),
  );
  await delay(2 * blockTimeMs);
  const [nonce, pending] = await Promise.all([
    anvil.provider.getTransactionCount(account.address, 'latest'),
    waiting(anvil, account.address),
  ]);
  await wallet.stop();
  const reported = sends - failedOf(outcomes);
  return {
    text: `${reported}; ${nonce}; +${nonce}; ${pending}`,
    met: reported === sends && nonce === sends && pending === 0,
  };
}

/** Returns the number of an account's transactions in the pool, including those behind a gap. */
async function waiting(anvil: Cell['anvil'], address: string): Promise<number> {
  const content = (await anvil.send('txpool_content')) as Record<string, Record<string, object>>;
  return Object.values(content)
    .flatMap(group => Object.entries(group))
    .filter(([from]) => from.toLowerCase() === address.toLowerCase())
    .reduce((sum, [, byNonce]) => sum + Object.keys(byNonce).length, 0);
}

/** Sends one transaction after the other from each of a few wallets. */
async function sendAndWaits({ anvil, primary, backup, connect }: Cell): Promise<Figure> {
  const client = await connect();
  const contract = await anyContract(anvil);
  const rejections = countRejections();
  const mix = (seed: number) =>
    faults.randomOf(
      [
        { weight: 5, fault: faults.ok },
        { weight: 3, fault: faults.http500 },
        { weight: 2, fault: faults.rpc32005 },
      ],
      seed,
    );
  await Promise.all([primary.setFault(mix(3)), backup.setFault(mix(4))]);
  const mined = await Promise.all(
    Array.from({ length: wallets }, async () => {
      const wallet = client.wallet(await fundedAccount(anvil), contract);
      const outcomes = await load(nth => wallet.sendAndWait(nth), { calls: sendsPerWallet });
      await wallet.stop();
      return outcomes.length - failedOf(outcomes);
    }),
  );
  // A poll that is still running may be rejected yet.
  await delay(2 * blockTimeMs);
  const done = mined.reduce((sum, each) => sum + each, 0);
  const unhandled = rejections();
  return { text: `${done}; ${unhandled}`, met: done === wallets * sendsPerWallet && unhandled === 0 };
}

/** Counts unhandled rejections. @returns a function that ends the count and returns it */
function countRejections(): () => number {
  let count = 0;
  const onRejection = () => {
    count += 1;
  };
  process.on('unhandledRejection', onRejection);
  return () => {
    process.off('unhandledRejection', onRejection);
    return count;
  };
}
