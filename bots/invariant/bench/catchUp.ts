import { type Devnet, type Row, timeOf } from '@service-bots/devnet';
import { newStateDir, startBot, waitUntilChecked } from './bot.ts';
import { poolsOf } from './pools.ts';

export const missedBlocks = 400;
const leastPerSecond = 20;

/** Measures the speed at which a bot checks missed blocks after a downtime. */
export async function measureCatchUp(devnet: Devnet): Promise<Row[]> {
  const { anvil } = devnet;
  const STATE_DIR = newStateDir();
  const first = startBot(devnet, { STATE_DIR });
  await waitUntilChecked(first, (await anvil.time.latest()).number);
  await first.stop();
  await anvil.time.mine(missedBlocks, 12);
  const second = startBot(devnet, { STATE_DIR });
  try {
    const watching = timeOf(await second.waitForLine(({ message }) => message === 'watching'));
    await waitUntilChecked(second, (await anvil.time.latest()).number, 120_000);
    const perSecond = missedBlocks / ((Date.now() - watching) / 1_000);
    return [
      {
        what: `blocks a second when catching up on ${missedBlocks}, ${poolsOf(devnet)}`,
        figure: perSecond.toFixed(0),
        target: `≥ ${leastPerSecond}`,
        met: perSecond >= leastPerSecond,
      },
    ];
  } finally {
    await second.stop('SIGKILL');
  }
}
