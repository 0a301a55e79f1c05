import { type Devnet, type DevnetPool, interfaces } from '@service-bots/devnet';
import type { Log, LogDescription } from 'ethers';
import { readBlocks } from '../blocks.ts';

/** A minted checkpoint with matured positions, read from the chain. Times in seconds since 1970. */
export interface Minted {
  readonly pool: string;
  /** The checkpoint's own time. */
  readonly time: number;
  /** Bonds, in the pool's decimals. */
  readonly maturedLongs: bigint;
  readonly maturedShorts: bigint;
  /** The sender of the transaction. */
  readonly minter: string;
  readonly hash: string;
  readonly block: number;
  readonly blockTime: number;
  /** Whether the pool was paused in that block. */
  readonly paused: boolean;
}

/** A transaction that called for a checkpoint, whether it minted it or not. */
export interface Attempt {
  readonly sender: string;
  readonly pool: string;
  readonly time: number;
  readonly hash: string;
  readonly block: number;
}

/** The time at which positions of a pool mature. */
export interface Maturity {
  readonly pool: string;
  readonly time: number;
}

/** The facts for the verdicts, read from the chain. */
export interface ChainRecord {
  /** Time of the newest block. */
  readonly now: number;
  /** In the chain's order. */
  readonly mints: readonly Minted[];
  readonly maturities: readonly Maturity[];
  readonly attempts: readonly Attempt[];
}

const { hyperdrive } = interfaces;

/**
 * Returns the checkpoints with matured positions that were minted in these blocks: `CreateCheckpoint` events.
 */
export async function readMints(devnet: Devnet, fromBlock: number, toBlock: number): Promise<Minted[]> {
  const events = await readEvents(devnet, ['CreateCheckpoint'], fromBlock, toBlock);
  const matured = events.filter(({ event: { args } }) => args.maturedLongs + args.maturedShorts > 0n);
  return Promise.all(matured.map(({ log, event, pool }) => mintedOf(devnet, log, event, pool)));
}

/** Reads the whole chain; it is short. */
export async function readChainRecord(devnet: Devnet): Promise<ChainRecord> {
  const head = await devnet.anvil.time.latest();
  const [mints, opened, attempts] = await Promise.all([
    readMints(devnet, 0, head.number),
    readEvents(devnet, ['OpenLong', 'OpenShort'], 0, head.number),
    readAttempts(devnet),
  ]);
  const maturities = new Map<string, Maturity>();
  for (const { event, pool } of opened) {
    const time = Number(event.args.maturityTime);
    maturities.set(`${pool.address} ${time}`, { pool: pool.address, time });
  }
  return { now: head.timestamp, mints, maturities: [...maturities.values()], attempts };
}

interface PoolEvent {
  readonly log: Log;
  readonly event: LogDescription;
  readonly pool: DevnetPool;
}

async function readEvents(
  devnet: Devnet,
  names: readonly string[],
  fromBlock: number,
  toBlock: number,
): Promise<PoolEvent[]> {
  const logs = await devnet.anvil.provider.getLogs({
    fromBlock,
    toBlock,
    address: devnet.pools.map(({ address }) => address),
    topics: [names.map(name => hyperdrive.getEvent(name)?.topicHash ?? null).filter(topic => topic !== null)],
  });
  return logs.flatMap(log => {
    const event = hyperdrive.parseLog(log);
    const pool = poolAt(devnet, log.address);
    return event && pool ? [{ log, event, pool }] : [];
  });
}

async function mintedOf(
  { anvil: { provider } }: Devnet,
  log: Log,
  { args }: LogDescription,
  pool: DevnetPool,
): Promise<Minted> {
  const [transaction, block, state] = await Promise.all([
    provider.getTransaction(log.transactionHash),
    provider.getBlock(log.blockNumber),
    pool.contract.getFunction('getMarketState').staticCall({ blockTag: log.blockNumber }),
  ]);
  if (!transaction || !block) throw new Error(`the chain does not know ${log.transactionHash} any more`);
  return {
    pool: pool.address,
    time: Number(args.checkpointTime),
    maturedLongs: args.maturedLongs,
    maturedShorts: args.maturedShorts,
    minter: transaction.from,
    hash: log.transactionHash,
    block: log.blockNumber,
    blockTime: block.timestamp,
    paused: state.isPaused,
  };
}

async function readAttempts(devnet: Devnet): Promise<Attempt[]> {
  const blocks = await readBlocks(devnet.anvil);
  return blocks.flatMap(({ prefetchedTransactions }) =>
    prefetchedTransactions.flatMap(({ from, to, data, hash, blockNumber }) => {
      const pool = to === null ? undefined : poolAt(devnet, to);
      const call = pool && hyperdrive.parseTransaction({ data });
      if (!pool || call?.name !== 'checkpoint') return [];
      const time = Number(call.args[0]);
      return [{ sender: from, pool: pool.address, time, hash, block: blockNumber ?? 0 }];
    }),
  );
}

function poolAt(devnet: Devnet, address: string): DevnetPool | undefined {
  return devnet.pools.find(pool => pool.address.toLowerCase() === address.toLowerCase());
}
