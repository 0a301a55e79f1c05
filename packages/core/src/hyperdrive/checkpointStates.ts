import { BotError } from '../errors/index.ts';
import { contractMethod, type Read, type ReadResult } from '../rpc/index.ts';
import { poolAbi } from './abi.ts';
import { assetId } from './assetId.ts';

/** A checkpoint, and the positions that matured in it. Supplies in the base token's decimals. */
export interface MaturedCheckpoint {
  /** Seconds since 1970, a multiple of the checkpoint duration. */
  time: number;
  minted: boolean;
  maturedLongs: bigint;
  maturedShorts: bigint;
}

const getCheckpoint = contractMethod<{ vaultSharePrice: bigint }>(poolAbi, 'getCheckpoint');
const totalSupply = contractMethod<bigint>(poolAbi, 'totalSupply');
const readsOfEach = 3;

/**
 * Returns the reads that show the states of a pool's checkpoints.
 * @param times of the checkpoints, in seconds since 1970
 */
export function checkpointReads(pool: string, times: readonly number[]): Read<unknown>[] {
  return times.flatMap(time => [
    getCheckpoint(pool, time),
    totalSupply(pool, assetId('long', time)),
    totalSupply(pool, assetId('short', time)),
  ]);
}

/**
 * Returns the states of checkpoints from the results of `checkpointReads` with the same times.
 * @throws BotError when a read failed
 */
export function checkpointStates(
  times: readonly number[],
  results: readonly ReadResult<unknown>[],
): MaturedCheckpoint[] {
  return times.map((time, i) => {
    const own = results.slice(i * readsOfEach, (i + 1) * readsOfEach).map(result => {
      if (!result.ok) throw new BotError(`checkpoint ${time} could not be read: ${result.reason}`);
      return result.value;
    });
    const [checkpoint, maturedLongs, maturedShorts] = own as [{ vaultSharePrice: bigint }, bigint, bigint];
    return { time, minted: checkpoint.vaultSharePrice !== 0n, maturedLongs, maturedShorts };
  });
}

/** Returns whether positions matured in a checkpoint that no transaction has minted yet. */
export function isMissed({ minted, maturedLongs, maturedShorts }: MaturedCheckpoint): boolean {
  return !minted && maturedLongs + maturedShorts > 0n;
}
