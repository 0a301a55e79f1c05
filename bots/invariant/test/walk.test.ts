import { expect, it } from '@jest/globals';
import { walk } from '../walk/walk.ts';

it('honest people raise no alarm: trades, liquidity, checkpoints, rates and time, 18 and 6 decimals', async () => {
  const report = await walk({ seed: 20_261_121, blocks: 1_500 });
  expect(report.alarms).toEqual([]);
  expect(report.held).toBeGreaterThan(55_000);
  for (const what of ['open long', 'open short', 'close', 'add liquidity', 'remove liquidity', 'hours pass'])
    expect(report.done.get(what)).toBeGreaterThan(0);
}, 240_000);
