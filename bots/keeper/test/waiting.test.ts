import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  faults,
  type RpcProxy,
  raised,
  resolved,
  startProxy,
  until,
} from '@service-bots/devnet';
import { id } from 'ethers';
import { envOf, eventsOf, minute, openScene, openVault, type Scene, type Vault } from './scene.ts';
import { over, troubles, watching } from './watch.ts';

let scene: Scene;
let proxy: RpcProxy;
let vault: Vault;
let keeper: BotProcess;
let settings: Record<string, string>;

beforeAll(async () => {
  scene = await openScene([]);
  proxy = await startProxy(scene.anvil);
});
afterEach(async () => {
  await keeper.stop('SIGKILL');
  proxy.intercept(undefined);
  await proxy.clearFault();
});
afterAll(async () => {
  await scene.close();
  await proxy.close();
});

/** Opens a vault shortly before its anchor, and a keeper that reaches the chain through the proxy only. */
async function start(secondsBefore: number, env: Record<string, string> = {}) {
  vault = await openVault(scene);
  const key = (await scene.wallet()).privateKey;
  settings = {
    RPC_URL: proxy.rpcUrl,
    PRIVATE_KEY: key,
    STATE_DIR: scene.stateDir(),
    ...envOf([vault]),
    ...env,
  };
  await startAgain();
  await watching(keeper);
  await scene.moveTo(vault.anchor - secondsBefore);
}

const startAgain = async () => {
  keeper = await scene.startKeeper(settings);
};

describe('a draw whose transaction is not mined', () => {
  it('is raised while its window runs, and sent as news once it is settled', async () => {
    await start(5);
    await until('committed', async () => (await vault.pool.currentRoundId()) === 2);
    await proxy.setFault(faults.swallowsTransactions);
    await keeper.waitForLine(({ action }) => String(action).startsWith('settle round 1'));
    await scene.anvil.time.mine(70);
    expect((await raised(keeper, 'overdue', 'critical')).message).toMatch(/its draw is lost in \d+ blocks/);
    expect((await vault.pool.roundInfo(1)).state).toBe('Committed');

    await proxy.clearFault();
    expect(await over(vault.pool, 1)).toBe('Settled');
    await resolved(keeper, 'overdue');
    await keeper.waitForLine(({ message }) => message.startsWith('round 1 settled'));
  });

  it('is reported by a keeper that finds it in flight at its start', async () => {
    await start(5);
    await until('committed', async () => (await vault.pool.currentRoundId()) === 2);
    await proxy.setFault(faults.swallowsTransactions);
    await keeper.waitForLine(({ action }) => String(action).startsWith('settle round 1'));
    await keeper.stop('SIGKILL');
    await scene.anvil.time.mine(70);
    await startAgain();
    await raised(keeper, 'overdue', 'critical');
    expect((await vault.pool.roundInfo(1)).state).toBe('Committed');
  });
});

describe('a node that pretends the next block without the hash of the one before', () => {
  it('keeps the draw for a block, and raises no alert', async () => {
    const data = id('NoBlockhash()').slice(0, 10);
    proxy.intercept(({ method, params }) => {
      const overrides = (params as unknown[])[3] as { number?: string } | undefined;
      return /^eth_(call|estimateGas)$/.test(method) && overrides?.number !== undefined
        ? { error: { code: 3, message: 'execution reverted', data } }
        : undefined;
    });
    await start(5);
    expect(await over(vault.pool, 1)).toBe('Settled');
    expect(troubles(keeper)).toEqual([]);
  });
});

describe('a node that is slow with logs', () => {
  it('does not keep a commit from its anchor', async () => {
    await start(60, { KEEPER_GOVERNANCE_SECONDS: '10', RPC_LOG_RANGE: '1' });
    await proxy.setFault(faults.slow(1_500), { only: ['eth_getLogs'] });
    await scene.anvil.time.mine(100);
    proxy.resetCounts();
    await scene.moveTo(vault.anchor - 9);
    await until('asked for logs', async () => proxy.callCount('eth_getLogs') > 0);
    expect(await over(vault.pool, 1)).toBe('Settled');
    const [committed] = await eventsOf(scene.anvil, vault.pool, 'RoundCommitted');
    expect((committed?.timestamp ?? 0) - vault.anchor).toBeLessThan(minute);
  });
});
