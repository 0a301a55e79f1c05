import { interfaces } from '@service-bots/devnet';
import type { HyperdrivePool } from '../history/index.ts';
import type { ChainReader } from './ChainReader.ts';
import type { Finding } from './Finding.ts';
import { deadlineMs } from './spans.ts';
import { type BlockTime, type Bot, groupBy, isSame, type Timeline } from './Timeline.ts';

/** A checkpoint of a pool in which positions matured. */
export interface MaturedCheckpoint {
  readonly pool: HyperdrivePool;
  /** Unix seconds. */
  readonly time: number;
  readonly checkpointDuration: number;
  /** The bonds that matured in it, longs and shorts together. */
  readonly bonds: bigint;
  /** Its mints; none while it is missed. */
  readonly mints: readonly Mint[];
}

export interface Mint {
  readonly time: number;
  readonly block: BlockTime;
  readonly transaction: string;
}

/** A change of the open bonds of one maturity. */
export interface PositionChange {
  readonly maturity: number;
  readonly bonds: bigint;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** Returns the bonds of each maturity that were open when they matured. Later closes only redeem them. */
export function maturedBonds(
  changes: readonly PositionChange[],
  now: number,
): { readonly time: number; readonly bonds: bigint }[] {
  return [...groupBy(changes, ({ maturity }) => maturity)]
    .filter(([time]) => time <= now)
    .map(([time, own]) => ({
      time,
      bonds: own.filter(({ timestamp }) => timestamp < time).reduce((sum, { bonds }) => sum + bonds, 0n),
    }))
    .filter(({ bonds }) => bonds > 0n)
    .sort((one, other) => one.time - other.time);
}

/** Reads the checkpoints of a pool in which positions matured, from its events. */
export async function readCheckpoints(
  pool: HyperdrivePool,
  reader: ChainReader,
): Promise<MaturedCheckpoint[]> {
  const [config] = await reader.calls([
    {
      to: pool.address,
      data: interfaces.hyperdrive.encodeFunctionData('getPoolConfig'),
      block: reader.head.number,
    },
  ]);
  if (config === undefined) throw new Error(`the pool ${pool.address} does not answer getPoolConfig()`);
  const [{ checkpointDuration }] = interfaces.hyperdrive.decodeFunctionResult('getPoolConfig', config);
  const changes: PositionChange[] = [];
  const mints: Mint[] = [];
  for (const log of await reader.logs(pool.address)) {
    const event = interfaces.hyperdrive.parseLog(log);
    const block = reader.block(log.blockNumber);
    const change = (sign: bigint) => ({
      maturity: Number(event?.args.getValue('maturityTime')),
      bonds: sign * (event?.args.getValue('bondAmount') as bigint),
      timestamp: block.timestamp,
    });
    if (event?.name === 'OpenLong' || event?.name === 'OpenShort') changes.push(change(1n));
    if (event?.name === 'CloseLong' || event?.name === 'CloseShort') changes.push(change(-1n));
    if (event?.name === 'CreateCheckpoint') {
      const time = Number(event.args.getValue('checkpointTime'));
      mints.push({ time, block, transaction: log.transactionHash });
    }
  }
  return maturedBonds(changes, reader.head.timestamp).map(({ time, bonds }) => ({
    pool,
    time,
    bonds,
    checkpointDuration: Number(checkpointDuration),
    mints: mints.filter(mint => mint.time === time),
  }));
}

/** The blocks within which a transaction that was sent in time is mined. */
const blocksToMine = 3;

/** Each matured checkpoint is minted exactly once, and within its deadline plus the time of the faults. */
export function judgeCheckpoints(checkpoints: readonly MaturedCheckpoint[], timeline: Timeline): Finding[] {
  return checkpoints.flatMap(checkpoint => {
    const { pool, mints } = checkpoint;
    const bot = minterOf(pool, timeline);
    if (!bot) return [];
    const where = `${pool.chain} ${pool.address}`;
    const evidence = { checkpoint: checkpoint.time, bonds: `${checkpoint.bonds}`, mints };
    if (mints.length > 1)
      return [{ rule: 'checkpoint', what: 'a checkpoint was minted more than once', where, evidence }];
    const dueSeconds = checkpoint.time + pool.waitingPeriod * checkpoint.checkpointDuration;
    const dueMs = timeline.msOfChainTime(pool.chain, dueSeconds);
    const blockMs = blockTimeMs(timeline, pool.chain);
    const byMs = deadlineMs(
      dueMs,
      2 * bot.periodMs + blocksToMine * blockMs,
      timeline.idle(bot.bot, pool.address),
    );
    const [mint] = mints;
    const mintedMs = mint ? timeline.seen(pool.chain, mint.block).notBeforeMs : timeline.history.endedMs;
    if (mintedMs <= byMs) return [];
    const what = mint
      ? `a matured checkpoint was minted ${seconds(mintedMs - byMs)} after its deadline`
      : 'a matured checkpoint was never minted';
    return [{ rule: 'checkpoint', what, where, atMs: byMs, evidence: { ...evidence, dueMs, byMs } }];
  });
}

function minterOf(pool: HyperdrivePool, timeline: Timeline): Bot | undefined {
  return timeline.bots.find(
    bot =>
      bot.kind === 'checkpoint' &&
      bot.chain === pool.chain &&
      (bot.pools?.some(address => isSame(address, pool.address)) ?? true),
  );
}

export function blockTimeMs(timeline: Timeline, chain: string): number {
  const record = timeline.history.of('chain').find(each => each.chain === chain);
  if (!record) throw new Error(`the history has no record of the chain ${chain}`);
  return record.blockTimeSeconds * 1_000;
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
