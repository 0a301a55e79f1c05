import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { haltFileOf } from './scene.ts';
import type { BotInProcess } from './support/BotInProcess.ts';
import { ChainMonth } from './support/ChainMonth.ts';
import { figuresIn, openMonthBot } from './support/openMonthBot.ts';

let month: ChainMonth;
let bot: BotInProcess | undefined;

beforeAll(async () => {
  month = await ChainMonth.open(7, '100000');
});
afterAll(async () => {
  await bot?.close();
  await month.close();
});

it('reports the change of the wallet to the wei, while random traders trade, rates move and positions mature', async () => {
  const change = async () => (await month.base()) - month.capital;
  const figures = async () => figuresIn(await (bot as BotInProcess).settle(), month.pool.decimals);
  // Ten days, in steps of eight hours: positions of the first days mature.
  await month.run({ seed: 2, steps: 30, stepSeconds: 28_800, rateMove: 1.8, trading: 0.4 }, async () => {
    bot ??= await openMonthBot(month, {
      LP_PORTION: '0.3',
      MIN_PROFIT_BPS: '0',
      SLIPPAGE_BPS: '0.1',
      MAX_LOSS_PER_DAY: '1',
      COOL_DOWN_SECONDS: '0',
    });
    expect((await figures()).booked).toBe(await change());
  });
  const kinds = new Set(bot?.kindsSince());
  for (const kind of ['add-liquidity', 'open-long', 'open-short', 'close-matured'])
    expect([...kinds]).toContain(kind);

  const { worth } = await figures();
  writeFileSync(haltFileOf((bot as BotInProcess).stateDir).path, 'unwind');
  const before = await month.base();
  const ended = await figures();
  expect(ended).toMatchObject({ isClosed: true, worth: 0n, profit: await change() });
  // The last mark was the payment for closing everything. Since then only seconds have passed.
  const paid = (await month.base()) - before;
  expect(Number(paid - worth) / Number(worth)).toBeCloseTo(0, 6);
});
