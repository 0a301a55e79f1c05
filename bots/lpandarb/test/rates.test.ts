import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { RoundReport } from '@service-bots/core/runtime';
import { parseUnits } from 'ethers';
import { day, openScene, type PoolStatus, type Scene } from './scene.ts';

let scene: Scene;
const rate = (percent: string) => parseUnits(percent, 16);

beforeAll(async () => {
  const month = { positionDuration: 30 * day, checkpointDuration: day };
  scene = await openScene(
    ['Zero', 'Negative', 'Jump'].map(name => ({
      name,
      ...month,
      fixedRate: rate('6'),
      variableRate: rate('4'),
    })),
    'on demand',
  );
  for (const name of ['Zero', 'Negative', 'Jump']) await scene.fund(scene.pool(name), '200000');
});
afterEach(() => scene.killBots());
afterAll(() => scene.close());

const openOn = (name: string, env: Record<string, string> = {}) =>
  scene.openHere({
    LPANDARB_POOLS: scene.pool(name).address,
    LP_PORTION: '0.1',
    MAX_LOSS_PER_DAY: '1',
    MAX_DRAWDOWN: '1',
    ...env,
  });
const detailsIn = ({ targets }: RoundReport) => targets[0]?.details as PoolStatus['details'];
const sides = (report: RoundReport) => detailsIn(report).positions.map(({ side }) => side);

it('moves the fixed rate down, and not below zero, while the vault earns nothing', async () => {
  await scene.pool('Zero').setVariableRate(0n);
  const report = await (await openOn('Zero')).settle();
  expect(sides(report)).toEqual(['long']);
  expect(detailsIn(report).variableRate).toBe('0.000 %');
  expect(Number.parseFloat(detailsIn(report).fixedRate)).toBeGreaterThan(0);
});

it('opens longs and no short while the vault has a negative rate', async () => {
  const pool = scene.pool('Negative');
  await pool.setVariableRate(0n);
  await scene.anvil.time.increase(2 * day);
  await pool.checkpoint(await pool.latestCheckpointTime());
  await pool.loseVaultAssets(0.01);
  await scene.anvil.time.increase(day);
  const bot = await openOn('Negative', { VARIABLE_RATE: 'checkpoints', LOOK_BACK_HOURS: '24' });
  const report = await bot.settle();
  expect(detailsIn(report).variableRate).toMatch(/^-\d/);
  expect(sides(report)).toEqual(['long']);
});

it('opens nothing in the round after a jump of the variable rate, and trades when the rate has held', async () => {
  const bot = await openOn('Jump');
  expect(sides(await bot.settle())).toEqual(['long']);
  const before = bot.done.length;
  const leftAlone = () =>
    bot.observed.filter(({ check, failing }) => check === 'lpandarb-left-alone' && failing);
  await scene.pool('Jump').setVariableRate(rate('20'));
  await bot.round();
  expect(bot.done).toHaveLength(before);
  expect(leftAlone()).toEqual([]);
  // A rate that moves on and on is never used, and that is worth an alert.
  for (const percent of ['30', '40']) {
    await scene.pool('Jump').setVariableRate(rate(percent));
    await bot.round();
  }
  expect(bot.done).toHaveLength(before);
  expect(leftAlone()).toMatchObject([{ message: expect.stringContaining('variable rate is not known') }]);
  expect(sides(await bot.settle())).toContain('short');
});
