import { BotError } from '@service-bots/core/errors';
import { assetId, poolAbi } from '@service-bots/core/hyperdrive';
import {
  type BatchReader,
  type BlockRef,
  contractMethod,
  type Read,
  type ReadResult,
} from '@service-bots/core/rpc';
import type { CheckpointState } from './Backlog.ts';

/** The values to read of one pool. */
export interface PoolQuestion {
  address: string;
  /** Checkpoint times, seconds since 1970. */
  times: readonly number[];
}

export interface Snapshot {
  /** For each question, in order: the states, or the reason why they could not be read. */
  pools: (CheckpointState[] | BotError)[];
  /** Undefined when no wallet was asked for, or it could not be read. */
  walletWei: bigint | undefined;
}

/** Reads the checkpoints of many pools, and the wallet's balance, at one block in one request. */
export async function readSnapshot(
  reader: BatchReader,
  block: BlockRef,
  questions: readonly PoolQuestion[],
  wallet: string | undefined,
): Promise<Snapshot> {
  const balance = wallet === undefined ? undefined : reader.balanceOf(wallet);
  const perPool = questions.map(({ address, times }) =>
    times.flatMap(time => checkpointReads(address, time)),
  );
  const results = await reader.read<unknown>(block, [...(balance ? [balance] : []), ...perPool.flat()]);
  const walletResult = balance ? (results.shift() as ReadResult<bigint>) : undefined;
  const pools = questions.map(({ times }) => {
    const own = results.splice(0, times.length * 3);
    try {
      return times.map((time, i) => stateOf(time, own.slice(i * 3, i * 3 + 3)));
    } catch (error) {
      return error as BotError;
    }
  });
  return { pools, walletWei: walletResult?.ok ? walletResult.value : undefined };
}

const getCheckpoint = contractMethod(poolAbi, 'getCheckpoint');
const totalSupply = contractMethod(poolAbi, 'totalSupply');

function checkpointReads(pool: string, time: number): Read<unknown>[] {
  return [
    getCheckpoint(pool, time),
    totalSupply(pool, assetId('long', time)),
    totalSupply(pool, assetId('short', time)),
  ];
}

function stateOf(time: number, results: readonly ReadResult<unknown>[]): CheckpointState {
  const [checkpoint, longs, shorts] = results.map(result => {
    if (!result.ok) throw new BotError(`checkpoint ${time} could not be read: ${result.reason}`);
    return result.value;
  }) as [{ vaultSharePrice: bigint }, bigint, bigint];
  return { time, minted: checkpoint.vaultSharePrice !== 0n, maturedLongs: longs, maturedShorts: shorts };
}
