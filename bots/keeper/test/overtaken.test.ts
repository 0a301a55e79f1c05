import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, until } from '@service-bots/devnet';
import { parseUnits, type Wallet } from 'ethers';
import { envOf, openScene, openVault, type Scene, transactionsOf, type Vault } from './scene.ts';
import { over, troubles, watching } from './watch.ts';

let scene: Scene;
let wallet: Wallet;
let keeper: BotProcess;

beforeAll(async () => {
  // The test mines the blocks, so that it decides their content.
  scene = await openScene([], { chainId: 143, noMining: true });
});
afterEach(() => keeper.stop('SIGKILL'));
afterAll(() => scene.close());

const mine = (blocks = 1) => scene.anvil.time.mine(blocks);
const broadcasts = (what: string) =>
  keeper.lines.filter(
    ({ message, action }) => message === 'transaction handed to the node' && String(action).startsWith(what),
  );
const broadcast = (what: string, count = 1) =>
  until(`${what} is sent`, async () => broadcasts(what).length >= count);

async function start(): Promise<Vault> {
  const vault = await openVault(scene);
  wallet = await scene.wallet();
  await scene.moveTo(vault.anchor + 1);
  keeper = await scene.startKeeper({ ...envOf([vault]), PRIVATE_KEY: wallet.privateKey });
  return vault;
}

describe('a stranger whose commit is in the same block, before the keeper’s', () => {
  it('is no trouble: the keeper’s reverts, is not repeated, and the draw is made', async () => {
    const { pool } = await start();
    await broadcast('commit round 1');
    const stranger = await scene.wallet();
    const { data } = await pool.contract.getFunction('commit').populateTransaction(1);
    await stranger.sendTransaction({
      to: pool.address,
      data,
      gasLimit: 500_000,
      maxFeePerGas: parseUnits('500', 'gwei'),
      maxPriorityFeePerGas: parseUnits('100', 'gwei'),
    });
    await mine();
    await keeper.waitForLine(({ message }) => message.startsWith('another account did commit round 1'));
    await mine(3);
    await broadcast('settle round 1');
    await mine();
    expect(await over(pool, 1)).toBe('Settled');
    expect(broadcasts('')).toHaveLength(2);
    expect(troubles(keeper)).toEqual([]);
  });
});

describe('a block that is replaced by one without the commit', () => {
  it('is noticed: the round is committed again, and drawn', async () => {
    const { pool } = await start();
    await broadcast('commit round 1');
    await mine();
    await keeper.waitForLine(({ message }) => message.startsWith('round 1 committed'));
    await scene.anvil.send('anvil_reorg', [1, []]);
    expect((await pool.roundInfo(1)).state).toBe('Open');
    await mine();
    await broadcast('commit round 1', 2);
    await mine();
    await until('committed', async () => (await pool.roundInfo(1)).state === 'Committed');
    await mine(3);
    await broadcast('settle round 1');
    await mine();
    expect(await over(pool, 1)).toBe('Settled');
    const sent = await transactionsOf(scene.anvil, wallet.address);
    expect(sent.map(({ nonce }) => nonce)).toEqual([0, 1]);
    await watching(keeper);
    expect(troubles(keeper)).toEqual([]);
  });
});
