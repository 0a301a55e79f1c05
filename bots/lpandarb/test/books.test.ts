import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type BotProcess, seededRandom } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
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
let bot: BotProcess;
let stateDir: string;
const pool = () => scene.pool('Week');
const funded = parseUnits('200000', 18);
const unit = (text = '') => parseUnits(text, 18);
const of = (status: Status) => poolOf(status, 'Week').details;

beforeAll(async () => {
  const week = { positionDuration: 7 * day, checkpointDuration: day };
  const rates = { fixedRate: parseUnits('6', 16), variableRate: parseUnits('4', 16) };
  scene = await openScene([{ name: 'Week', ...week, ...rates }]);
  await scene.fund(pool(), '200000');
  stateDir = scene.stateDir();
  bot = scene.startBot({ STATE_DIR: stateDir, LP_PORTION: '0.3', MAX_LOSS_PER_DAY: '1', MAX_DRAWDOWN: '1' });
});
afterAll(() => scene.close());

/**
 * Returns the bot's reported profit without the value of its positions. The wallet must have gained exactly
 * that.
 */
function booked(status: Status): bigint {
  const { profit, worth } = of(status);
  return unit(profit.liquidity) + unit(profit.arbitrage) - unit(worth.liquidity) - unit(worth.bonds);
}

it('reports the change of the wallet to the wei, while random traders trade, rates move and positions mature', async () => {
  const random = seededRandom(1818);
  for (let i = 0; i < 5; i += 1) {
    const amount = unit((2_000 + random() * 40_000).toFixed(6));
    if (random() < 0.5) await pool().openLong(amount);
    else await pool().openShort(amount);
    // Rates move by less than 2 %, so no round waits for a calm rate. Each step takes 0.5 to 5.5 days.
    await pool().setVariableRate(parseUnits((2.5 + random() * 1.5 + i * 0.4).toFixed(4), 16));
    await scene.anvil.time.increase(Math.round((0.5 + random() * 5) * day));
    const status = await idle(bot);
    expect(booked(status)).toBe((await baseOf(pool())) - funded);
  }
  const done = bot.lines.filter(
    ({ hash, message }) => hash !== undefined && /^[a-z-]+ [\d.,]+ /.test(message),
  );
  const kinds = new Set(done.map(({ message }) => message.split(' ')[0]));
  expect([...kinds]).toEqual(expect.arrayContaining(['add-liquidity', 'close-matured']));
  expect(kinds.size).toBeGreaterThan(2);

  writeFileSync(haltFileOf(stateDir).path, 'unwind');
  const ended = await waitFor(bot, 'all is closed', status => {
    const { positions, lpTokens, withdrawalShares, worth } = of(status) ?? {};
    return (
      positions?.length === 0 && Number(lpTokens) + Number(withdrawalShares) + Number(worth?.bonds) === 0
    );
  });
  const { liquidity, arbitrage } = of(ended).profit;
  expect(unit(liquidity) + unit(arbitrage)).toBe((await baseOf(pool())) - funded);
  await bot.stop();
});
