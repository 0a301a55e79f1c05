import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makeBaseOdd, roles, transact } from '@service-bots/devnet';
import { Interface, parseUnits } from 'ethers';
import {
  baseOf,
  day,
  haltFileOf,
  idle,
  openScene,
  poolOf,
  type Scene,
  type Status,
  waitFor,
} from './scene.ts';

let scene: Scene;
const unit = (whole: string) => parseUnits(whole, 18);
const ours = roles.bot.address;
const pool = (name: string) => scene.pool(name);
const allowance = (name: string): Promise<bigint> =>
  pool(name).asset.getFunction('allowance').staticCall(ours, pool(name).address);
const isClosed = (name: string) => (status: Status) => {
  const details = poolOf(status, name)?.details;
  return details?.positions.length === 0 && Number(details.lpTokens) === 0 && Number(details.approved) === 0;
};

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  const off = { ...month, fixedRate: parseUnits('6', 16), variableRate: parseUnits('4', 16) };
  scene = await openScene([
    { name: 'Silent', ...off },
    { name: 'Fee', ...off },
  ]);
  for (const name of ['Silent', 'Fee']) await scene.fund(pool(name), '200000');
});
afterEach(() => scene.killBots());
afterAll(() => scene.close());

const startOn = (name: string, stateDir: string) =>
  scene.startBot({ LPANDARB_POOLS: pool(name).address, STATE_DIR: stateDir, LP_PORTION: '0.2' });

describe('a base token', () => {
  it('without return values that refuses to change an approval is traded, and no approval is left', async () => {
    const stateDir = scene.stateDir();
    await makeBaseOdd(scene.anvil, pool('Silent'), { silent: true, resetsFirst: true });
    // An earlier approval is too small, and the token refuses to raise it.
    const token = {
      address: await pool('Silent').asset.getAddress(),
      abi: new Interface(['function approve(address spender, uint256 value)']),
    };
    await transact(scene.anvil, ours, token, 'approve', [pool('Silent').address, unit('5')]);
    const before = await baseOf(pool('Silent'));
    const bot = startOn('Silent', stateDir);
    const traded = poolOf(await idle(bot), 'Silent').details;
    expect(traded.positions.map(({ side }) => side)).toEqual(['long']);
    expect(Number(traded.lpTokens)).toBeGreaterThan(0);
    expect(await allowance('Silent')).toBeLessThan(unit('1'));

    writeFileSync(haltFileOf(stateDir).path, 'unwind');
    const { details } = poolOf(await waitFor(bot, 'all is closed', isClosed('Silent')), 'Silent');
    expect(await allowance('Silent')).toBe(0n);
    const reported = unit(details.profit.liquidity ?? '') + unit(details.profit.arbitrage ?? '');
    expect((await baseOf(pool('Silent'))) - before).toBe(reported);
  });

  it('that takes a fee is not traded; a token that starts to take a fee does not block the exits of other positions', async () => {
    const stateDir = scene.stateDir();
    const before = await baseOf(pool('Fee'));
    await makeBaseOdd(scene.anvil, pool('Fee'), { feeBps: 100 });
    const bot = startOn('Fee', stateDir);
    await waitFor(bot, 'the pool refuses', status => poolOf(status, 'Fee')?.lastError !== undefined);
    expect(await baseOf(pool('Fee'))).toBe(before);
    await bot.stop();

    // The paper bot asks the chain, so it books no such trade either.
    const paper = scene.startBot({
      PAPER: 'true',
      LPANDARB_BOT_KEY: '',
      LPANDARB_POOLS: pool('Fee').address,
    });
    const { why } = await paper.waitForLine(({ message }) => /on paper.*would have reverted/.test(message));
    expect(why).toContain('TRANSFER_FROM_FAILED');
    await paper.stop();

    // The token begins to take a fee while positions are open. The pool refuses each exit, and the bot
    // retries each of them.
    await makeBaseOdd(scene.anvil, pool('Fee'), {});
    const again = startOn('Fee', stateDir);
    expect(poolOf(await idle(again), 'Fee').details.positions).toHaveLength(1);
    await makeBaseOdd(scene.anvil, pool('Fee'), { feeBps: 100 });
    writeFileSync(haltFileOf(stateDir).path, 'unwind');
    for (const step of ['close-long', 'remove-liquidity'])
      await again.waitForLine(({ message, error }) => {
        const { message: words = '' } = (error ?? {}) as { message?: string };
        return message === 'a pool could not be looked after' && words.startsWith(step);
      }, 30_000);
    const failing = await waitFor(again, 'it fails again', status => {
      const { consecutiveErrors = 0 } = poolOf(status, 'Fee');
      return consecutiveErrors > 2;
    });
    // The alert is raised once, although the bot tried nothing in some rounds.
    expect(failing.openAlerts.filter(({ check }) => check === 'pool-failing')).toHaveLength(1);
    expect(
      again.lines.filter(({ message }) => String(message).startsWith('alert opened: a pool could not be')),
    ).toHaveLength(1);
    await makeBaseOdd(scene.anvil, pool('Fee'), {});
    await waitFor(again, 'all is closed', isClosed('Fee'));
    expect(readFileSync(haltFileOf(stateDir).path, 'utf8')).toBe('unwind');
  });
});
