import { type Devnet, mean, part, processFigures, type Row } from '@service-bots/devnet';
import { startBot, waitUntilChecked } from './bot.ts';
import { poolsOf } from './pools.ts';

const blocks = 10_000;
const atATime = 250;
const mostMB = 150;
/** Flat: the last quarter's mean is at most this much above the second quarter's. */
const flatFactor = 1.05;

/** Measures the resident memory over ten thousand blocks, each of them checked, as fast as the bot can. */
export async function measureMemory(devnet: Devnet): Promise<Row[]> {
  const bot = startBot(devnet, { LOG_LEVEL: 'info', DISCOVERY_SECONDS: '10', BLOCK_TIME: '1' });
  const sizes: number[] = [];
  try {
    const { number: first } = await devnet.anvil.time.latest();
    for (let checked = 0; checked < blocks; checked += atATime) {
      await devnet.anvil.time.mine(atATime, 12);
      await waitUntilChecked(bot, first + checked + atATime, 120_000);
      sizes.push((await processFigures(bot)).residentMB);
    }
  } finally {
    await bot.stop('SIGKILL');
  }
  const end = sizes.at(-1) ?? Number.NaN;
  const growth = mean(part(sizes, 0.75, 1)) / mean(part(sizes, 0.25, 0.5));
  return [
    {
      what: `resident memory after ${blocks} blocks, ${poolsOf(devnet)}`,
      figure: `${end.toFixed(0)} MB (the most: ${Math.max(...sizes).toFixed(0)} MB)`,
      target: `< ${mostMB} MB`,
      met: Math.max(...sizes) < mostMB,
    },
    {
      what: '  last quarter against the second',
      figure: `${((growth - 1) * 100).toFixed(1)} %`,
      target: `flat: ≤ +${((flatFactor - 1) * 100).toFixed(0)} %`,
      met: growth <= flatFactor,
    },
    {
      what: '  every 1,000 blocks',
      figure: `${sizes
        .filter((_, i) => (i + 1) % 4 === 0)
        .map(size => size.toFixed(0))
        .join(' ')} MB`,
    },
  ];
}
