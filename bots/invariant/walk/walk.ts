import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation } from '@service-bots/core/alerts';
import { chainOf } from '@service-bots/core/chains';
import { Secret } from '@service-bots/core/config';
import { beginningOf, readPools } from '@service-bots/core/hyperdrive';
import { createBatchReader, FailoverProvider, LogReader, readBlocks, readHead } from '@service-bots/core/rpc';
import {
  type Anvil,
  daySeconds,
  deployHyperdrive,
  hourSeconds,
  type PoolOptions,
  startAnvil,
  weeklyPool,
} from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { invariantAlerts } from '../src/alerts.ts';
import type { Inspection } from '../src/judging/inspect.ts';
import { prepared } from '../src/pools/discover.ts';
import { noOverrides } from '../src/pools/overrides.ts';
import { WatchedPool } from '../src/pools/WatchedPool.ts';
import { show } from '../src/readings/quantity.ts';
import { Replay } from '../src/replay/Replay.ts';
import { silentLogger } from '../src/replay/silentLogger.ts';
import { Tally } from '../src/replay/Tally.ts';
import { Crowd } from './crowd.ts';
import { randomFrom } from './random.ts';
import { truthOf } from './truth.ts';

export interface WalkOptions {
  seed: number;
  /** Blocks to check. */
  blocks: number;
  /** Blocks in which users act before the first checked block; none unless given. */
  from?: number;
  /** Called at intervals. */
  onProgress?: (report: WalkReport) => void;
}

/** The results of the checks on pools in honest use. */
export interface WalkReport {
  blocks: number;
  /** Checks that held. */
  held: number;
  skipped: number;
  /** False findings above info, separately for each pool, check and block. */
  alarms: string[];
  /** The true findings: the number of blocks of pools, by check, severity and reason. */
  truths: Map<string, number>;
  /** Messages that a channel would have received, and pages. */
  notices: Record<string, number>;
  pages: number;
  /** The least headroom that was seen, by pool and check. */
  least: Map<string, { text: string; value: bigint }>;
  done: ReadonlyMap<string, number>;
  refused: number;
}

/** Pools of 18 and of 6 decimals, of short and long positions, with a vault whose initial price is not 1. */
export const walkPools: readonly PoolOptions[] = [
  weeklyPool('Week DAI'),
  { name: 'Day USDC', decimals: 6, positionDuration: 2 * daySeconds, checkpointDuration: 12 * hourSeconds },
  {
    name: 'Half-year DAI',
    positionDuration: 182 * daySeconds,
    checkpointDuration: daySeconds,
    initialVaultSharePrice: parseUnits('1.3', 18),
  },
  {
    name: 'Month USDC',
    decimals: 6,
    positionDuration: 30 * daySeconds,
    checkpointDuration: daySeconds,
    initialVaultSharePrice: parseUnits('1.1', 18),
  },
  { name: 'Year DAI', positionDuration: 365 * daySeconds, checkpointDuration: daySeconds },
];

/** A busy machine answers late, which is no evidence about a check. */
const patience = { attemptMs: 120_000, callMs: 600_000 };

/** Simulates honest users of real pools, and replays every block as it is mined. */
export async function walk(options: WalkOptions): Promise<WalkReport> {
  // Only the newest blocks are read: on disk, the states of ten thousand would fill it.
  const anvil = await startAnvil({ extraArgs: ['--prune-history', '50'] });
  try {
    return await walkOn(anvil, options);
  } finally {
    await anvil.stop();
  }
}

async function walkOn(
  anvil: Anvil,
  { seed, blocks, from = 0, onProgress }: WalkOptions,
): Promise<WalkReport> {
  const devnet = await deployHyperdrive(anvil, { pools: walkPools, paused: [] });
  const crowd = new Crowd(anvil, devnet.pools, randomFrom(seed));
  while ((await anvil.time.latest()).number < from) await crowd.step();
  const provider = await FailoverProvider.connect(
    [{ label: 'anvil', url: new Secret(anvil.rpcUrl) }],
    undefined,
    { options: patience },
  );
  const ctx = {
    provider,
    chain: chainOf(provider.chainId),
    reader: await createBatchReader(provider),
    logs: new LogReader(provider),
    logger: silentLogger(),
  };
  const head = await readHead(provider);
  const { pools } = await readPools(
    ctx.reader,
    head,
    devnet.pools.map(({ address }) => address),
  );
  const beginning = await beginningOf(provider, chainOf(provider.chainId), head);
  const watched = await Promise.all(
    pools.map(
      async pool =>
        new WatchedPool(await prepared(ctx, { block: head, pool, overrides: noOverrides, beginning })),
    ),
  );
  const report: WalkReport = {
    blocks: 0,
    held: 0,
    skipped: 0,
    alarms: [],
    truths: new Map(),
    notices: {},
    pages: 0,
    least: new Map(),
    done: crowd.done,
    refused: 0,
  };

  const folder = mkdtempSync(join(tmpdir(), 'walk-'));
  const tally = new Tally();
  const replay = new Replay(ctx, head.timestamp, {
    tally,
    alertFiles: join(folder, 'alerts'),
    resolveAfterMs: 300_000,
    version: 'walk',
    onInspection: (inspection, observations) => judge(report, crowd, inspection, observations),
  });
  try {
    const never = new AbortController().signal;
    let next = head.number;
    while (report.blocks < blocks) {
      await crowd.step();
      const { number: newest } = await anvil.time.latest();
      const last = Math.min(newest, next + blocks - report.blocks - 1);
      if (last < next) continue;
      const fresh = await readBlocks(provider, next, last);
      await replay.check(fresh, {
        poolsAt: () => watched,
        stop: never,
        onChecked() {
          report.blocks += 1;
          report.refused = crowd.refused;
          if (report.blocks % 500 === 0) onProgress?.(report);
        },
      });
      next = last + 1;
    }
    await replay.settle();
    Object.assign(report, { notices: tally.state.notices, pages: tally.state.pages });
    return report;
  } finally {
    replay.close();
    provider.destroy();
    rmSync(folder, { recursive: true });
    await devnet.close();
  }
}

/** Counts the results for one pool at one block: the checks that held, and whether the findings are true. */
function judge(
  report: WalkReport,
  crowd: Crowd,
  inspection: Inspection,
  observations: readonly Observation[],
): void {
  const { view, verdicts } = inspection;
  const { pool, now } = view;
  for (const { check, result } of verdicts) {
    if (result.outcome === 'holds') report.held += 1;
    if (result.outcome === 'skipped') report.skipped += 1;
    if (!('headroom' in result) || !result.headroom) continue;
    const { left } = result.headroom;
    const key = `${pool.name} ${check.name}`;
    const known = report.least.get(key);
    if (known === undefined || left.value < known.value)
      report.least.set(key, { value: left.value, text: show(left, pool.decimals) });
  }
  for (const observation of observations) {
    if (!observation.failing) continue;
    const kind: { severity: string } | undefined = (
      invariantAlerts as Readonly<Record<string, { severity: string }>>
    )[observation.check];
    const severity = observation.severity ?? kind?.severity ?? 'error';
    if (severity === 'info') continue;
    const truth = truthOf(inspection, observation, severity, crowd.deedsAt(pool.address));
    if (truth === undefined)
      report.alarms.push(
        `block ${now.block.number}, ${pool.name}, ${observation.check}: ${severity}: ${observation.message}`,
      );
    else {
      const what = `${observation.check} ${severity}: ${truth}`;
      report.truths.set(what, (report.truths.get(what) ?? 0) + 1);
    }
  }
}
