import { assetId, one, poolAbi } from '@service-bots/core/hyperdrive';
import {
  type BatchReader,
  type Block,
  contractMethod,
  type FailoverProvider,
  type Read,
  type ReadResult,
} from '@service-bots/core/rpc';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import { all, both, map } from './reading.ts';

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

/**
 * All inputs of the checks for one pool, at one block. Each reading is separate: a value that could not be
 * read makes only the checks that need it indeterminate.
 */
export interface Snapshot {
  block: Block;
  market: ReadResult<MarketState>;
  /** c, base for a vault share, 18 decimals. */
  vaultSharePrice: ReadResult<bigint>;
  /** As the contract computes it, 18 decimals; 0 where it cannot. */
  lpSharePrice: ReadResult<bigint>;
  /** LP shares and withdrawal shares that are not ready yet. */
  lpTotalSupply: ReadResult<bigint>;
  withdrawalSharesProceeds: ReadResult<bigint>;
  /** In shares. */
  governanceFees: ReadResult<bigint>;
  /** Shares that the vault holds for the pool; undefined for an unknown kind of pool. */
  actualShares: ReadResult<bigint> | undefined;
  /** Undefined where base is no token. */
  baseBalance: ReadResult<bigint> | undefined;
  ethBalance: ReadResult<bigint>;
  /** Of the latest checkpoint; 0 before its first trade. */
  weightedSpotPrice: ReadResult<bigint>;
  pastCheckpoints: ReadResult<PastCheckpoint[]>;
  /** The checkpoint that began last: it is not late before the next one begins. */
  latestCheckpoint: ReadResult<PastCheckpoint>;
}

/** The values to read of one pool: the pool, and the past checkpoints in question. */
export interface PoolQuestion {
  pool: InvariantPool;
  checkpoints: readonly number[];
}

/**
 * Reads all pools at one block, in one request (and one more where the chain has no Multicall3).
 * @returns a snapshot for each question, in their order
 * @throws what the reader throws when nothing can be read
 */
export async function readSnapshots(
  provider: FailoverProvider,
  reader: BatchReader,
  block: Block,
  questions: readonly PoolQuestion[],
): Promise<Snapshot[]> {
  const plans = questions.map(({ pool, checkpoints }) => planOf(reader, block, pool, checkpoints));
  const [results, balances] = await Promise.all([
    reader.read(
      block,
      plans.flatMap(plan => Object.values(plan)),
    ),
    plans.some(({ ethBalance }) => ethBalance === undefined)
      ? readBalances(provider, block, questions)
      : undefined,
  ]);
  return questions.map(({ pool, checkpoints }, i) => {
    const plan = plans[i] as Plan;
    const names = Object.keys(plan);
    const own = results.splice(0, names.length);
    const found = Object.fromEntries(names.map((name, k) => [name, own[k]])) as Found;
    const latest = block.timestamp - (block.timestamp % pool.checkpointDuration);
    return snapshotOf(block, found, { checkpoints, latest }, balances?.[i]);
  });
}

type Plan = Record<string, Read<unknown>>;
type Found = Record<string, ReadResult<unknown> | undefined>;

const getMarketState = contractMethod(poolAbi, 'getMarketState');
const getPoolInfo = contractMethod(poolAbi, 'getPoolInfo');
const convertToBase = contractMethod(poolAbi, 'convertToBase');
const getWithdrawPool = contractMethod(poolAbi, 'getWithdrawPool');
const getFees = contractMethod(poolAbi, 'getUncollectedGovernanceFees');
const totalSupply = contractMethod(poolAbi, 'totalSupply');
const getCheckpoint = contractMethod(poolAbi, 'getCheckpoint');

function planOf(
  reader: BatchReader,
  { timestamp }: Block,
  { address, checkpointDuration, convertsToBase, actualShares, baseBalance }: InvariantPool,
  checkpoints: readonly number[],
): Plan {
  const ethBalance = reader.balanceOf(address);
  const latest = timestamp - (timestamp % checkpointDuration);
  return {
    market: getMarketState(address),
    info: getPoolInfo(address),
    ...(convertsToBase ? { price: convertToBase(address, one) } : {}),
    withdrawPool: getWithdrawPool(address),
    lpShares: totalSupply(address, assetId('lp', 0)),
    withdrawalShares: totalSupply(address, assetId('withdrawalShares', 0)),
    fees: getFees(address),
    ...(actualShares ? { actualShares } : {}),
    ...(baseBalance ? { baseBalance } : {}),
    ...(ethBalance ? { ethBalance } : {}),
    ...Object.fromEntries(
      [...checkpoints, latest].flatMap(time => [
        [`checkpoint ${time}`, getCheckpoint(address, time)],
        [`longs ${time}`, totalSupply(address, assetId('long', time))],
        [`shorts ${time}`, totalSupply(address, assetId('short', time))],
      ]),
    ),
  };
}

interface Info {
  vaultSharePrice: bigint;
  lpSharePrice: bigint;
}
interface Checkpoint {
  weightedSpotPrice: bigint;
  vaultSharePrice: bigint;
}

function snapshotOf(
  block: Block,
  found: Found,
  { checkpoints, latest }: { checkpoints: readonly number[]; latest: number },
  ethBalance: ReadResult<bigint> | undefined,
): Snapshot {
  const reading = <T>(name: string) => (found[name] ?? unread(name)) as ReadResult<T>;
  const info = reading<Info>('info');
  const checkpointAt = (time: number): ReadResult<PastCheckpoint> =>
    both(
      reading<Checkpoint>(`checkpoint ${time}`),
      both(reading<bigint>(`longs ${time}`), reading<bigint>(`shorts ${time}`), (longs, shorts) => ({
        matured: longs + shorts,
        shorts,
      })),
      ({ vaultSharePrice }, supplies) => ({ time, minted: vaultSharePrice !== 0n, ...supplies }),
    );
  const withdrawPool = reading<{ readyToWithdraw: bigint; proceeds: bigint }>('withdrawPool');
  return {
    block,
    market: reading('market'),
    vaultSharePrice: found.price ? reading('price') : map(info, ({ vaultSharePrice }) => vaultSharePrice),
    lpSharePrice: map(info, ({ lpSharePrice }) => lpSharePrice),
    lpTotalSupply: both(
      both(reading<bigint>('lpShares'), reading<bigint>('withdrawalShares'), (lp, waiting) => lp + waiting),
      withdrawPool,
      (all, { readyToWithdraw }) => all - readyToWithdraw,
    ),
    withdrawalSharesProceeds: map(withdrawPool, ({ proceeds }) => proceeds),
    governanceFees: reading('fees'),
    actualShares: found.actualShares && reading('actualShares'),
    baseBalance: found.baseBalance && reading('baseBalance'),
    ethBalance: ethBalance ?? reading('ethBalance'),
    weightedSpotPrice: map(
      reading<Checkpoint>(`checkpoint ${latest}`),
      ({ weightedSpotPrice }) => weightedSpotPrice,
    ),
    pastCheckpoints: all(checkpoints.map(checkpointAt)),
    latestCheckpoint: checkpointAt(latest),
  };
}

/** Reads native balances one by one in a batch, where there is no Multicall3. */
async function readBalances(
  provider: FailoverProvider,
  { hash }: Block,
  questions: readonly PoolQuestion[],
): Promise<ReadResult<bigint>[]> {
  const answers = await provider.sendBatch(
    questions.map(({ pool }) => ({
      method: 'eth_getBalance',
      params: [pool.address, { blockHash: hash }],
    })),
  );
  return answers.map(answer =>
    'result' in answer
      ? { ok: true, value: BigInt(answer.result) }
      : { ok: false, reason: `the balance could not be read: ${answer.error.message}` },
  );
}

const unread = (name: string): ReadResult<never> => ({ ok: false, reason: `${name} was not read` });
