import { chainOf } from '@service-bots/core/chains';
import { Secret } from '@service-bots/core/config';
import { readPools } from '@service-bots/core/hyperdrive';
import { createBatchReader, FailoverProvider, LogReader, readBlock, readHead } from '@service-bots/core/rpc';
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
import { beginningOf, prepared } from '../src/discover.ts';
import { inspect, readPoolsAt } from '../src/inspect.ts';
import { noOverrides } from '../src/overrides.ts';
import { show } from '../src/quantity.ts';
import { WatchedPool } from '../src/watchedPool.ts';
import { Crowd } from './crowd.ts';
import { randomFrom } from './random.ts';

export interface WalkOptions {
  seed: number;
  /** Blocks to check. */
  blocks: number;
  /** Told now and then. */
  onProgress?: (report: WalkReport) => void;
}

/** What the checks said of pools that nobody did anything wrong to. */
export interface WalkReport {
  blocks: number;
  /** Checks that held. */
  held: number;
  skipped: number;
  /** Everything else: each of them is a false alarm. */
  alarms: string[];
  /** The least headroom that was seen, by pool and check. */
  least: Map<string, { text: string; value: bigint }>;
  done: ReadonlyMap<string, number>;
  refused: number;
}

/** Of 18 and of 6 decimals, of short and long positions, with a vault that began elsewhere than at 1. */
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
];

/** Lets a crowd use real pools honestly, and checks every block. */
export async function walk(options: WalkOptions): Promise<WalkReport> {
  // Only the newest blocks are read: on disk, the states of ten thousand would fill it.
  const anvil = await startAnvil({ extraArgs: ['--prune-history', '50'] });
  try {
    return await walkOn(anvil, options);
  } finally {
    await anvil.stop();
  }
}

async function walkOn(anvil: Anvil, { seed, blocks, onProgress }: WalkOptions): Promise<WalkReport> {
  const devnet = await deployHyperdrive(anvil, { pools: walkPools, paused: [] });
  const provider = await FailoverProvider.connect([{ label: 'anvil', url: new Secret(anvil.rpcUrl) }]);
  const logger = { debug() {}, info() {}, warning() {}, error() {}, critical() {}, child: () => logger };
  const ctx = { provider, reader: await createBatchReader(provider), logs: new LogReader(provider), logger };
  const head = await readHead(provider);
  const { pools } = await readPools(
    ctx.reader,
    head,
    devnet.pools.map(({ address }) => address),
  );
  const beginning = await beginningOf(provider, chainOf(provider.chainId), head);
  const watched = await Promise.all(
    pools.map(
      async pool => new WatchedPool(await prepared(ctx, head, pool, { overrides: noOverrides, beginning })),
    ),
  );
  const crowd = new Crowd(anvil, devnet.pools, randomFrom(seed));
  const report: WalkReport = {
    blocks: 0,
    held: 0,
    skipped: 0,
    alarms: [],
    least: new Map(),
    done: crowd.done,
    refused: 0,
  };

  let next = head.number;
  while (report.blocks < blocks) {
    await crowd.step();
    const { number: newest } = await anvil.time.latest();
    for (; next <= newest && report.blocks < blocks; next += 1) {
      const block = await readBlock(provider, next);
      if (!block) throw new Error(`block ${next} is not there`);
      const snapshots = await readPoolsAt(ctx, block, watched);
      for (const { watched: pool, view, verdicts } of await inspect(ctx, block, watched, snapshots)) {
        pool.remember(view.now, verdicts);
        for (const { check, result } of verdicts) {
          if (result.outcome === 'holds') report.held += 1;
          else if (result.outcome === 'skipped') report.skipped += 1;
          else {
            const why = 'reason' in result ? result.reason : result.message;
            const by = 'by' in result && result.by ? show(result.by, pool.pool.decimals) : '';
            report.alarms.push(`block ${next}, ${pool.name}, ${check.name}: ${result.outcome}: ${why} ${by}`);
          }
          if (!('headroom' in result) || !result.headroom) continue;
          const { left } = result.headroom;
          const key = `${pool.name} ${check.name}`;
          const known = report.least.get(key);
          if (known === undefined || left.value < known.value)
            report.least.set(key, { value: left.value, text: show(left, pool.pool.decimals) });
        }
      }
      report.blocks += 1;
      report.refused = crowd.refused;
      if (report.blocks % 500 === 0) onProgress?.(report);
    }
  }
  provider.destroy();
  await devnet.close();
  return report;
}
