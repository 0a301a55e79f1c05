import { BotError } from '@service-bots/core/errors';
import { poolAbi } from '@service-bots/core/hyperdrive';
import { type BatchReader, type Block, contractMethod } from '@service-bots/core/rpc';

const getCheckpoint = contractMethod<{ vaultSharePrice: bigint }>(poolAbi, 'getCheckpoint');

/** Returns c of checkpoints by their time, 0 where they are not minted. @throws BotError when one could not be read */
export async function checkpointPrices(
  reader: BatchReader,
  block: Block,
  { address, times }: { address: string; times: readonly number[] },
): Promise<Map<number, bigint>> {
  const results = await reader.read(
    block,
    times.map(time => getCheckpoint(address, Math.max(time, 0))),
  );
  return new Map(
    results.map((result, i) => {
      if (!result.ok) throw new BotError(`the checkpoints of ${address} could not be read: ${result.reason}`);
      return [times[i] as number, result.value.vaultSharePrice];
    }),
  );
}
