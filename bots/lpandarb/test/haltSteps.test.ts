import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type BotProcess, until } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { baseOf, day, haltFileOf, idle, openScene, poolOf, type Scene, waitFor } from './scene.ts';

let scene: Scene;
const rate = (percent: string) => parseUnits(percent, 16);
const unit = (text = '') => parseUnits(text, 18);
const funded = unit('200000');

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  scene = await openScene([
    { name: 'long', ...month, fixedRate: rate('6'), variableRate: rate('4') },
    { name: 'short', ...month, fixedRate: rate('4'), variableRate: rate('8') },
  ]);
  for (const name of ['long', 'short']) await scene.fund(scene.pool(name), '200000');
});
afterAll(() => scene.close());

/** Returns the kinds of the transactions that the bot has sent, in order. */
const sentBy = (bot: BotProcess) =>
  bot.lines
    .filter(({ message }) => message === 'transaction handed to the node')
    .map(({ action }) => String(action).split(' ')[0] as string);

it.each(['long', 'short'] as const)(
  'halts and unwinds at every step of a plan that opens a %s, and halts at every step of an unwind',
  async side => {
    const stateDir = scene.stateDir();
    const pool = scene.pool(side);
    const halt = haltFileOf(stateDir);
    const bot = scene.startBot({
      LPANDARB_POOLS: pool.address,
      STATE_DIR: stateDir,
      LP_PORTION: '0.1',
      MAX_LOSS_PER_DAY: '1',
      MAX_DRAWDOWN: '1',
    });
    const isClosed = () =>
      waitFor(bot, 'everything is closed', status => {
        const { positions, lpTokens, withdrawalShares, approved } = poolOf(status, side)?.details ?? {};
        return (
          positions?.length === 0 && Number(lpTokens) + Number(withdrawalShares) + Number(approved) === 0
        );
      });
    /** Halts the bot once it has sent `count` transactions, and proves that it sends no other. */
    const haltAfter = async (count: number) => {
      await until(`transaction ${count} is sent`, async () => sentBy(bot).length >= count || undefined);
      writeFileSync(halt.path, '');
      await waitFor(bot, 'it is halted', ({ details }) => details?.halted?.mode === 'halt');
      const sent = sentBy(bot).length;
      await idle(bot);
      expect(sentBy(bot)).toHaveLength(sent);
    };

    // 1. Halt after each step of the plan, and unwind from there.
    const halted: (string | undefined)[] = [];
    for (let step = 1; step <= 4; step += 1) {
      const before = sentBy(bot).length;
      halt.remove();
      await haltAfter(before + step);
      halted.push(sentBy(bot)[before + step - 1]);
      writeFileSync(halt.path, 'unwind');
      await isClosed();
    }
    expect(halted).toEqual(['approve', 'add-liquidity', 'approve', `open-${side}`]);

    // 2. Halt after each step of an unwind, and continue from there.
    const unwound: (string | undefined)[] = [];
    for (let step = 1; step <= 2; step += 1) {
      halt.remove();
      await waitFor(
        bot,
        'a position is open',
        status => poolOf(status, side)?.details?.positions.length === 1,
      );
      await idle(bot);
      const before = sentBy(bot).length;
      writeFileSync(halt.path, 'unwind');
      await haltAfter(before + step);
      unwound.push(sentBy(bot)[before + step - 1]);
      writeFileSync(halt.path, 'unwind');
      await isClosed();
    }
    expect(unwound).toEqual([`close-${side}`, 'remove-liquidity']);

    // 3. The report equals the change of the wallet.
    const { profit } = poolOf(await isClosed(), side).details;
    expect((await baseOf(pool)) - funded).toBe(unit(profit.liquidity) + unit(profit.arbitrage));
    await bot.stop();
  },
  240_000,
);
