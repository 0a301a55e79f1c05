import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, misbehavingPool, raised, until } from '@service-bots/devnet';
import { envOf, eventsOf, minute, openScene, openVault, type Scene, type Vault } from './scene.ts';
import { alertLines, over, watching } from './watch.ts';

/** The longest configurable interval: these keepers see changes in time without it. */
const longest = { KEEPER_INTERVAL_MS: '600000' };

let scene: Scene;
beforeAll(async () => {
  scene = await openScene([]);
});
afterEach(() => scene.killKeepers());
afterAll(() => scene.close());

async function start(vault: Vault, env: Record<string, string> = {}): Promise<BotProcess> {
  const keeper = await scene.startKeeper({
    ...envOf([vault]),
    PRIVATE_KEY: (await scene.wallet()).privateKey,
    ...longest,
    ...env,
  });
  await watching(keeper);
  return keeper;
}

/** Returns the right offset of the keeper's clock to this machine's, in milliseconds. */
const rightMs = async () => (await scene.anvil.time.aheadSeconds()) * 1000;

describe('a keeper with an interval of ten minutes', () => {
  it('settles a round that a stranger commits inside the five minutes before the anchor', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    await scene.moveTo(anchor - 5 * minute - 4);
    await start(vault);
    await until('a commit is possible', async () => (await pool.nextExecutable()).action === 'Commit');
    await pool.commit();
    expect(await over(pool, 1)).toBe('Settled');
    const { targetBlockNumber } = await pool.roundInfo(1);
    const [settled] = await eventsOf(scene.anvil, pool, 'RoundSettled');
    // A tenth of the window.
    expect((settled?.block ?? 0) - targetBlockNumber).toBeLessThan(25);
  });

  it('repeats a settle that a reorg has undone within a few blocks', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    await scene.moveTo(anchor - 5);
    await start(vault);
    expect(await over(pool, 1)).toBe('Settled');
    await scene.anvil.time.mine(10);
    const [settled] = await eventsOf(scene.anvil, pool, 'RoundSettled');
    const { number } = await scene.anvil.time.latest();
    await scene.anvil.send('anvil_reorg', [number - (settled?.block ?? 0) + 1, []]);
    expect((await pool.roundInfo(1)).state).toBe('Committed');
    const { number: undoneAt } = await scene.anvil.time.latest();
    expect(await over(pool, 1)).toBe('Settled');
    const [again] = await eventsOf(scene.anvil, pool, 'RoundSettled');
    expect((again?.block ?? 0) - undoneAt).toBeLessThan(25);
  });
});

describe('a wall clock that is set back by five minutes', () => {
  it('while a commit is held for its anchor, does not delay the commit', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    await scene.moveTo(anchor - 6);
    const keeper = await start(vault);
    await until('the commit is held', async () => (await scene.now()) >= anchor - 1);
    await keeper.shiftClock((await rightMs()) - 5 * minute * 1000);
    expect(await over(pool, 1)).toBe('Settled');
    const [committed] = await eventsOf(scene.anvil, pool, 'RoundCommitted');
    expect(committed?.timestamp).toBeGreaterThanOrEqual(anchor);
    expect((committed?.timestamp ?? 0) - anchor).toBeLessThan(10);
  });

  it('after a settle that failed, does not delay the next try', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    const told = await misbehavingPool(scene.anvil, pool);
    await told.rule('settle', { revertsWithError: 'BadState' });
    await scene.moveTo(anchor - 5);
    const keeper = await start(vault);
    await raised(keeper, 'quarantined', 'error');
    await keeper.shiftClock((await rightMs()) - 5 * minute * 1000);
    await told.rule('settle', 'honest');
    expect(await over(pool, 1, 20_000)).toBe('Settled');
  });
});

describe('a keeper that starts with its clock ten minutes ahead', () => {
  it('does not commit before the anchor, and raises clock-skew', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    await scene.moveTo(anchor - 8);
    const keeper = await scene.startKeeper(
      {
        ...envOf([vault]),
        PRIVATE_KEY: (await scene.wallet()).privateKey,
        ...longest,
      },
      10 * minute,
    );
    await raised(keeper, 'clock-skew', 'error');
    expect(await over(pool, 1)).toBe('Settled');
    const [committed] = await eventsOf(scene.anvil, pool, 'RoundCommitted');
    expect(committed?.timestamp).toBeGreaterThanOrEqual(anchor);
    expect((committed?.timestamp ?? 0) - anchor).toBeLessThan(10);
    expect(alertLines(keeper, 'anchor-shifted')).toEqual([]);
  });
});
