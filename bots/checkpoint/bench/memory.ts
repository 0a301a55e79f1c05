import { type Devnet, measureMemoryOf, type Row } from '@service-bots/devnet';
import { startBot } from './bot.ts';
import { poolsOf } from './pools.ts';

const timeoutMs = 240_000;

/**
 * A bot whose configuration speeds up the chain's time as far as possible expects the next checkpoint at any
 * moment. It pauses only its minimum of 100 ms, so 1,000 rounds take two minutes instead of the quarter of an
 * hour of LOOK_SECONDS=1.
 */
const hurried = { BLOCK_TIME: '0.05', BLOCK_TIMESTAMP_INTERVAL: '86400' };

/**
 * Measures the resident memory over 1,000 rounds with a discovery every 10 s, with the logs of production.
 */
export async function measureMemory(devnet: Devnet): Promise<Row[]> {
  const often = { LOG_LEVEL: 'info', LOOK_SECONDS: '1', DISCOVERY_SECONDS: '10' };
  const bot = startBot(devnet, { ...hurried, ...often });
  try {
    await bot.waitForLine(({ message }) => message === 'watching');
    const about = poolsOf(devnet);
    return await measureMemoryOf(bot, { about, rounds: 1_000, mostMB: 100, timeoutMs });
  } finally {
    await bot.stop('SIGKILL');
  }
}
