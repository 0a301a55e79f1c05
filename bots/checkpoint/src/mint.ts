import { BotError } from '@service-bots/core/errors';
import { poolAbi } from '@service-bots/core/hyperdrive';
import {
  type BatchReader,
  type BlockRef,
  contractRead,
  holdsAtTwoEndpoints,
  readHead,
} from '@service-bots/core/rpc';
import type { ActionDone, BotContext } from '@service-bots/core/runtime';
import { NoLongerWanted, type Sender, type Sent } from '@service-bots/core/wallet';
import { formatEther, type TransactionReceipt } from 'ethers';
import type { CheckpointConfig } from './config.ts';
import type { Mint } from './decide.ts';
import type { CheckpointPool } from './discover.ts';

/**
 * The contract raises any lower value to this one; each iteration is a step in the distribution of idle
 * liquidity.
 */
const maxIterations = 4n;

/** A checkpoint to mint, and the wallet that mints it. */
export interface MintTask {
  sender: Sender;
  pool: CheckpointPool;
  item: Mint;
}

/**
 * Mints one checkpoint and verifies that it is minted.
 * @returns the action; undefined in a dry run
 * @throws what the sender throws; BotError when the transaction was mined and the checkpoint is still not
 * minted
 */
export async function mint(
  ctx: BotContext<CheckpointConfig>,
  { sender, pool, item: { time, maturedLongs, maturedShorts } }: MintTask,
): Promise<ActionDone | undefined> {
  const label = `checkpoint ${isoMinute(time)} of ${pool.name}`;
  const data = poolAbi.encodeFunctionData('checkpoint', [time, maxIterations]);
  const about = { pool: pool.address, checkpoint: time, maturedLongs, maturedShorts };
  const isWanted = async () => {
    const head = await readHead(ctx.provider);
    return !(await holdsAtTwoEndpoints(ctx.provider, ctx.reader, {
      holds: reader => isMinted(reader, head, { pool: pool.address, time }),
    }));
  };
  let sent: Sent;
  try {
    sent = await sender.send({
      label,
      to: pool.address,
      data,
      abi: poolAbi,
      isWanted,
      // For a checkpoint that is already minted, the contract returns it unchanged.
      idempotent: true,
    });
  } catch (error) {
    if (!(error instanceof NoLongerWanted)) throw error;
    ctx.logger.info(`another account minted ${label} first`, about);
    return { what: `${label}: another account was first` };
  }
  if (sent.status === 'dry-run') {
    const { gasLimit, expectedCostWei } = sent.preflight;
    ctx.logger.info(`dry run: would mint ${label}`, { ...about, gasLimit, expectedCostWei });
    return undefined;
  }
  const { hash, receipt, costWei } = sent;
  const { blockNumber: block, gasUsed } = receipt;
  // A successful receipt proves nothing: the mint of an existing checkpoint succeeds too.
  if (!hasMinted(receipt, pool.address, time)) {
    const mined = { number: block, hash: receipt.blockHash };
    if (!(await isMinted(ctx.reader, mined, { pool: pool.address, time }))) {
      throw new BotError(
        `${label}: the transaction ${hash} succeeded, but the checkpoint is still not minted`,
      );
    }
    ctx.logger.info(`another account minted ${label} first`, { ...about, hash, block });
    pool.backlog.recordMinted(time, block);
    return { what: `${label}: another account was first`, hash, block };
  }
  pool.backlog.recordMinted(time, block);
  const cost = `${formatEther(costWei)} ${ctx.chain.currency}`;
  ctx.logger.info(`minted ${label}`, {
    ...about,
    hash,
    block,
    gasUsed,
    cost,
    replacements: sent.replacements,
  });
  return { what: `minted ${label}`, hash, block };
}

function hasMinted(receipt: TransactionReceipt, pool: string, time: number): boolean {
  return receipt.logs.some(log => {
    if (log.address.toLowerCase() !== pool.toLowerCase()) return false;
    const event = poolAbi.parseLog(log);
    return event?.name === 'CreateCheckpoint' && event.args.checkpointTime === BigInt(time);
  });
}

async function isMinted(
  reader: BatchReader,
  block: BlockRef,
  { pool, time }: { pool: string; time: number },
): Promise<boolean> {
  const read = contractRead<{ vaultSharePrice: bigint }>(poolAbi, {
    target: pool,
    method: 'getCheckpoint',
    args: [time],
  });
  const [result] = await reader.read(block, [read]);
  if (!result?.ok)
    throw new BotError(`checkpoint ${time} of ${pool} could not be read again: ${result?.reason}`);
  return result.value.vaultSharePrice !== 0n;
}

/** `2026-11-21T00:00Z` */
export function isoMinute(time: number): string {
  return `${new Date(time * 1000).toISOString().slice(0, 16)}Z`;
}
