import type { PoolState, TradeConfig } from '@service-bots/core/hyperdrive';
import type { Settlement } from '../settlement.ts';

// Amounts are in the pool's own decimals. Rates are yearly, prices are base for a unit, and parts of a whole
// are fractions: all three have 18 decimals. Times are the chain's, in seconds since 1970.

/** A pool at one block. */
export interface PoolView {
  address: string;
  name: string;
  decimals: number;
  settlement: Settlement;
  config: TradeConfig;
  state: PoolState;
  chainTime: number;
  vaultSharePrice: bigint;
  /** Base for an LP token, by the contract. */
  lpSharePrice: bigint;
  /** The vault's rate; undefined when it is unknown, or has just jumped. */
  variableRate: bigint | undefined;
  /** At how many looks in a row the rate has jumped. */
  rateJumps?: number;
  /** Why no transaction may be sent to this pool; undefined when transactions are allowed. */
  leftAlone: string | undefined;
}

/** Bonds of one maturity that the bot holds. */
export interface BondPosition {
  side: 'long' | 'short';
  maturity: number;
  bonds: bigint;
  /** The base that closing it now would pay, after the closes of the positions before it. */
  value: bigint;
}

/** The bot's positions in one pool. */
export interface Positions {
  lpShares: bigint;
  withdrawalShares: bigint;
  bonds: readonly BondPosition[];
}

/** The condition under which a trade begins to pay. */
export type Thresholds =
  /** A trade begins as soon as the bonds earn more than the variable rate after all fees. */
  | { kind: 'fees' }
  /**
   * A trade begins this far above or below the variable rate, and moves the rate to the variable rate itself.
   */
  | { kind: 'fixed'; high: bigint; low: bigint };

/** The operator's limits for one pool. */
export interface PoolLimits {
  /** The part of the capital that is kept as liquidity. */
  lpPortion: bigint;
  /** The most base that the bot may hold in the pool. */
  capital: bigint;
  /** The largest trade: base for a long, bonds for a short or a close. */
  trade: bigint;
  /** The most bonds of one side. */
  position: bigint;
  /** The largest share of the pool's liquidity for bonds of one side, and for LP tokens. */
  liquidityShare: bigint;
  /** The least expected profit, as a fraction of the bonds traded. */
  minProfit: bigint;
  /** The worst accepted fill, as a fraction of the expected amount. */
  slippage: bigint;
  thresholds: Thresholds;
  /** Base for a unit of gas, times 1e18, since it is less than a wei for bases of 6 decimals. */
  gasPriceE18: bigint;
  /** Base that a rollup charges for a transaction beside its gas. */
  firstLayerFee: bigint;
}

/** The limits of all pools together. */
export interface Limits {
  of(pool: string): PoolLimits;
  /** Returns the most base that all pools of an account may hold. */
  capitalInAll(account: string): bigint;
  /**
   * Why no new position is opened; undefined when new positions are allowed. Matured positions are closed in
   * either case.
   */
  noNewRisk: string | undefined;
  /** The number of transactions that may still be sent. */
  transactions: number;
}

export type StepKind =
  | 'close-matured'
  | 'redeem'
  | 'reduce-short'
  | 'reduce-long'
  | 'add-liquidity'
  | 'open-long'
  | 'open-short'
  | 'remove-liquidity'
  | 'close-long'
  | 'close-short';

/** A transaction, its reason, and its expected result. */
export interface Step {
  pool: string;
  kind: StepKind;
  side?: 'long' | 'short';
  maturity?: number;
  /**
   * Base for `open-long` and `add-liquidity`, bonds for other trades, LP tokens or withdrawal shares for the
   * rest.
   */
  amount: bigint;
  /** The most base that the step takes out of the wallet, after slippage; 0 for a step that pays into it. */
  pays: bigint;
  /** The bonds, base or LP tokens that the step brings, by the exact maths. */
  receives: bigint;
  /** The withdrawal shares that a removal of liquidity leaves, by the exact maths. */
  waits?: bigint;
  /** Base at the horizon, after fees, gas and the worst accepted slippage. */
  expectedProfit: bigint;
  /** The seconds for which the variable rate has to stay constant for the expectation to hold. */
  horizonSeconds: number;
  /** The curve and flat fees of the pool, in base; `pays` and `receives` include them. */
  fees: bigint;
  /** The cost of gas, in base. */
  gasCost: bigint;
  rateBefore?: bigint;
  rateAfter?: bigint;
  reason: string;
}

/** The steps for one pool, in this order, and the reasons why there are no more. */
export interface PoolPlan {
  pool: string;
  name: string;
  fixedRate: bigint | undefined;
  variableRate: bigint | undefined;
  /** The rates between which the bot does not trade. */
  band: { low: bigint; high: bigint } | undefined;
  steps: readonly Step[];
  notes: readonly string[];
}

/** All pools at one block. */
export interface Snapshot {
  block: { number: number; timestamp: number };
  pools: readonly PoolView[];
  /** The wallet's balances in base, by account. */
  base: ReadonlyMap<string, bigint>;
}
