import {
  type Devnet,
  distribution,
  mean,
  processFigures,
  type Row,
  roundsOf,
  startByteCounter,
  startProxy,
  waitForRounds,
} from '@service-bots/devnet';
import { startBot, waitUntilIdle } from './bot.ts';
import { poolsOf } from './pools.ts';

const rounds = 8;
const mostRequests = 2;

/** What rounds cost in which nothing is due, once the pools' past has been read. */
export async function measureIdleRounds(devnet: Devnet): Promise<Row[]> {
  const proxy = await startProxy(devnet.anvil);
  const counter = await startByteCounter(proxy.port);
  const bot = startBot(devnet, { RPC_URL: counter.url, LOOK_SECONDS: '1', DISCOVERY_SECONDS: '3600' });
  try {
    await waitUntilIdle(bot);
    const from = roundsOf(bot).length;
    const { cpuSeconds } = await processFigures(bot);
    const bytes = counter.bytes;
    const requests: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      proxy.resetCounts();
      await waitForRounds(bot, from + round);
      requests.push(proxy.httpRequests);
    }
    const bytesARound = (counter.bytes - bytes) / rounds;
    const after = await processFigures(bot);
    const lasted = roundsOf(bot)
      .slice(from, from + rounds)
      .map(({ ms }) => Number(ms));
    const cpuMs = ((after.cpuSeconds - cpuSeconds) * 1_000) / rounds;
    const pools = poolsOf(devnet);
    return [
      {
        what: `HTTP requests an idle round, ${pools}`,
        figure: `${Math.max(...requests)} (the most of ${rounds} rounds; mean ${mean(requests)})`,
        target: `≤ ${mostRequests}`,
        met: Math.max(...requests) <= mostRequests,
      },
      {
        what: `  what it takes, ${pools}`,
        figure: `${distribution(lasted)} ms, ${(bytesARound / 1_000).toFixed(1)} kB, ${cpuMs.toFixed(0)} ms CPU`,
      },
    ];
  } finally {
    await bot.stop('SIGKILL');
    counter.close();
    await proxy.close();
  }
}
