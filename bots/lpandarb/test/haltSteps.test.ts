import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { RoundReport } from '@service-bots/core/runtime';
import { parseUnits } from 'ethers';
import { baseOf, day, haltFileOf, openScene, type PoolStatus, type Scene } from './scene.ts';

let scene: Scene;
const rate = (percent: string) => parseUnits(percent, 16);
const unit = (text = '') => parseUnits(text, 18);
const funded = unit('200000');
const detailsIn = ({ targets }: RoundReport) => targets[0]?.details as PoolStatus['details'];

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  scene = await openScene(
    [
      { name: 'long', ...month, fixedRate: rate('6'), variableRate: rate('4') },
      { name: 'short', ...month, fixedRate: rate('4'), variableRate: rate('8') },
    ],
    'on demand',
  );
  for (const name of ['long', 'short']) await scene.fund(scene.pool(name), '200000');
});
afterAll(() => scene.close());

it.each(['long', 'short'] as const)(
  'halts and unwinds at every step of a plan that opens a %s, and halts at every step of an unwind',
  async side => {
    const pool = scene.pool(side);
    const bot = await scene.openHere({
      LPANDARB_POOLS: pool.address,
      LP_PORTION: '0.1',
      MAX_LOSS_PER_DAY: '1',
      MAX_DRAWDOWN: '1',
    });
    const halt = haltFileOf(bot.stateDir);
    const unwind = async () => {
      writeFileSync(halt.path, 'unwind');
      const details = detailsIn(await bot.settle());
      const { positions, lpTokens, withdrawalShares, approved } = details;
      expect(positions).toEqual([]);
      expect([lpTokens, withdrawalShares, approved].map(Number)).toEqual([0, 0, 0]);
      return details;
    };
    /**
     * Halts the bot once it has sent `count` further transactions, and proves that it sends no other.
     * @returns the kind of the last of them
     */
    const haltAfter = async (count: number) => {
      const sent = bot.done.length + count;
      for (let rounds = 0; bot.done.length < sent && rounds < 3 * count; rounds += 1) await bot.round();
      writeFileSync(halt.path, '');
      expect((await bot.settle()).details?.halted).toMatchObject({ mode: 'halt' });
      expect(bot.done).toHaveLength(sent);
      return bot.kindsSince(sent - 1)[0];
    };

    // 1. Halt after each step of the plan, and unwind from there.
    const halted: (string | undefined)[] = [];
    for (let step = 1; step <= 4; step += 1) {
      halt.remove();
      halted.push(await haltAfter(step));
      await unwind();
    }
    expect(halted).toEqual(['approve', 'add-liquidity', 'approve', `open-${side}`]);

    // 2. Halt after each step of an unwind, and continue from there.
    const unwound: (string | undefined)[] = [];
    for (let step = 1; step <= 2; step += 1) {
      halt.remove();
      expect(detailsIn(await bot.settle()).positions.map(each => each.side)).toEqual([side]);
      writeFileSync(halt.path, 'unwind');
      unwound.push(await haltAfter(step));
      await unwind();
    }
    expect(unwound).toEqual([`close-${side}`, 'remove-liquidity']);

    // 3. The report equals the change of the wallet.
    const { profit } = await unwind();
    expect((await baseOf(pool)) - funded).toBe(unit(profit.liquidity) + unit(profit.arbitrage));
  },
);
