import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type DevnetPrizePool,
  openAlertsOf,
  type RollbarSink,
  raised,
  resolved,
  startRollbar,
  until,
} from '@service-bots/devnet';
import { envOf, eventsOf, minute, openScene, openVault, type Scene, type Vault, week } from './scene.ts';
import { alertLines, looks, over, statusOf, watching } from './watch.ts';

let scene: Scene;
let rollbar: RollbarSink;

beforeAll(async () => {
  scene = await openScene([]);
  rollbar = await startRollbar();
});
afterEach(() => scene.killKeepers());
afterAll(async () => {
  await scene.close();
  await rollbar.close();
});

async function start(vault: Vault, env = {}) {
  const keeper = await scene.startKeeper({
    ...envOf([vault]),
    PRIVATE_KEY: (await scene.wallet()).privateKey,
    ROLLBAR_API_KEY: 'local-rollbar-token',
    ROLLBAR_ENDPOINT: rollbar.endpoint,
    ...env,
  });
  await watching(keeper);
  return keeper;
}

/** Returns when the round was committed: the next one opens with it. */
const committedAt = (pool: DevnetPrizePool, round: number) =>
  until(`round ${round} is committed`, async () => {
    const started = await eventsOf(scene.anvil, pool, 'RoundStarted');
    return started.find(each => each.round === round + 1)?.timestamp;
  });

/**
 * Expects at most so many seconds after this time, including the start of the process: the bench measures the
 * speed.
 */
function expectPromptly(actual: number, time: number): void {
  expect(actual).toBeGreaterThanOrEqual(time);
  expect(actual - time).toBeLessThan(20);
}

const nextOf = async (keeper: BotProcess) => (await statusOf(keeper)).pools[0]?.next;
const secondsOf = (text: string | undefined) => Date.parse(text ?? '') / 1000;

describe('a keeper that is away for 300 blocks after a commit', () => {
  it('marks the round as failed, raises the lost draw at once, and continues with the next round', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    const wallet = await scene.wallet();
    const env = { PRIVATE_KEY: wallet.privateKey, STATE_DIR: scene.stateDir() };
    const first = await start(vault, env);
    await first.stop();
    await scene.moveTo(anchor);
    await pool.commit();
    await pool.buyTickets();
    await scene.anvil.time.mine(300);

    const keeper = await start(vault, env);
    expect(await over(pool, 1)).toBe('Failed');
    await keeper.waitForLine(({ check }) => check === 'draw-failed');
    expect(keeper.lines.filter(({ check }) => check === 'round-settled')).toEqual([]);
    expect((await eventsOf(scene.anvil, pool, 'RoundFailed')).map(({ from }) => from)).toEqual([
      wallet.address,
    ]);
    const { message } = await raised(keeper, 'draw-lost', 'critical');
    expect(message).toContain('round 1 of');
    const item = await rollbar.waitForItem(({ context }) => context === 'keeper#draw-lost');
    expect(item.level).toBe('critical');

    await scene.moveTo(anchor + week - 3);
    expect(await over(pool, 2)).toBe('Settled');
    expectPromptly(await committedAt(pool, 2), anchor + week);
    await resolved(keeper, 'draw-lost');
    expect(alertLines(keeper, 'draw-lost')).toEqual(['critical', 'info']);
  });
});

describe('a keeper that first looks at a pool when a draw of it is lost already', () => {
  it('marks the round as failed and reports the fact without a page, also after a restart', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    await scene.moveTo(anchor);
    await pool.commit();
    await pool.buyTickets();
    await scene.anvil.time.mine(300);
    const STATE_DIR = scene.stateDir();
    const first = await start(vault, { STATE_DIR });
    expect(await over(pool, 1)).toBe('Failed');
    const { message } = await raised(first, 'draw-lost', 'info');
    expect(message).toContain('at which this keeper first looked at the pool');
    await first.stop();
    const second = await start(vault, { STATE_DIR });
    await looks(second, 2);
    for (const { lines } of [first, second])
      expect(lines.filter(({ check, level }) => check === 'draw-lost' && level !== 'info')).toEqual([]);
  });
});

describe('a keeper that is away at an anchor', () => {
  it('for two minutes: commits late, which heals by itself', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    await scene.moveTo(anchor + 2 * minute);
    const keeper = await start(vault);
    expectPromptly(await committedAt(pool, 1), anchor + 2 * minute);
    await keeper.waitForLine(
      ({ check, message }) => check === 'round-committed' && message.includes('which heals by itself'),
    );
    expect(alertLines(keeper, 'overdue')).toEqual([]);
    await scene.moveTo(anchor + week - 3);
    expectPromptly(await committedAt(pool, 2), anchor + week);
    expect(alertLines(keeper, 'anchor-shifted')).toEqual([]);
  });

  it('for twenty: commits late, reports the shift of the schedule, also after a restart, and `hold` restores it', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    await scene.moveTo(anchor + 20 * minute);
    const first = await start(vault);
    const lateBy = (await committedAt(pool, 1)) - anchor;
    expectPromptly(lateBy, 20 * minute);
    const shifted = await raised(first, 'anchor-shifted', 'error');
    expect(shifted.message).toMatch(/^round 2 of .* becomes committable 20 min( \d+ s)? later than/);
    await first.waitForLine(({ message }) => message.includes('by which the schedule has shifted'));
    await first.stop();

    // This keeper has no state but the chain's.
    const second = await start(vault);
    expect(await raised(second, 'anchor-shifted', 'error')).toEqual(
      expect.objectContaining({ message: shifted.message }),
    );
    expect(await over(pool, 1)).toBe('Settled');
    await looks(second, 2);
    expect(secondsOf((await nextOf(second))?.at)).toBeCloseTo(anchor + week + lateBy - 5 * minute, -1);
    await second.stop();

    const holding = await start(vault, { KEEPER_LATE_COMMIT: 'hold' });
    const held = await raised(holding, 'anchor-shifted', 'warning');
    expect(held.message).toContain('which restores the schedule');
    await scene.moveTo(anchor + week + lateBy);
    await looks(holding, 3);
    expect((await pool.roundInfo(2)).state).toBe('Open');
    await scene.moveTo(anchor + 2 * week - 3);
    expectPromptly(await committedAt(pool, 2), anchor + 2 * week);
    await resolved(holding, 'anchor-shifted');
    expect(await pool.eligibleAt(3)).toBeLessThanOrEqual(anchor + 3 * week);
  });

  it('for twenty, with `hold`: waits for the next anchor, and a restart just after it commits at once', async () => {
    const vault = await openVault(scene);
    const { pool, anchor } = vault;
    await scene.moveTo(anchor + 20 * minute);
    const hold = { KEEPER_LATE_COMMIT: 'hold' };
    const first = await start(vault, hold);
    await looks(first, 2);
    expect(await nextOf(first)).toMatchObject({ what: 'commit round 1' });
    expect(secondsOf((await nextOf(first))?.at)).toBeCloseTo(anchor + week, -1);
    expect((await pool.roundInfo(1)).state).toBe('Open');
    await first.stop();

    await scene.moveTo(anchor + week + 20);
    const second = await start(vault, hold);
    expectPromptly(await committedAt(pool, 1), anchor + week + 20);
    expect(await over(pool, 1)).toBe('Settled');
    await scene.moveTo(anchor + 2 * week - 3);
    expectPromptly(await committedAt(pool, 2), anchor + 2 * week);
    expect(await openAlertsOf(second, 'anchor-shifted')).toEqual([]);
  });
});
