import {
  type Anvil,
  type DevnetPrizePool,
  deployPrizePools,
  distribution,
  moveClocks,
  type PrizePools,
  type Row,
  roles,
  startAnvil,
  startProxy,
} from '@service-bots/devnet';
import { startKeeper } from './bot.ts';
import { startPollLoop } from './pollLoop.ts';

const week = 7 * 86_400;
const rounds = 20;
const blockSeconds = 0.4;
/** The time between the jump and the anchor: enough for the looks before any anchor. */
const approachSeconds = 4;
/** The interval of the keeper that its operators described. */
const pollMs = 30_000;
const timeoutMs = 150_000;

/** The result of a round, in blocks. */
interface Driven {
  /** Blocks at or after the anchor before the block of the commit: 0 is the first. */
  commitBlocks: number;
  commitSeconds: number;
  /** Blocks after the first possible one of the draw. */
  settleBlocks: number;
}

/**
 * Measures twenty weeks of a vault, each of them moved to a few seconds before its anchor.
 * @param latencyMs of every request, as to an endpoint on another continent
 */
export async function measureKeeper(latencyMs: number): Promise<Row[]> {
  const { prizePools, pool, anchor } = await openVaults(1);
  const { anvil } = prizePools;
  const proxy = await startProxy(anvil);
  proxy.delayBy(latencyMs);
  const schedule = `${pool.address}:${spelt(anchor)}`;
  const env = { POOL_SCHEDULE_V2: schedule, RPC_URL: proxy.rpcUrl };
  const clockShiftMs = (await anvil.time.aheadSeconds()) * 1_000;
  const keeper = await startKeeper(prizePools, env, { clockShiftMs });
  try {
    const driven: Driven[] = [];
    for (let i = 0; i < rounds; i += 1) {
      await pool.buyTickets(roles.trader.address, 3);
      const at = anchor + i * week;
      await moveClocks(anvil, [keeper], at - approachSeconds);
      driven.push(await drivenRound(anvil, pool, i + 1, at));
    }
    return latencyMs === 0
      ? rowsOf('the keeper', driven, true)
      : rowsOf(`the keeper, ${latencyMs} ms from its endpoint`, driven, false);
  } finally {
    await keeper.stop('SIGKILL');
    await proxy.close();
    await anvil.stop();
  }
}

const overlappingWeeks = 7;

/**
 * Measures three pools whose commits and draws overlap, for seven weeks, on a chain whose row in the table
 * has 1 s and whose blocks come every 0.4 s. The first pool has an anchor. Two without an anchor are due 3 s
 * and 2 s before it in the first week, so that their draws fall into the time in which its commit is held,
 * and a little later each week.
 */
export async function measureOverlapping(): Promise<Row[]> {
  const anvil = await startAnvil({ chainId: 31_337, blockTime: blockSeconds });
  const anchor = Math.ceil((Date.now() / 1_000 + week) / 3_600) * 3_600;
  const weekly = { roundDurationSec: 86_400, yieldPeriodSec: week - 86_400 };
  const prizePools = await deployPrizePools(anvil, [
    { opensAt: anchor - week },
    { ...weekly, opensAt: anchor - week - 3 },
    { ...weekly, opensAt: anchor - week - 2 },
  ]);
  const { pools } = prizePools;
  const clockShiftMs = (await anvil.time.aheadSeconds()) * 1_000;
  const env = { POOL_SCHEDULE_V2: `${pools[0]?.address}:${spelt(anchor)}` };
  const keeper = await startKeeper(prizePools, env, { clockShiftMs });
  try {
    const driven: Driven[] = [];
    for (let i = 0; i < overlappingWeeks; i += 1) {
      for (const pool of pools) await pool.buyTickets(roles.trader.address, 3);
      const at = anchor + i * week;
      await moveClocks(anvil, [keeper], at - 2 * approachSeconds);
      for (const pool of pools) driven.push(await drivenRound(anvil, pool, i + 1, at));
    }
    return drawRowsOf('three overlapping pools, blocks faster than the table says', driven, true);
  } finally {
    await keeper.stop('SIGKILL');
    await anvil.stop();
  }
}

/**
 * Measures the plain loop that the operators described, for comparison: a look every 30 s. Twenty loops, each
 * with a separate vault and wallet and a different start, go through the same anchor.
 */
export async function measurePollLoop(): Promise<Row[]> {
  const { prizePools, anchor } = await openVaults(rounds);
  const { anvil, pools } = prizePools;
  for (const pool of pools) await pool.buyTickets(roles.trader.address, 3);
  await moveClocks(anvil, [], anchor - approachSeconds);
  const aheadMs = (await anvil.time.aheadSeconds()) * 1_000;
  const loops = await Promise.all(
    pools.map((pool, i) =>
      startPollLoop(anvil, pool, { anchor, aheadMs, pollMs, firstLookMs: (i * pollMs) / pools.length }),
    ),
  );
  try {
    const driven = await Promise.all(pools.map(pool => drivenRound(anvil, pool, 1, anchor)));
    return rowsOf('a plain loop that polls every 30 s', driven, false);
  } finally {
    await Promise.all(loops.map(loop => loop.stop()));
    await anvil.stop();
  }
}

async function openVaults(
  count: number,
): Promise<{ prizePools: PrizePools; pool: DevnetPrizePool; anchor: number }> {
  const anvil = await startAnvil({ chainId: 143, blockTime: blockSeconds });
  const anchor = Math.ceil((Date.now() / 1_000 + week) / 3_600) * 3_600;
  const prizePools = await deployPrizePools(
    anvil,
    Array.from({ length: count }, () => ({ opensAt: anchor - week })),
  );
  return { prizePools, pool: prizePools.pools[0] as DevnetPrizePool, anchor };
}

/** Waits until the round is settled, and reads its result from the chain. */
async function drivenRound(
  anvil: Anvil,
  pool: DevnetPrizePool,
  round: number,
  anchor: number,
): Promise<Driven> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const { state } = await pool.roundInfo(round);
    if (state === 'Settled') break;
    if (state === 'Failed' || Date.now() > giveUpAt) throw new Error(`round ${round} is ${state}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  const events = (await pool.events()).filter(({ args }) => Number(args[0]) === round);
  const committed = events.find(({ name }) => name === 'RoundCommitted');
  const settled = events.find(({ name }) => name === 'RoundSettled');
  if (!committed || !settled) throw new Error(`round ${round} has no events`);
  const first = await firstBlockFrom(anvil, anchor, committed.block);
  const block = await anvil.provider.getBlock(committed.block);
  return {
    commitBlocks: committed.block - first,
    commitSeconds: (block?.timestamp ?? Number.NaN) - anchor,
    settleBlocks: settled.block - Number(committed.args.targetBlockNumber) - 1,
  };
}

/** The first block with this time or a later one; above `committedIn` when the commit was before it. */
async function firstBlockFrom(anvil: Anvil, time: number, committedIn: number): Promise<number> {
  for (let number = committedIn; ; number -= 1) {
    const block = await anvil.provider.getBlock(number);
    if (!block || block.timestamp < time) return number + 1;
  }
}

function rowsOf(who: string, driven: readonly Driven[], isJudged: boolean): Row[] {
  const late = driven.filter(({ commitBlocks }) => commitBlocks < 0 || commitBlocks > 1).length;
  const judged = (target: string, met: boolean) => (isJudged ? { target, met } : {});
  return [
    {
      what: `commits in the first or second block of the anchor, ${who}`,
      figure: `${driven.length - late} of ${driven.length}`,
      ...judged('all', late === 0),
    },
    {
      what: `  blocks and seconds after it, ${who}`,
      figure: `${distribution(driven.map(each => each.commitBlocks))} blocks, ${distribution(driven.map(each => each.commitSeconds))} s`,
    },
    ...drawRowsOf(who, driven, isJudged),
  ];
}

function drawRowsOf(who: string, driven: readonly Driven[], isJudged: boolean): Row[] {
  const prompt = driven.filter(({ settleBlocks }) => settleBlocks === 0).length;
  return [
    {
      what: `draws in the first block possible, ${who}`,
      figure: `${prompt} of ${driven.length}`,
      ...(isJudged ? { target: '≥ 19 of 20', met: prompt >= driven.length * 0.95 } : {}),
    },
    {
      what: `  blocks after it, ${who}`,
      figure: `${distribution(driven.map(each => each.settleBlocks))} of the 254 that are left`,
    },
  ];
}

function spelt(anchor: number): string {
  const date = new Date(anchor * 1_000);
  return `${['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()]}:${date.getUTCHours()}`;
}
