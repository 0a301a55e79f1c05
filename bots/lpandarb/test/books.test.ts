import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { RoundReport } from '@service-bots/core/runtime';
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

  // The reserves of the pool are nearly used up by shorts, so that it accepts the close of a part of the long alone.
  writeFileSync(haltFileOf((bot as BotInProcess).stateDir).path, 'unwind');
  expect((await figures()).booked).toBe(await change());
  expect(bot?.kindsSince()).toContain('close-long');

  // The rest is paid in full when it has matured.
  const before = bot?.done.length;
  await month.anvil.time.increase(8 * 86_400);
  const ended = await bot?.settle();
  expect(figuresIn(ended as RoundReport, month.pool.decimals).booked).toBe(await change());
  expect(ended?.targets[0]?.details?.positions).toEqual([]);
  expect(bot?.kindsSince(before)).toContain('close-matured');
});
