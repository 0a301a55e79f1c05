import { expect, it } from '@jest/globals';
import { walk } from '../walk/walk.ts';

it('honest people raise no alarm: trades, liquidity, checkpoints, rates and time, 18 and 6 decimals', async () => {
  const report = await walk({ seed: 20_261_121, blocks: 600 });
  expect(report.alarms).toEqual([]);
  expect(report.held).toBeGreaterThan(24_000);
  const deeds = [
    'open long',
    'open short',
    'close',
    'close the newest, early',
    'add liquidity',
    'remove liquidity',
  ];
  for (const what of [...deeds, 'hours pass', 'checkpoints are missed', 'the vault loses'])
    expect(report.done.get(what)).toBeGreaterThan(0);
}, 400_000);
