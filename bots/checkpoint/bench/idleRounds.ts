import { type Devnet, measureIdleRoundsOf, type Row } from '@service-bots/devnet';
import { startBot, waitUntilIdle } from './bot.ts';
import { poolsOf } from './pools.ts';

/** Measures the cost of rounds without due work, after the pools' past has been read. */
export function measureIdleRounds(devnet: Devnet): Promise<Row[]> {
  const start = async (rpcUrl: string) => {
    const bot = startBot(devnet, { RPC_URL: rpcUrl, LOOK_SECONDS: '1', DISCOVERY_SECONDS: '3600' });
    await waitUntilIdle(bot);
    return bot;
  };
  return measureIdleRoundsOf(devnet.anvil, start, { about: poolsOf(devnet), mostRequests: 2 });
}
