import {
  deployPrizePools,
  describeMachine,
  type Measurement,
  measureIdleRoundsOf,
  measureMemoryOf,
  type PrizePools,
  type Row,
  runBench,
  startAnvil,
  waitForRounds,
} from '@service-bots/devnet';
import { measureKeeper, measureOverlapping, measurePollLoop } from './anchors.ts';
import { poolsOf, startKeeper } from './bot.ts';

const sizes = [1, 10, 100];
const rounds = 1_000;

const anvil = await startAnvil({ chainId: 143, blockTime: 0.4 });
const machine = await describeMachine(anvil);
const sets: PrizePools[] = [];
for (const size of sizes)
  sets.push(
    await deployPrizePools(
      anvil,
      Array.from({ length: size }, () => ({})),
    ),
  );
const [, ten] = sets;

const measurements: Measurement[] = [
  ...sets.map((set): Measurement => [`idle rounds, ${poolsOf(set)}`, () => measureIdle(set)]),
  ['memory (two minutes)', () => measureMemory(ten as PrizePools)],
  ['twenty weeks of a vault (two minutes)', () => measureKeeper(0)],
  ['the same, 60 ms from the endpoint (two minutes)', () => measureKeeper(60)],
  ['three overlapping pools, seven weeks (two minutes)', measureOverlapping],
  ['a plain loop of 30 s (two minutes)', measurePollLoop],
];
await runBench(machine, measurements);
await anvil.stop();

function measureIdle(set: PrizePools): Promise<Row[]> {
  const start = async (rpcUrl: string) => {
    const keeper = await startKeeper(set, { RPC_URL: rpcUrl, KEEPER_GOVERNANCE_SECONDS: '3600' });
    await waitForRounds(keeper, 3);
    return keeper;
  };
  return measureIdleRoundsOf(anvil, start, { about: poolsOf(set), mostRequests: 1 });
}

/**
 * Measures at ten looks a second, with a look for governance events every 10 s, and the logs of production.
 */
async function measureMemory(set: PrizePools): Promise<Row[]> {
  const often = { LOG_LEVEL: 'info', KEEPER_INTERVAL_MS: '100', KEEPER_GOVERNANCE_SECONDS: '10' };
  const keeper = await startKeeper(set, often);
  try {
    const about = poolsOf(set);
    return await measureMemoryOf(keeper, { about, rounds, mostMB: 100, timeoutMs: 300_000 });
  } finally {
    await keeper.stop('SIGKILL');
  }
}
