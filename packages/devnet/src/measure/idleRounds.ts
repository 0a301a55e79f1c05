import type { Anvil } from '../chain/anvil.ts';
import type { BotProcess } from '../process/botProcess.ts';
import { startProxy } from '../proxy/rpcProxy.ts';
import { processFigures, roundsOf, waitForRounds } from './botFigures.ts';
import { startByteCounter } from './byteCounter.ts';
import { distribution, mean } from './statistics.ts';
import type { Row } from './table.ts';

interface IdleDemand {
  /** The bot's load, e.g. `10 pools`. */
  about: string;
  /** HTTP requests that a round may take. */
  mostRequests: number;
}

const rounds = 8;

/**
 * Measures the cost of rounds without due work.
 * @param start starts the bot against this URL, and resolves once it is idle
 */
export async function measureIdleRoundsOf(
  anvil: Anvil,
  start: (rpcUrl: string) => Promise<BotProcess>,
  { about, mostRequests }: IdleDemand,
): Promise<Row[]> {
  const proxy = await startProxy(anvil);
  const counter = await startByteCounter(proxy.port);
  let bot: BotProcess | undefined;
  try {
    bot = await start(counter.url);
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
    return [
      {
        what: `HTTP requests an idle round, ${about}`,
        figure: `${Math.max(...requests)} (the most of ${rounds} rounds; mean ${mean(requests)})`,
        target: `≤ ${mostRequests}`,
        met: Math.max(...requests) <= mostRequests,
      },
      {
        what: `  what it takes, ${about}`,
        figure: `${distribution(lasted)} ms, ${(bytesARound / 1_000).toFixed(1)} kB, ${cpuMs.toFixed(0)} ms CPU`,
      },
    ];
  } finally {
    await bot?.stop('SIGKILL');
    counter.close();
    await proxy.close();
  }
}
