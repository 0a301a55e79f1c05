import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { parseUnits } from 'ethers';
import { day, idle, openScene, poolOf, type Scene, type Status, waitFor } from './scene.ts';

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
  );
  for (const name of ['Zero', 'Negative', 'Jump']) await scene.fund(scene.pool(name), '200000');
});
afterEach(() => scene.killBots());
afterAll(() => scene.close());

const startOn = (name: string, env: Record<string, string> = {}) =>
  scene.startBot({
    LPANDARB_POOLS: scene.pool(name).address,
    LP_PORTION: '0.1',
    MAX_LOSS_PER_DAY: '1',
    MAX_DRAWDOWN: '1',
    ...env,
  });
const detailsOf = (status: Status, name: string) => poolOf(status, name)?.details;
const sides = (status: Status, name: string) => detailsOf(status, name)?.positions.map(({ side }) => side);

it('moves the fixed rate down, and not below zero, while the vault earns nothing', async () => {
  await scene.pool('Zero').setVariableRate(0n);
  const status = await idle(startOn('Zero'));
  expect(sides(status, 'Zero')).toEqual(['long']);
  expect(detailsOf(status, 'Zero')?.variableRate).toBe('0.000 %');
  expect(Number.parseFloat(detailsOf(status, 'Zero')?.fixedRate ?? '')).toBeGreaterThan(0);
});

it('opens longs and no short while the vault has a negative rate', async () => {
  const pool = scene.pool('Negative');
  await pool.setVariableRate(0n);
  await scene.anvil.time.increase(2 * day);
  await pool.checkpoint(await pool.latestCheckpointTime());
  await pool.loseVaultAssets(0.01);
  await scene.anvil.time.increase(day);
  const status = await idle(startOn('Negative', { VARIABLE_RATE: 'checkpoints', LOOK_BACK_HOURS: '24' }));
  expect(detailsOf(status, 'Negative')?.variableRate).toMatch(/^-\d/);
  expect(sides(status, 'Negative')).toEqual(['long']);
});

it('opens nothing in the round after a jump of the variable rate, and trades when the rate has held', async () => {
  const bot = startOn('Jump');
  expect(sides(await idle(bot), 'Jump')).toEqual(['long']);
  const before = bot.lines.length;
  await scene.pool('Jump').setVariableRate(rate('20'));
  await waitFor(bot, 'a short is open', status => sides(status, 'Jump')?.includes('short') === true);
  const alone = bot.lines
    .slice(before)
    .find(({ message }) => String(message).startsWith('alert opened: a pool is not traded with'));
  expect(JSON.stringify(alone)).toContain('variable rate is not known');
});
