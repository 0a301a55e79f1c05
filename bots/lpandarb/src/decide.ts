import type { Block } from '@service-bots/core/rpc';
import type { SeenPool } from './act.ts';
import type { TimeConfig } from './config.ts';
import type { Ledger } from './ledger/Ledger.ts';
import { type Result, resultOf } from './ledger/result.ts';
import type { Halt } from './limits/halt.ts';
import { type AccountStatus, type LimitStatus, limitStatusOf } from './limits/limitStatus.ts';
import {
  amountFor,
  capitalInAll,
  capitalInRead,
  type GasPrice,
  poolLimits,
  type TradingConfig,
} from './limits/poolLimits.ts';
import { plan, unlessBroken } from './planning/plan.ts';
import { planUnwind } from './planning/planUnwind.ts';
import type { Limits, PoolPlan, Positions, StepKind } from './planning/view.ts';
import type { RetryDelays } from './RetryDelays.ts';
import type { LpandarbPool } from './reading/LpandarbPool.ts';
import type { Look } from './reading/readSnapshot.ts';

export type DecidingConfig = TradingConfig & TimeConfig;

/** The facts at one block from which a decision is made. */
export interface Facts {
  config: DecidingConfig;
  ledger: Ledger;
  pools: readonly LpandarbPool[];
  look: Look;
  /** The wallet's balances in base, by account. */
  base: ReadonlyMap<string, bigint>;
  gas: GasPrice;
  halt: Halt | undefined;
  head: Block;
  retryDelays: RetryDelays;
}

/** The decision at one block: the result so far and the plan of each pool that could be read. */
export interface Decision {
  seen: readonly SeenPool[];
  results: readonly Result[];
  limitStatus: LimitStatus;
  plans: readonly PoolPlan[];
}

/** Returns the pools that could be read. */
export function seenIn(look: Look): SeenPool[] {
  return look.pools.flatMap(each => ('view' in each ? [each] : []));
}

/**
 * Decides at one block which steps each pool needs. The live bot, the paper bot and backtests share this
 * function.
 */
export function decide(facts: Facts): Decision {
  const { config, ledger, pools, look, base, gas, halt, head, retryDelays } = facts;
  const seen = seenIn(look);
  const results = seen.map(({ pool, marked }) =>
    resultOf(ledger.flowsOf(pool.address), {
      marked,
      capital: amountFor(config, 'CAPITAL_PER_POOL', pool),
      now: head.timestamp,
    }),
  );
  const accounts = accountStatuses(config, { pools, seen, results });
  const limitStatus = limitStatusOf(ledger, timeLimits(config), { accounts, halt, now: head.timestamp });
  const wasRead = new Set(
    look.pools.flatMap(({ pool, error }) => (error === undefined ? [pool.address] : [])),
  );
  const unread = config.LPANDARB_POOLS.filter(address => !wasRead.has(address));
  const limits = limitsOf(config, { pools, gas, status: limitStatus, unread });
  const plans =
    halt?.mode === 'unwind'
      ? seen.map(({ view, marked }) => {
          const { address } = view;
          const positions = notHeldUp(address, marked.positions, retryDelays);
          return unlessBroken(view, () =>
            planUnwind(view, { positions, limits: limits.of(address), transactions: 100 }),
          );
        })
      : plan({ ...look.snapshot, base }, look.positions, limits);
  for (const { pool, steps, notes } of plans)
    ledger.decide(pool, { time: head.timestamp, block: head.number, steps, notes });
  return { seen, results, limitStatus, plans };
}

/**
 * Returns the positions without those whose close has just failed. A position that the pool refuses to close
 * must not block the others.
 */
function notHeldUp(pool: string, positions: Positions, retryDelays: RetryDelays): Positions {
  const { bonds, lpShares, withdrawalShares } = positions;
  const isFree = (kind: StepKind, maturity?: number) => !retryDelays.mustWait({ pool, kind, maturity });
  return {
    bonds: bonds.filter(
      ({ side, maturity }) =>
        isFree('close-matured', maturity) && isFree(side === 'long' ? 'close-long' : 'close-short', maturity),
    ),
    lpShares: isFree('remove-liquidity') ? lpShares : 0n,
    withdrawalShares: isFree('redeem') ? withdrawalShares : 0n,
  };
}

function accountStatuses(
  config: TradingConfig,
  {
    pools,
    seen,
    results,
  }: { pools: readonly LpandarbPool[]; seen: readonly SeenPool[]; results: readonly { profit: bigint }[] },
): AccountStatus[] {
  const accounts = [...new Set(seen.map(({ view }) => view.settlement.account))];
  return accounts.map(account => {
    const own = seen.flatMap(({ view }, i) =>
      view.settlement.account === account ? [{ view, profit: results[i]?.profit ?? 0n }] : [],
    );
    return {
      account,
      capital: capitalInAll(config, pools, account),
      profit: own.reduce((sum, { profit }) => sum + profit, 0n),
      pools: own.map(({ view }) => view.address),
    };
  });
}

function timeLimits(config: TimeConfig) {
  return {
    tradesPerHour: config.TRADES_PER_HOUR,
    maxLossPerDay: config.MAX_LOSS_PER_DAY,
    maxDrawdown: config.MAX_DRAWDOWN,
    maxGasWeiPerDay: config.MAX_GAS_COST_PER_DAY,
    coolDownSeconds: config.COOL_DOWN_SECONDS,
  };
}

function limitsOf(
  config: TradingConfig,
  {
    pools,
    gas,
    status: { noNewRisk, transactions },
    unread,
  }: { pools: readonly LpandarbPool[]; gas: GasPrice; status: LimitStatus; unread: readonly string[] },
): Limits {
  return {
    of: address => poolLimits(config, pools.find(pool => pool.address === address) as LpandarbPool, gas),
    capitalInAll: account => capitalInRead(config, pools, { account, unread }),
    noNewRisk,
    transactions,
  };
}
