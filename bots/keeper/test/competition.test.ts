import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, type DevnetPrizePool, openAlertsOf, until } from '@service-bots/devnet';
import type { Contract, Wallet } from 'ethers';
import {
  anchorAhead,
  dueAt,
  envOf,
  minute,
  openScene,
  openVault,
  type Scene,
  transactionsOf,
  week,
} from './scene.ts';
import { looks, over, troubles, watching } from './watch.ts';

let scene: Scene;
let pools: DevnetPrizePool[];
let wallets: Wallet[];
let keepers: BotProcess[];
let anchor: number;

beforeAll(async () => {
  scene = await openScene([]);
  anchor = await anchorAhead(scene);
  pools = await scene.prizePools.addPools([dueAt(anchor - 5 * minute), dueAt(anchor - 5 * minute)]);
  wallets = await Promise.all([scene.wallet(), scene.wallet()]);
  keepers = await Promise.all(
    wallets.map(({ privateKey }) =>
      scene.startKeeper({
        PRIVATE_KEY: privateKey,
        ...envOf(pools.map(pool => ({ pool, anchor }))),
      }),
    ),
  );
  await Promise.all(keepers.map(watching));
});
afterAll(() => scene.close());

/**
 * Starts a competitor that sends each action as soon as it is due, with a tip above all others, until it is
 * stopped.
 */
function startStranger(wallet: Wallet, tipWei: bigint): () => Promise<void> {
  const stop = new AbortController();
  const done = new Set<string>();
  const work = async () => {
    while (!stop.signal.aborted) {
      for (const { address, contract } of pools) {
        const [rid, action] = await contract.getFunction('nextExecutable')();
        const kind = [undefined, 'commit', 'settle'][Number(action)];
        if (!kind || done.has(`${address} ${kind} ${rid}`)) continue;
        done.add(`${address} ${kind} ${rid}`);
        const options = { gasLimit: 1_000_000, maxPriorityFeePerGas: tipWei, maxFeePerGas: tipWei * 2n };
        await (contract.connect(wallet) as Contract).getFunction(kind)(rid, options);
      }
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };
  const ended = work();
  return () => {
    stop.abort();
    return ended;
  };
}

async function drive(round: number, at: number): Promise<void> {
  for (const pool of pools) await pool.buyTickets();
  await scene.moveTo(at - 4);
  for (const pool of pools) expect(await over(pool, round)).toBe('Settled');
}

/** Expects no alert when the only event was a faster competitor. */
async function expectCalm(): Promise<void> {
  for (const keeper of keepers) {
    await looks(keeper, 2);
    expect(troubles(keeper)).toEqual([]);
    expect(await openAlertsOf(keeper, 'pool-failing')).toEqual([]);
  }
  for (const { address } of wallets) {
    const calls = (await transactionsOf(scene.anvil, address)).map(({ to, data }) => `${to} ${data}`);
    expect(calls).toEqual([...new Set(calls)]);
  }
}

describe('two keepers with wallets of their own, a stranger, and two pools with the same anchor', () => {
  it('drive every round at the same moments, without a repeated transaction or an alert', async () => {
    const stranger = await scene.wallet();
    const stop = startStranger(stranger, 10n ** 11n);
    await drive(1, anchor);
    await stop();
    expect((await transactionsOf(scene.anvil, stranger.address)).length).toBeGreaterThan(0);
    await expectCalm();
  });

  it('do the next rounds between the two of them', async () => {
    await drive(2, anchor + week);
    await expectCalm();
    const sent = await Promise.all(wallets.map(({ address }) => transactionsOf(scene.anvil, address)));
    expect(sent.flat().length).toBeGreaterThanOrEqual(4);
  });
});

describe('a stranger who commits while the keeper holds its own for the anchor', () => {
  it('is seen at the last look: the keeper sends no commit, and makes the draw', async () => {
    await Promise.all(keepers.map(keeper => keeper.stop()));
    const vault = await openVault(scene);
    const { pool, anchor: at } = vault;
    const wallet = await scene.wallet();
    const keeper = await scene.startKeeper({
      ...envOf([vault]),
      PRIVATE_KEY: wallet.privateKey,
    });
    await watching(keeper);
    await scene.moveTo(at - 5);
    const aheadMs = (await scene.anvil.time.aheadSeconds()) * 1000;
    await until('it holds the commit', async () => Date.now() + aheadMs >= at * 1000 - 1_300);
    await pool.commit();
    expect(await over(pool, 1)).toBe('Settled');
    const settle = pool.contract.interface.encodeFunctionData('settle', [1]);
    expect((await transactionsOf(scene.anvil, wallet.address)).map(({ data }) => data)).toEqual([settle]);
    expect(troubles(keeper)).toEqual([]);
  });
});
