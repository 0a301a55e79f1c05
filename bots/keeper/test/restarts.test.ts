import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, type DevnetPrizePool, startProxy, until } from '@service-bots/devnet';
import type { Wallet } from 'ethers';
import { envOf, eventsOf, openScene, openVault, type Scene, transactionsOf, type Vault } from './scene.ts';
import { alertLines, looks, over, troubles, watching } from './watch.ts';

let scene: Scene;
let wallet: Wallet;

beforeAll(async () => {
  // The test mines the blocks: between two of them there is enough time to end a process.
  scene = await openScene([], { chainId: 143, noMining: true });
  wallet = await scene.wallet();
});
afterEach(() => scene.killKeepers());
afterAll(() => scene.close());

async function start(vault: Vault, env = {}) {
  return scene.startKeeper({ ...envOf([vault]), PRIVATE_KEY: wallet.privateKey, ...env });
}

const mine = (blocks = 1) => scene.anvil.time.mine(blocks);
const broadcasts = (keeper: BotProcess) =>
  keeper.lines.filter(({ message }) => message === 'transaction handed to the node');
const newsLines = (keeper: BotProcess, check: string) =>
  keeper.lines.filter(line => line.check === check).map(({ message }) => message);
/** Waits for news, which may come after the first round where the transaction was mined before that round. */
const newsOf = (keeper: BotProcess, check: string) => keeper.waitForLine(line => line.check === check);
const broadcast = (keeper: BotProcess, what: string) =>
  keeper.waitForLine(
    ({ message, action }) => message === 'transaction handed to the node' && String(action).startsWith(what),
  );
/** Returns this wallet's calls to the pool, from the chain. */
const callsTo = async ({ address }: DevnetPrizePool) =>
  (await transactionsOf(scene.anvil, wallet.address))
    .filter(({ to }) => to === address)
    .map(({ data }) => data);

describe('SIGKILL', () => {
  it('between commit and settle: the next start settles, and nothing is sent twice', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    const STATE_DIR = scene.stateDir();
    await scene.moveTo(anchor + 1);
    const first = await start(vault, { STATE_DIR });
    await broadcast(first, 'commit round 1');
    await mine();
    await first.waitForLine(({ message }) => message.startsWith('round 1 committed'));
    await first.stop('SIGKILL');
    await mine(3);

    const second = await start(vault, { STATE_DIR });
    await broadcast(second, 'settle round 1');
    await mine();
    expect(await over(pool, 1)).toBe('Settled');
    await looks(second, 2);
    expect(broadcasts(second)).toHaveLength(1);
    expect(await callsTo(pool)).toHaveLength(2);
    expect(troubles(second)).toEqual([]);
  });

  it('with commit and then settle on their way: each next start adopts and reports the transaction, and does not send it again', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    const STATE_DIR = scene.stateDir();
    await scene.moveTo(anchor + 1);
    const first = await start(vault, { STATE_DIR });
    const { hash } = await broadcast(first, 'commit round 1');
    await first.stop('SIGKILL');

    const second = await start(vault, { STATE_DIR });
    await second.waitForLine(
      line => line.message === 'found in flight from before the restart' && line.hash === hash,
    );
    await mine();
    await newsOf(second, 'round-committed');
    expect(newsLines(second, 'round-committed')).toEqual([
      expect.stringMatching(
        /round 1 committed \(drawn from block \d+\) (at|\d+ s after) its anchor .* in block \d+/,
      ),
    ]);
    await mine(3);
    await broadcast(second, 'settle round 1');
    expect(broadcasts(second)).toHaveLength(1);
    await second.stop('SIGKILL');

    const third = await start(vault, { STATE_DIR });
    await third.waitForLine(({ message }) => message === 'found in flight from before the restart');
    await mine();
    expect(await over(pool, 1)).toBe('Settled');
    await newsOf(third, 'round-settled');
    await looks(third, 2);
    expect(newsLines(third, 'round-settled')).toEqual([expect.stringContaining('round 1 settled: ticket')]);
    expect(broadcasts(third)).toEqual([]);
    expect(await callsTo(pool)).toHaveLength(2);
  });
});

describe.each(['SIGTERM', 'SIGKILL'] as const)(
  '%s while a commit is signed and held for its anchor',
  signal => {
    it('ends quietly, and nothing is sent; the next start commits, with the nonce that is next', async () => {
      const vault = await openVault(scene);
      const { pool, anchor } = vault;
      const STATE_DIR = scene.stateDir();
      const proxy = await startProxy(scene.anvil);
      const first = await start(vault, { STATE_DIR, RPC_URL: proxy.rpcUrl });
      await watching(first);
      await scene.moveTo(anchor - 5);
      await until('the commit is prepared', async () => proxy.callCount('eth_estimateGas') > 0);
      const killed = { code: null, signal };
      expect(await first.stop(signal)).toEqual(signal === 'SIGTERM' ? { code: 0, signal: null } : killed);
      await proxy.close();
      expect(broadcasts(first)).toEqual([]);
      expect(troubles(first)).toEqual([]);
      expect(alertLines(first, 'pool-failing')).toEqual([]);

      const nonce = await scene.anvil.provider.getTransactionCount(wallet.address);
      const second = await start(vault, { STATE_DIR });
      await scene.moveTo(anchor + 1);
      expect(await broadcast(second, 'commit round 1')).toMatchObject({ nonce });
      await mine();
      const [committed] = await until('committed', async () => {
        const events = await eventsOf(scene.anvil, pool, 'RoundCommitted');
        return events.length > 0 && events;
      });
      expect(committed?.timestamp).toBeGreaterThanOrEqual(anchor);
      expect(await callsTo(pool)).toHaveLength(1);
    });
  },
);

describe('SIGTERM between commit and settle', () => {
  it('ends with exit code 0 without waiting for the draw; the next start settles', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    await scene.moveTo(anchor + 1);
    const first = await start(vault);
    await broadcast(first, 'commit round 1');
    await mine();
    await first.waitForLine(({ message }) => message.startsWith('round 1 committed'));
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    await mine(3);
    // The whole disk state is lost.
    const second = await start(vault);
    await broadcast(second, 'settle round 1');
    await mine();
    expect(await over(pool, 1)).toBe('Settled');
    expect(await callsTo(pool)).toHaveLength(2);
    await looks(second, 2);
    expect(await callsTo(pool)).toHaveLength(2);
  });
});
