import { chainOf } from '@service-bots/core/chains';
import { type Env, endpointsOf, loadConfig, rpcVariables } from '@service-bots/core/config';
import { BotError, reasonOf, SetupError } from '@service-bots/core/errors';
import { beginningOf, readPools } from '@service-bots/core/hyperdrive';
import {
  type BatchReader,
  type Block,
  createBatchReader,
  FailoverProvider,
  LogReader,
  readBlock,
} from '@service-bots/core/rpc';
import { z } from 'zod';
import { blockAt } from '../blocks/blockAt.ts';
import { evaluate } from '../checks/evaluate.ts';
import { checks, type View } from '../checks/index.ts';
import type { Verdict } from '../checks/verdict.ts';
import { invariantConfig } from '../config.ts';
import { readDiagnostics } from '../judging/readDiagnostics.ts';
import { prepared } from '../pools/discover.ts';
import { emptyHistory, type History, record } from '../pools/history.ts';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import { LateCheckpoints } from '../pools/LateCheckpoints.ts';
import { readOverrides } from '../pools/OverridesFile.ts';
import { momentOf, WatchedPool } from '../pools/WatchedPool.ts';
import { holdsByBooks } from '../readings/books.ts';
import type { Snapshot } from '../readings/index.ts';
import { readSnapshots } from '../readings/readSnapshots.ts';
import type { CheckOptions } from './parseOptions.ts';

const commandConfig = z.object({
  ...rpcVariables,
  INVARIANT_OVERRIDES_FILE: invariantConfig.shape.INVARIANT_OVERRIDES_FILE,
});

/** A person waits for the events since a loss longer than a bot does. */
const ledgerMs = 120_000;

/** The results of the checks, and the values that could not be read for them. */
export interface CheckedBlock {
  view: View;
  verdicts: Verdict[];
  /** For people: the missing values, and the reasons. */
  remarks: string[];
}

/**
 * Runs checks on one pool at one block, as the bot does, with the past read from the chain.
 * @throws ConfigError, SetupError when the configuration is wrong; BotError when the pool cannot be read at
 * that block
 */
export async function checkBlock(
  { pool: address, block: tag, against, checks: names }: CheckOptions,
  env: Env,
) {
  const { config } = loadConfig(commandConfig, env);
  const overrides = await readOverrides(config.INVARIANT_OVERRIDES_FILE);
  const provider = await FailoverProvider.connect(endpointsOf(config), config.CHAIN_ID);
  try {
    const reader = await createBatchReader(provider);
    const block = await readBlock(provider, tag);
    if (!block) throw new SetupError(`--block ${tag}: the chain has no such block`);
    if (against !== undefined && against >= block.number)
      throw new SetupError(`--against ${against}: is not before block ${block.number}`);
    const { pools, unreadable } = await readPools(reader, block, [address]);
    const [found] = pools;
    if (!found) throw new BotError(`--pool ${address}: at block ${block.number}, ${unreadable[0]?.reason}`);
    const beginning = await beginningOf(provider, chainOf(provider.chainId), block);
    const pool = await prepared({ reader }, { block, pool: found, overrides, beginning });
    const source = { provider, reader, logs: new LogReader(provider) };
    const wanted = checks.filter(({ name }) => names.includes(name));
    return await checkedBlock(source, pool, { block, against, wanted });
  } finally {
    provider.destroy();
  }
}

interface Source {
  provider: FailoverProvider;
  reader: BatchReader;
  logs: LogReader;
}

async function checkedBlock(
  source: Source,
  pool: InvariantPool,
  { block, against, wanted }: { block: Block; against: number | undefined; wanted: typeof checks },
): Promise<CheckedBlock> {
  const remarks: string[] = [];
  const attempt = async <T>(what: string, read: () => Promise<T | undefined>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      remarks.push(`${what} could not be read: ${reasonOf(error)}`);
      return undefined;
    }
  };
  const snapshotAt = async (at: Block): Promise<Snapshot> => {
    const past = new LateCheckpoints(pool.checkpointDuration, pool.earliestMaturity);
    const checkpoints = at === block ? past.toRead(at.timestamp, Number.POSITIVE_INFINITY) : [];
    const question = { pool, checkpoints };
    const [snapshot] = await readSnapshots(source, at, [question]);
    return snapshot as Snapshot;
  };
  const now = await snapshotAt(block);
  const earlier = against ?? block.number - 1;
  const before = await attempt(`block ${earlier}`, async () => {
    const read = earlier >= 0 ? await readBlock(source.provider, earlier) : undefined;
    return read && snapshotAt(read);
  });
  const { lookBackSeconds } = pool.settings;
  const past = await attempt(`the pool ${lookBackSeconds} s ago`, async () => {
    if (against !== undefined) return undefined;
    const old = await blockAt(source.provider, block.timestamp - lookBackSeconds, block);
    return old && snapshotAt(old);
  });
  const history = [past, before].reduce((known, each) => remembered(known, each, pool), emptyHistory);
  const view: View = { pool, now, before: before?.market.ok ? before : undefined, history };
  const logger = { warning: (what: string) => void remarks.push(what) };
  const watched = new WatchedPool(pool);
  if (before && holdsByBooks(pool, before)) watched.rememberShares(before);
  const suspect = { watched, view, verdicts: evaluate(wanted, view) };
  const looks = await readDiagnostics({ ...source, logger }, block, { suspects: [suspect], ledgerMs });
  const diagnostics = looks.get(watched);
  const complete: View = diagnostics ? { ...view, diagnostics } : view;
  return { view: complete, verdicts: evaluate(wanted, complete), remarks };
}

function remembered(history: History, snapshot: Snapshot | undefined, pool: InvariantPool): History {
  const moment = snapshot && momentOf(snapshot);
  return moment ? record(history, moment, pool.settings.lookBackSeconds) : history;
}
