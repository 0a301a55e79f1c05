import type { BotError } from '@service-bots/core/errors';
import { checkpointReads, checkpointStates, type MaturedCheckpoint } from '@service-bots/core/hyperdrive';
import type { BatchReader, BlockRef, ReadResult } from '@service-bots/core/rpc';

/** The values to read of one pool. */
export interface PoolQuestion {
  address: string;
  /** Checkpoint times, seconds since 1970. */
  times: readonly number[];
}

export interface Snapshot {
  /** For each question, in order: the states, or the reason why they could not be read. */
  pools: (MaturedCheckpoint[] | BotError)[];
  /** Undefined when no wallet was asked for, or it could not be read. */
  walletWei: bigint | undefined;
}

/** Reads the checkpoints of many pools, and the wallet's balance, at one block in one request. */
export async function readSnapshot(
  reader: BatchReader,
  block: BlockRef,
  { questions, wallet }: { questions: readonly PoolQuestion[]; wallet: string | undefined },
): Promise<Snapshot> {
  const balance = wallet === undefined ? undefined : reader.balanceOf(wallet);
  const perPool = questions.map(({ address, times }) => checkpointReads(address, times));
  const results = await reader.read<unknown>(block, [...(balance ? [balance] : []), ...perPool.flat()]);
  const walletResult = balance ? (results.shift() as ReadResult<bigint>) : undefined;
  const pools = questions.map(({ times }, i) => {
    const own = results.splice(0, perPool[i]?.length);
    try {
      return checkpointStates(times, own);
    } catch (error) {
      return error as BotError;
    }
  });
  return { pools, walletWei: walletResult?.ok ? walletResult.value : undefined };
}
