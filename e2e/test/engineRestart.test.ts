import { expect, it } from '@jest/globals';
import { run } from '../src/run.ts';
import { bots, Stage } from './containers/stage.ts';

// Runs only where the command to restart the engine is known, and after all other files, since they use the
// same engine.
const restartEngine = process.env.E2E_RESTART_ENGINE;
const stage = new Stage('e2e-restart');

(restartEngine ? it : it.skip)('when the engine restarts, all bots come back and go on', async () => {
  expect(await stage.deployment.setUp('--service-bots', '--anvil')).toMatchObject({ code: 0 });
  await stage.deployment.compose('up', '-d', '--build', '--wait', '--wait-timeout', '240', ...bots);
  await run('bash', ['-c', String(restartEngine)], { cwd: stage.checkout.home });
  for (const service of [...bots, 'anvil']) await stage.healthy(service);
  // The chain begins again at its first block.
  await stage.joinPool();
  const maturity = await stage.matureShort();
  await stage.moveTo(maturity + stage.pool.checkpointDuration / 2 + 60);
  await stage.minted(maturity);
});
