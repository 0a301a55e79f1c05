import { type Devnet, measureMemoryOf, type Row } from '@service-bots/devnet';
import { startBot } from './bot.ts';
import { poolsOf } from './pools.ts';

const timeoutMs = 240_000;

/**
 * A bot that is told the chain's time is sped up as far as it goes takes the next checkpoint to be due at any moment:
 * it pauses only the 100 ms that it always pauses, and so 1,000 rounds take two minutes instead of the quarter of an
 * hour that LOOK_SECONDS=1 would take.
 */
const hurried = { BLOCK_TIME: '0.05', BLOCK_TIMESTAMP_INTERVAL: '86400' };

/** Resident memory over 1,000 rounds with a discovery every 10 s, logging as in production. */
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
