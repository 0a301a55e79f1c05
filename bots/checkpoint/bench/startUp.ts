import { type Devnet, distribution, median, type Row, timeOf } from '@service-bots/devnet';
import { startBot } from './bot.ts';
import { poolsOf } from './pools.ts';

const starts = 5;
const longestMs = 1_500;

/** The parts of a start, in ms. */
interface Start {
  /** Until its first line: Node itself, and loading the modules. */
  loading: number;
  /** Until the pools are known: connection, wallet, discovery. */
  discovery: number;
  round: number;
  total: number;
}

/** Measures the time from the start of the process to its first completed round. */
export async function measureStartUp(devnet: Devnet): Promise<Row[]> {
  const taken: Start[] = [];
  for (let i = 0; i < starts; i += 1) taken.push(await startOnce(devnet));
  const ms = (of: (start: Start) => number) => Math.round(median(taken.map(of)));
  const total = ms(start => start.total);
  const pools = poolsOf(devnet);
  return [
    {
      what: `start to first completed round, ${pools}`,
      figure: `${total} ms (median of ${starts}; ${distribution(taken.map(start => Math.round(start.total)))})`,
      target: `< ${longestMs} ms`,
      met: total < longestMs,
    },
    {
      what: `  of which, ${pools}`,
      figure: `${ms(start => start.loading)} ms loading, ${ms(start => start.discovery)} ms connecting and discovery, ${ms(start => start.round)} ms round`,
    },
  ];
}

async function startOnce(devnet: Devnet): Promise<Start> {
  const spawnedAt = Date.now();
  const bot = startBot(devnet, {});
  try {
    const first = timeOf(await bot.waitForLine(() => true)) - spawnedAt;
    const watching = timeOf(await bot.waitForLine(({ message }) => message === 'watching')) - spawnedAt;
    const total = timeOf(await bot.waitForLine(({ message }) => message === 'round completed')) - spawnedAt;
    return { loading: first, discovery: watching - first, round: total - watching, total };
  } finally {
    await bot.stop('SIGKILL');
  }
}
