import { BotError } from '@service-bots/core/errors';
import { poolAbi } from '@service-bots/core/hyperdrive';
import { contractMethod, readHead } from '@service-bots/core/rpc';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import { GasAboveLimit } from '@service-bots/core/wallet';
import { bridgeTo, reachOf } from './bridge.ts';
import type { CheckpointConfig } from './config.ts';
import type { CheckpointPool } from './discover.ts';
import { isoMinute, type MintTask, mint } from './mint.ts';

/** The most checkpoints minted in one round to reach another one: the next round continues. */
const mostBridges = 8;
/** Checkpoints read in one request. */
const readAtOnce = 500;
/** Where a mint that should be within reach is not, half the distance is tried, this many times. */
const halvings = 3;

/**
 * Mints a checkpoint that needs more gas than the operator allows, because many unminted ones lie between it
 * and the one whose price it gets. The checkpoints that make it affordable are minted first.
 * @param tooDear the sender's error about the checkpoint
 * @returns the actions
 * @throws `tooDear` where no other checkpoint helps; what `mint` throws
 */
export async function mintWithBridges(
  ctx: BotContext<CheckpointConfig>,
  task: MintTask,
  tooDear: GasAboveLimit,
): Promise<ActionDone[]> {
  const { pool, item } = task;
  const { checkpointDuration: duration } = pool;
  const done: ActionDone[] = [];
  let reach = reachOf(tooDear.maxGas, ctx.chain.gasMarginPercent);
  let failures = 0;
  while (done.length < mostBridges) {
    const priced = await pricedBy(ctx, pool, item.time);
    const time = bridgeTo({ time: item.time, priced, duration, reach });
    const isLast = time === undefined;
    if (!isLast)
      ctx.logger.info(
        `mints checkpoint ${isoMinute(time)} first, so that ${isoMinute(item.time)} needs less gas`,
        {
          pool: pool.address,
          reason: tooDear.message,
        },
      );
    try {
      const next = isLast ? item : { ...item, time, maturedLongs: 0n, maturedShorts: 0n };
      const one = await mint(ctx, { ...task, item: next });
      // In a dry run nothing is minted, so the next step would repeat this one.
      if (!one) return done;
      done.push(one);
      if (isLast) return done;
    } catch (error) {
      failures += 1;
      if (!(error instanceof GasAboveLimit) || failures > halvings || reach < 2) throw error;
      reach = Math.floor(reach / 2);
    }
  }
  return done;
}

const getCheckpoint = contractMethod(poolAbi, 'getCheckpoint');

/** Returns the checkpoint whose price another one gets: the first minted after it, else the latest. */
async function pricedBy(
  { provider, reader }: BotContext<CheckpointConfig>,
  { address, checkpointDuration: duration, backlog }: CheckpointPool,
  time: number,
): Promise<number> {
  const head = await readHead(provider);
  const latest = backlog.latestAt(head.timestamp);
  for (let from = time + duration; from < latest; from += readAtOnce * duration) {
    const count = Math.min(readAtOnce, (latest - from) / duration);
    const times = Array.from({ length: count }, (_, i) => from + i * duration);
    const results = await reader.read<unknown>(
      head,
      times.map(each => getCheckpoint(address, each)),
    );
    for (const [i, result] of results.entries()) {
      if (!result.ok)
        throw new BotError(`checkpoint ${times[i]} of ${address} could not be read: ${result.reason}`);
      if ((result.value as { vaultSharePrice: bigint }).vaultSharePrice !== 0n) return times[i] as number;
    }
  }
  return latest;
}
