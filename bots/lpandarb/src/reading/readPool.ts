import { BotError } from '@service-bots/core/errors';
import {
  assetId,
  type CheckpointState,
  checkpointsFor,
  latestCheckpoint,
  type PoolState,
  poolAbi,
  tradingAbi,
} from '@service-bots/core/hyperdrive';
import { contractMethod, type Read, type ReadResult } from '@service-bots/core/rpc';
import { Interface } from 'ethers';
import type { RateSource } from '../config.ts';
import { baseOfTokens, type Settlement } from '../settlement.ts';
import { type LpandarbPool, maturitiesToRead } from './LpandarbPool.ts';
import { type PricedCheckpoint, rateFromCheckpoints, vaultRate } from './variableRate.ts';

export const tokenAbi = new Interface([
  'function balanceOf(address account) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function approve(address spender, uint256 amount) returns (bool)',
  'function getRate() view returns (uint256)',
]);

const of = {
  market: contractMethod<Record<string, bigint | boolean>>(poolAbi, 'getMarketState'),
  info: contractMethod<Record<string, bigint>>(poolAbi, 'getPoolInfo'),
  supply: contractMethod<bigint>(poolAbi, 'totalSupply'),
  withdrawPool: contractMethod<{ readyToWithdraw: bigint; proceeds: bigint }>(poolAbi, 'getWithdrawPool'),
  fees: contractMethod<bigint>(poolAbi, 'getUncollectedGovernanceFees'),
  checkpoint: contractMethod<Record<string, bigint>>(poolAbi, 'getCheckpoint'),
  balance: contractMethod<bigint>(tradingAbi, 'balanceOf'),
  allowance: contractMethod<bigint>(tokenAbi, 'allowance'),
  rate: contractMethod<bigint>(tokenAbi, 'getRate'),
};

/** The optional reads of a pool, beside those that are always done. */
export interface PoolQuestion {
  pool: LpandarbPool;
  settlement: Settlement;
  chainTime: number;
  wallet: string | undefined;
  source: RateSource;
  lookBackSeconds: number;
  /** Further checkpoints whose need the first reading showed, in seconds since 1970. */
  more: readonly number[];
}

/** A pool as it was read. */
export interface ReadPool {
  state: PoolState;
  vaultSharePrice: bigint;
  lpSharePrice: bigint;
  variableRate: bigint | undefined;
  held: {
    lpShares: bigint;
    withdrawalShares: bigint;
    bonds: { side: 'long' | 'short'; maturity: number; bonds: bigint }[];
    /** The part of the wallet that the pool may take, in base. */
    allowance: bigint;
  };
}

/** The reads of one pool, and the function that turns their results into a pool. */
export interface PoolReads {
  reads: Read<unknown>[];
  /** Returns the pool from the results of its reads. @throws BotError when a read failed */
  understand(results: readonly ReadResult<unknown>[]): ReadPool;
}

/** The number of checkpoints of the look-back that are read, since one of them may be unminted. */
const rateSamples = 3;

/** Returns all reads of a pool for a decision at one block. */
export function poolReads(question: PoolQuestion): PoolReads {
  const { pool, settlement, chainTime, wallet, source, lookBackSeconds, more } = question;
  const { address, trade, config } = pool;
  const maturities = maturitiesToRead(pool, chainTime);
  const times = [...new Set([...checkpointsFor(trade, chainTime, maturities), ...more])];
  const samples = source.kind === 'checkpoints' ? sampleTimes(pool, chainTime, lookBackSeconds) : [];
  const queue: { read: Read<unknown>; take(value: unknown): void; optional?: true }[] = [];
  const found: Partial<Found> = {};
  const ask = <K extends keyof Found>(read: Read<Found[K]>, key: K) =>
    queue.push({ read, take: value => (found[key] = value as Found[K]) });

  ask(of.market(address) as Read<Found['market']>, 'market');
  ask(of.info(address), 'info');
  ask(of.supply(address, assetId('lp', 0)), 'lpSupply');
  ask(of.supply(address, assetId('withdrawalShares', 0)), 'withdrawalShareSupply');
  ask(of.withdrawPool(address), 'withdrawPool');
  ask(of.fees(address), 'governanceFees');
  const checkpoints = new Map<number, CheckpointState>();
  for (const time of times) queue.push(...checkpointReads(address, time, checkpoints));
  const priced: PricedCheckpoint[] = [];
  for (const time of samples)
    queue.push({
      read: of.checkpoint(address, time),
      take: value => priced.push({ time, price: (value as { vaultSharePrice: bigint }).vaultSharePrice }),
    });
  let ownRate: bigint | undefined;
  if (source.kind === 'vault')
    queue.push({
      read: of.rate(config.vaultSharesToken),
      take: value => (ownRate = value as bigint),
      optional: true,
    });
  const held: ReadPool['held'] = { lpShares: 0n, withdrawalShares: 0n, bonds: [], allowance: 0n };
  if (wallet !== undefined) {
    const balance = (id: bigint, take: (amount: bigint) => void) =>
      queue.push({ read: of.balance(address, id, wallet), take: value => take(value as bigint) });
    balance(assetId('lp', 0), amount => (held.lpShares = amount));
    balance(assetId('withdrawalShares', 0), amount => (held.withdrawalShares = amount));
    for (const maturity of maturities)
      for (const side of ['long', 'short'] as const)
        balance(assetId(side, maturity), bonds => bonds > 0n && held.bonds.push({ side, maturity, bonds }));
    queue.push({
      read: of.allowance(settlement.token, wallet, address),
      take: value => (held.allowance = value as bigint),
    });
  }
  return {
    reads: queue.map(({ read }) => read),
    understand(results) {
      for (const [i, { take, optional }] of queue.entries()) {
        const result = results[i];
        if (result?.ok) take(result.value);
        else if (!optional)
          throw new BotError(`${pool.name} could not be read: ${result?.reason ?? 'no result'}`);
      }
      const { market, info, withdrawPool, ...rest } = found as Found;
      const { vaultSharePrice, lpSharePrice } = info as { vaultSharePrice: bigint; lpSharePrice: bigint };
      const state: PoolState = {
        ...market,
        ...rest,
        readyToWithdraw: withdrawPool.readyToWithdraw,
        withdrawalProceeds: withdrawPool.proceeds,
        checkpoints,
      };
      const variableRate =
        source.kind === 'fixed'
          ? source.rate
          : source.kind === 'vault'
            ? vaultRate(ownRate)
            : rateFromCheckpoints(priced, { time: chainTime, price: vaultSharePrice });
      const allowance = baseOfTokens(settlement, held.allowance, vaultSharePrice);
      return { state, vaultSharePrice, lpSharePrice, variableRate, held: { ...held, allowance } };
    },
  };
}

interface Found {
  market: Omit<
    PoolState,
    | 'lpSupply'
    | 'withdrawalShareSupply'
    | 'readyToWithdraw'
    | 'withdrawalProceeds'
    | 'governanceFees'
    | 'checkpoints'
  >;
  info: Record<string, bigint>;
  lpSupply: bigint;
  withdrawalShareSupply: bigint;
  withdrawPool: { readyToWithdraw: bigint; proceeds: bigint };
  governanceFees: bigint;
}

function checkpointReads(address: string, time: number, into: Map<number, CheckpointState>) {
  const state: CheckpointState = {
    vaultSharePrice: 0n,
    weightedSpotPrice: 0n,
    lastWeightedSpotPriceUpdateTime: 0,
    longs: 0n,
    shorts: 0n,
  };
  into.set(time, state);
  return [
    {
      read: of.checkpoint(address, time),
      take: (value: unknown) => {
        const { vaultSharePrice, weightedSpotPrice, lastWeightedSpotPriceUpdateTime } = value as Record<
          string,
          bigint
        >;
        Object.assign(state, {
          vaultSharePrice,
          weightedSpotPrice,
          lastWeightedSpotPriceUpdateTime: Number(lastWeightedSpotPriceUpdateTime),
        });
      },
    },
    {
      read: of.supply(address, assetId('long', time)),
      take: (value: unknown) => (state.longs = value as bigint),
    },
    {
      read: of.supply(address, assetId('short', time)),
      take: (value: unknown) => (state.shorts = value as bigint),
    },
  ];
}

function sampleTimes({ trade }: LpandarbPool, chainTime: number, lookBackSeconds: number): number[] {
  const { checkpointDuration: step } = trade;
  const latest = latestCheckpoint(trade, chainTime);
  const checkpoints = Math.max(1, Math.round(lookBackSeconds / step));
  return Array.from(
    { length: Math.min(rateSamples, checkpoints) },
    (_, i) => latest - (checkpoints - i) * step,
  );
}
