import { BotError, reasonOf } from '@service-bots/core/errors';
import {
  assetId,
  CheckpointNotRead,
  latestCheckpoint,
  smaller,
  tradingAbi,
} from '@service-bots/core/hyperdrive';
import {
  type BatchReader,
  type Block,
  contractMethod,
  type Read,
  type ReadResult,
} from '@service-bots/core/rpc';
import type { RateSource } from '../config.ts';
import { withPaper } from '../paper/withPaper.ts';
import type { PoolView, Positions, Snapshot } from '../planning/view.ts';
import { baseOfTokens, type Settlement } from '../settlement.ts';
import { type LpandarbPool, possibleMaturities, unknownKind } from './LpandarbPool.ts';
import { type Marked, markPositions } from './markPositions.ts';
import { type PoolReads, poolReads, type ReadPool, tokenAbi } from './readPool.ts';

/** The pools to read, and the wallet for which they are read. */
export interface Reading {
  reader: BatchReader;
  block: Block;
  pools: readonly LpandarbPool[];
  /** The wallet whose positions are read; undefined when the positions do not come from the chain. */
  wallet: string | undefined;
  /** Returns the holdings of a paper wallet in a pool. They replace the chain's balances. */
  paper?(pool: string): ReadPool['held'];
  sourceOf(pool: string): RateSource;
  lookBackSeconds: number;
}

/** The view of one pool at the block, the error of its reading, or the reason why its kind is not read. */
export type PoolLook =
  | { pool: LpandarbPool; view: PoolView; marked: Marked; allowance: bigint; error?: undefined }
  | { pool: LpandarbPool; error: unknown }
  | { pool: LpandarbPool; refused: string; error?: undefined };

/** All pools at one block. */
export interface Look {
  snapshot: Snapshot;
  positions: ReadonlyMap<string, Positions>;
  pools: readonly PoolLook[];
  walletWei: bigint | undefined;
}

const balanceOf = contractMethod<bigint>(tokenAbi, 'balanceOf');
const bondBalance = contractMethod<bigint>(tradingAbi, 'balanceOf');

/**
 * Reads all pools and the wallet at one block in one request, with as many reads as an endpoint takes. A pool
 * whose matured positions need more checkpoints takes a second request.
 * @throws every error of the reader
 */
export async function readSnapshot(reading: Reading): Promise<Look> {
  const { reader, block, wallet } = reading;
  const pools = reading.pools.flatMap(pool => {
    const { settlement } = pool;
    return settlement ? [{ pool, settlement }] : [];
  });
  const tokens = wallet === undefined ? [] : [...new Set(pools.map(({ settlement }) => settlement.token))];
  const native = wallet === undefined ? undefined : reader.balanceOf(wallet);
  const walletReads: Read<unknown>[] = [
    ...(native ? [native] : []),
    ...tokens.map(token => balanceOf(token, wallet)),
  ];
  const perPool = pools.map(known => questionOf(reading, known, []));
  const results = await reader.read<unknown>(block, [
    ...walletReads,
    ...perPool.flatMap(({ reads }) => reads),
  ]);
  const walletWei = native ? answered<bigint>(results.shift(), 'the wallet') : undefined;
  const balances = new Map<string, bigint>();
  for (const token of tokens) {
    const result = results.shift();
    if (result?.ok) balances.set(token, result.value as bigint);
  }
  const looks = reading.pools.flatMap((pool): PoolLook[] =>
    pool.settlement ? [] : [{ pool, refused: unknownKind(pool) }],
  );
  for (const [i, known] of pools.entries()) {
    const reads = perPool[i] as PoolReads;
    looks.push(await lookAt(reading, { known, reads, results: results.splice(0, reads.reads.length) }));
  }
  const seen = looks.flatMap(look => ('view' in look ? [look] : []));
  const base = walletBase(
    seen.map(({ view }) => view),
    balances,
  );
  return {
    snapshot: { block, pools: seen.map(({ view }) => view), base },
    positions: new Map(seen.map(({ view, marked }) => [view.address, marked.positions])),
    pools: looks,
    walletWei,
  };
}

/**
 * Returns the wallet's balances in base, by account. Where pools convert the same shares at different prices,
 * the lowest counts.
 */
function walletBase(views: readonly PoolView[], balances: ReadonlyMap<string, bigint>): Map<string, bigint> {
  const base = new Map<string, bigint>();
  for (const { settlement, vaultSharePrice } of views) {
    const balance = balances.get(settlement.token);
    if (balance === undefined) continue;
    const worth = baseOfTokens(settlement, balance, vaultSharePrice);
    base.set(settlement.account, smaller(base.get(settlement.account) ?? worth, worth));
  }
  return base;
}

/** A pool of a known kind. */
interface KnownPool {
  pool: LpandarbPool;
  settlement: Settlement;
}

async function lookAt(
  reading: Reading,
  {
    known,
    reads: { understand },
    results,
  }: { known: KnownPool; reads: PoolReads; results: readonly ReadResult<unknown>[] },
): Promise<PoolLook> {
  const { timestamp: chainTime } = reading.block;
  const { pool } = known;
  try {
    let read = understand(results);
    let more = missingFor(pool, read, chainTime);
    if (more.length > 0) read = await readAgain(reading, known, more);
    try {
      return lookOf(reading, known, read);
    } catch (error) {
      if (!(error instanceof CheckpointNotRead)) throw error;
      more = [...more, ...between(pool, error.time, chainTime)];
      return lookOf(reading, known, await readAgain(reading, known, more));
    }
  } catch (error) {
    return { pool, error };
  }
}

async function readAgain(reading: Reading, known: KnownPool, more: readonly number[]): Promise<ReadPool> {
  const { reads, understand } = questionOf(reading, known, more);
  return understand(await reading.reader.read<unknown>(reading.block, reads));
}

function questionOf(
  { block, wallet, sourceOf, lookBackSeconds }: Reading,
  { pool, settlement }: KnownPool,
  more: readonly number[],
) {
  const source = sourceOf(pool.address);
  return poolReads({ pool, settlement, chainTime: block.timestamp, wallet, source, lookBackSeconds, more });
}

/**
 * Returns the checkpoints after a matured position whose own is not minted. The first minted one of them
 * gives its price.
 */
function missingFor(pool: LpandarbPool, { held, state }: ReadPool, chainTime: number): number[] {
  const unminted = held.bonds.filter(
    ({ maturity }) =>
      maturity <= chainTime && (state.checkpoints.get(maturity)?.vaultSharePrice ?? 0n) === 0n,
  );
  const [first] = unminted.map(({ maturity }) => maturity).sort((a, b) => a - b);
  return first === undefined ? [] : between(pool, first, chainTime);
}

function between({ trade }: LpandarbPool, from: number, chainTime: number): number[] {
  const latest = latestCheckpoint(trade, chainTime);
  const times: number[] = [];
  for (let time = from; time <= latest; time += trade.checkpointDuration) times.push(time);
  return times;
}

function lookOf({ block, paper }: Reading, { pool, settlement }: KnownPool, fromChain: ReadPool): PoolLook {
  const { timestamp: chainTime } = block;
  const { address, name, decimals, trade } = pool;
  const { vaultSharePrice, lpSharePrice, variableRate } = fromChain;
  const held = paper?.(address) ?? fromChain.held;
  const state = paper
    ? withPaper(trade, fromChain.state, { held, prices: { chainTime, vaultSharePrice, lpSharePrice } })
    : fromChain.state;
  const read: ReadPool = { ...fromChain, state, held };
  for (const { maturity } of held.bonds) pool.maturities.add(maturity);
  const marked = markPositions(trade, read, chainTime);
  const view: PoolView = {
    address,
    name,
    decimals,
    settlement,
    config: trade,
    state,
    chainTime,
    vaultSharePrice,
    lpSharePrice,
    variableRate,
    leftAlone: refusalFor(pool, state.isPaused),
  };
  return { pool, view, marked, allowance: held.allowance };
}

function refusalFor({ isRegistered }: LpandarbPool, isPaused: boolean): string | undefined {
  if (isRegistered !== true) return 'the registry does not list it';
  return isPaused ? 'it is paused' : undefined;
}

/**
 * Scans all maturities that positions of the wallet may have, since only the chain knows them.
 * @throws BotError when a balance cannot be read
 */
export async function scanPositions(
  reader: BatchReader,
  { block, pool, wallet }: { block: Block; pool: LpandarbPool; wallet: string },
): Promise<void> {
  const ids = possibleMaturities(pool, block.timestamp).flatMap(maturity =>
    (['long', 'short'] as const).map(side => ({ maturity, id: assetId(side, maturity) })),
  );
  const reads = ids.map(({ id }) => bondBalance(pool.address, id, wallet));
  const results = await reader.read(block, reads);
  for (const [i, result] of results.entries())
    if (answered<bigint>(result, `a position in ${pool.name}`) > 0n)
      pool.maturities.add(ids[i]?.maturity as number);
  pool.isScanned = true;
}

function answered<T>(result: ReadResult<unknown> | undefined, what: string): T {
  if (result?.ok) return result.value as T;
  throw new BotError(`${what} could not be read: ${result ? reasonOf(result.reason) : 'no result'}`);
}
