import { assetId, one, poolAbi } from '@service-bots/core/hyperdrive';
import {
  type BatchReader,
  type Block,
  contractMethod,
  type Read,
  type ReadResult,
} from '@service-bots/core/rpc';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import {
  base,
  basePerBond,
  basePerLpShare,
  basePerShare,
  bonds,
  count,
  eth,
  lpShares,
  moment,
  type Quantity,
  shares,
} from './quantity.ts';
import { all, both, isRefused, map, Unread } from './readResults.ts';

/** `getMarketState`: storage only, so that it can be read in any state of the pool. */
export interface MarketState {
  shareReserves: bigint;
  bondReserves: bigint;
  longExposure: bigint;
  longsOutstanding: bigint;
  shareAdjustment: bigint;
  shortsOutstanding: bigint;
  longAverageMaturityTime: bigint;
  shortAverageMaturityTime: bigint;
  isInitialized: boolean;
  isPaused: boolean;
  zombieShareReserves: bigint;
}

/** A checkpoint that has begun. Supplies in the token's decimals. */
export interface PastCheckpoint {
  /** Seconds since 1970. */
  time: number;
  minted: boolean;
  /** Bonds, longs and shorts together, that matured in it and are not redeemed. */
  matured: bigint;
  /** The shorts among them. */
  shorts: bigint;
}

/** The pool whose values are read, and the checkpoints in question. */
export interface Place {
  pool: InvariantPool;
  reader: BatchReader;
  /** Times of past checkpoints, seconds since 1970. */
  checkpoints: readonly number[];
  /** Time of the latest checkpoint at that block. */
  latest: number;
}

/** Contract calls by name. Readings that name the same call share it. */
type Calls = Record<string, Read<unknown>>;

/** Returns the result of a call by its name. */
export type AnswerOf = <T>(call: string) => ReadResult<T>;

/** A value of a pool that the checks use. A row of the table below. */
interface Reading<T> {
  /** Its name for people: `market state`. */
  title: string;
  /** Its symbol in formulas. */
  symbol?: string;
  calls(place: Place): Calls;
  decode(answer: AnswerOf, place: Place): ReadResult<T>;
  /** Returns the value as numbers with their units, for the command's output. */
  numbers(value: T): Quantity[];
}

/** A value that some pools do not have: without calls it is undefined. */
interface OptionalReading<T> extends Omit<Reading<T>, 'calls'> {
  isOptional: true;
  calls(place: Place): Calls | undefined;
}

const getMarketState = contractMethod(poolAbi, 'getMarketState');
const getPoolInfo = contractMethod(poolAbi, 'getPoolInfo');
const convertToBase = contractMethod(poolAbi, 'convertToBase');
const getWithdrawPool = contractMethod(poolAbi, 'getWithdrawPool');
const getFees = contractMethod(poolAbi, 'getUncollectedGovernanceFees');
const totalSupply = contractMethod(poolAbi, 'totalSupply');
const getCheckpoint = contractMethod(poolAbi, 'getCheckpoint');

const marketState: Reading<MarketState> = {
  title: 'market state',
  calls: ({ pool }) => ({ market: getMarketState(pool.address) }),
  decode: answer => answer('market'),
  numbers: market => [
    shares('share reserves z', market.shareReserves),
    shares('share adjustment ζ', market.shareAdjustment),
    bonds('bond reserves y', market.bondReserves),
    base('long exposure', market.longExposure),
    bonds('longs outstanding', market.longsOutstanding),
    bonds('shorts outstanding s', market.shortsOutstanding),
    shares('zombie share reserves', market.zombieShareReserves),
    count('initialised', Number(market.isInitialized)),
    count('paused', Number(market.isPaused)),
  ],
};

/** Before v1.0.15 the price comes with all other values that the pool computes. */
const vaultSharePrice: Reading<bigint> = {
  title: 'vault share price',
  symbol: 'c',
  calls: ({ pool }) => (pool.convertsToBase ? { price: convertToBase(pool.address, one) } : info(pool)),
  decode: (answer, { pool }) =>
    pool.convertsToBase ? answer('price') : map(answer<PoolInfo>('info'), found => found.vaultSharePrice),
  numbers: value => [basePerShare('vault share price c', value)],
};

const lpSharePrice: Reading<bigint> = {
  title: 'LP share price',
  calls: ({ pool }) => info(pool),
  decode: answer => map(answer<PoolInfo>('info'), found => found.lpSharePrice),
  numbers: value => [basePerLpShare('LP share price', value)],
};

/** LP shares, and withdrawal shares that are not ready yet. */
const lpTotalSupply: Reading<bigint> = {
  title: 'LP total supply',
  calls: ({ pool }) => ({
    lpShares: totalSupply(pool.address, assetId('lp', 0)),
    withdrawalShares: totalSupply(pool.address, assetId('withdrawalShares', 0)),
    ...withdrawPool(pool),
  }),
  decode: answer =>
    both(
      both(answer<bigint>('lpShares'), answer<bigint>('withdrawalShares'), (lp, waiting) => lp + waiting),
      answer<WithdrawPool>('withdrawPool'),
      (issued, { readyToWithdraw }) => issued - readyToWithdraw,
    ),
  numbers: value => [lpShares('LP total supply', value)],
};

const withdrawalSharesProceeds: Reading<bigint> = {
  title: 'withdrawal shares’ proceeds',
  calls: ({ pool }) => withdrawPool(pool),
  decode: answer => map(answer<WithdrawPool>('withdrawPool'), ({ proceeds }) => proceeds),
  numbers: value => [shares('withdrawal shares’ proceeds', value)],
};

const governanceFees: Reading<bigint> = {
  title: 'uncollected governance fees',
  calls: ({ pool }) => ({ fees: getFees(pool.address) }),
  decode: answer => answer('fees'),
  numbers: value => [shares('uncollected governance fees', value)],
};

/** Shares that the vault holds for the pool; undefined for an unknown kind of pool. */
const actualShares: OptionalReading<bigint> = {
  title: 'actual shares',
  isOptional: true,
  calls: ({ pool }) => pool.actualShares && { actualShares: pool.actualShares },
  decode: answer => answer('actualShares'),
  numbers: value => [shares('actual shares', value)],
};

/** Undefined where base is no token. */
const baseBalance: OptionalReading<bigint> = {
  title: "pool's base",
  isOptional: true,
  calls: ({ pool }) => pool.baseBalance && { baseBalance: pool.baseBalance },
  decode: answer => answer('baseBalance'),
  numbers: value => [base("the pool's base", value)],
};

/** Where the chain has no Multicall3, `readSnapshots` asks for the balance beside the calls. */
const ethBalance: Reading<bigint> = {
  title: "pool's ETH",
  calls({ pool, reader }) {
    const read = reader.balanceOf(pool.address);
    return read ? { ethBalance: read } : {};
  },
  decode: answer => answer('ethBalance'),
  numbers: value => [eth("the pool's ETH", value)],
};

/** Of the latest checkpoint; 0 before its first trade. */
const weightedSpotPrice: Reading<bigint> = {
  title: 'weighted spot price',
  calls: ({ pool, latest }) => checkpointCalls(pool, latest),
  decode: (answer, { latest }) =>
    map(answer<Checkpoint>(`checkpoint ${latest}`), found => found.weightedSpotPrice),
  numbers: value => [basePerBond('weighted spot price', value)],
};

/** The checkpoint that began last: it is not late before the next one begins. */
const latestCheckpoint: Reading<PastCheckpoint> = {
  title: 'latest checkpoint',
  calls: ({ pool, latest }) => checkpointCalls(pool, latest),
  decode: (answer, { latest }) => checkpointAt(answer, latest),
  numbers: ({ time, minted, matured }) => [
    moment(`latest checkpoint, ${minted ? '' : 'not '}minted`, time),
    bonds('matured in it', matured),
  ],
};

const pastCheckpoints: Reading<PastCheckpoint[]> = {
  title: 'past checkpoints',
  calls: ({ pool, checkpoints }) =>
    Object.assign({}, ...checkpoints.map(time => checkpointCalls(pool, time))),
  decode: (answer, { checkpoints }) => all(checkpoints.map(time => checkpointAt(answer, time))),
  numbers: past => [
    count('past checkpoints', past.length),
    count('… not minted', past.filter(({ minted }) => !minted).length),
    count(
      '… not minted, with matured positions',
      past.filter(({ minted, matured }) => !minted && matured > 0n).length,
    ),
  ],
};

/**
 * All values of a pool that the checks use, at one block. A new reading is a row here: the snapshot, the
 * command's output and the tests' pool follow from it. Each is separate: a value that could not be read makes
 * only the checks that need it indeterminate.
 */
export const readings = {
  market: marketState,
  /** The vault share price (c): base for a vault share, 18 decimals. */
  vaultSharePrice,
  /** As the contract computes it, 18 decimals; 0 where it cannot. */
  lpSharePrice,
  lpTotalSupply,
  withdrawalSharesProceeds,
  /** In shares. */
  governanceFees,
  actualShares,
  baseBalance,
  ethBalance,
  weightedSpotPrice,
  latestCheckpoint,
  pastCheckpoints,
};

type Readings = typeof readings;
export type ReadingName = keyof Readings;
type ValueOf<N extends ReadingName> = Readings[N] extends Pick<Reading<infer T>, 'numbers'> ? T : never;

/** The readings of one pool at one block. */
export type Snapshot = { block: Block } & {
  [N in ReadingName]: ReadResult<ValueOf<N>> | (Readings[N] extends { isOptional: true } ? undefined : never);
};

/** The rows of the table, without their values' types. */
export const readingRows = Object.entries(readings) as unknown as readonly [
  ReadingName,
  Omit<OptionalReading<unknown>, 'isOptional'>,
][];

/** Returns the snapshot of a block that could not be read: every value in it makes a check indeterminate. */
export function unreadSnapshot(block: Block, reason: string): Snapshot {
  const unread = { ok: false, reason } as const;
  return { block, ...Object.fromEntries(readingRows.map(([name]) => [name, unread])) } as Snapshot;
}

/**
 * Returns the value of a reading.
 * @param ofBlock the block's number, for the error, where it is not the block that is checked
 * @throws Unread when it could not be read
 */
export function known<N extends ReadingName>(snapshot: Snapshot, name: N, ofBlock?: number): ValueOf<N> {
  const result = snapshot[name] as ReadResult<ValueOf<N>> | undefined;
  if (result?.ok) return result.value;
  const what = `the ${readings[name].title}${ofBlock === undefined ? '' : ` of block ${ofBlock}`}`;
  throw new Unread(
    `${what} could not be read: ${result?.reason ?? 'this pool has none'}`,
    result !== undefined && isRefused(result),
  );
}

interface PoolInfo {
  vaultSharePrice: bigint;
  lpSharePrice: bigint;
}
interface WithdrawPool {
  readyToWithdraw: bigint;
  proceeds: bigint;
}
interface Checkpoint {
  weightedSpotPrice: bigint;
  vaultSharePrice: bigint;
}

const info = ({ address }: InvariantPool): Calls => ({ info: getPoolInfo(address) });
const withdrawPool = ({ address }: InvariantPool): Calls => ({ withdrawPool: getWithdrawPool(address) });

function checkpointCalls({ address }: InvariantPool, time: number): Calls {
  return {
    [`checkpoint ${time}`]: getCheckpoint(address, time),
    [`longs ${time}`]: totalSupply(address, assetId('long', time)),
    [`shorts ${time}`]: totalSupply(address, assetId('short', time)),
  };
}

function checkpointAt(answer: AnswerOf, time: number): ReadResult<PastCheckpoint> {
  return both(
    answer<Checkpoint>(`checkpoint ${time}`),
    both(answer<bigint>(`longs ${time}`), answer<bigint>(`shorts ${time}`), (longs, shorts) => ({
      matured: longs + shorts,
      shorts,
    })),
    (checkpoint, supplies) => ({ time, minted: checkpoint.vaultSharePrice !== 0n, ...supplies }),
  );
}
