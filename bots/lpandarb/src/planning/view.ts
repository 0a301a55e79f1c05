import type { PoolState, TradeConfig } from '@service-bots/core/hyperdrive';

// Amounts are in the pool's own decimals. Rates are yearly, prices are base for a unit, and parts of a whole are
// fractions: all three have 18 decimals. Times are the chain's, in seconds since 1970.

/** A pool at one block. */
export interface PoolView {
  address: string;
  name: string;
  decimals: number;
  baseToken: string;
  config: TradeConfig;
  state: PoolState;
  chainTime: number;
  vaultSharePrice: bigint;
  /** Base for an LP token, by the contract. */
  lpSharePrice: bigint;
  /** What the vault earns; undefined: it is not known. */
  variableRate: bigint | undefined;
  /** Why no transaction may be sent to this pool; undefined: it may be traded with. */
  leftAlone: string | undefined;
}

/** Bonds of one maturity that the bot holds. */
export interface BondPosition {
  side: 'long' | 'short';
  maturity: number;
  bonds: bigint;
  /** Base that closing it now would pay, the trades before it counted. */
  value: bigint;
}

/** What the bot holds in one pool. */
export interface Positions {
  lpShares: bigint;
  withdrawalShares: bigint;
  bonds: readonly BondPosition[];
}

/** When a trade begins to pay. */
export type Thresholds =
  /** As soon as the bonds earn more than the variable rate after all fees. */
  | { kind: 'fees' }
  /** From so far above or below the variable rate on, towards the variable rate itself. */
  | { kind: 'fixed'; high: bigint; low: bigint };

/** What the operator allows in one pool. */
export interface PoolLimits {
  /** The part of the capital that is kept as liquidity. */
  lpPortion: bigint;
  /** Base. */
  capital: bigint;
  /** Base for a long, bonds for a short or a close: the most that one trade may have. */
  trade: bigint;
  /** Bonds of one side. */
  position: bigint;
  /** The part of the pool's liquidity that bonds of one side, and that LP tokens, may come to. */
  liquidityShare: bigint;
  /** The least expected profit, as a part of the bonds traded. */
  minProfit: bigint;
  /** The worst fill that is accepted, as a part of the expected amount. */
  slippage: bigint;
  thresholds: Thresholds;
  /** Base for a unit of gas, times 1e18, since it is less than a wei for bases of 6 decimals. */
  gasPriceE18: bigint;
  /** Base that a rollup takes for a transaction beside its gas. */
  firstLayerFee: bigint;
}

/** What holds for all pools together. */
export interface Limits {
  of(pool: string): PoolLimits;
  /** The most base, by token, that all pools with it may hold. */
  capitalInAll(baseToken: string): bigint;
  /** Why nothing new is begun; undefined: it may be. Positions are still closed at maturity. */
  noNewRisk: string | undefined;
  /** Transactions that may still be sent. */
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

/** One transaction, why it is wanted, and what it is expected to bring. */
export interface Step {
  pool: string;
  kind: StepKind;
  side?: 'long' | 'short';
  maturity?: number;
  /** Base for `open-long` and `add-liquidity`, bonds for other trades, LP tokens or withdrawal shares for the rest. */
  amount: bigint;
  /** Base that the step takes out of the wallet, at most so much after slippage; 0 where it pays. */
  pays: bigint;
  /** Bonds, base or LP tokens that it brings, by the exact maths. */
  receives: bigint;
  /** Base at the horizon, after fees, gas and the worst slippage that is accepted. */
  expectedProfit: bigint;
  /** Until when the expectation holds: the variable rate has to stay as it is for so many seconds. */
  horizonSeconds: number;
  /** Base that the pool takes as curve and flat fees; part of `pays` and `receives` already. */
  fees: bigint;
  /** Base for gas. */
  gasCost: bigint;
  rateBefore?: bigint;
  rateAfter?: bigint;
  reason: string;
}

/** What is to be done in one pool, in this order, and why not more. */
export interface PoolPlan {
  pool: string;
  name: string;
  fixedRate: bigint | undefined;
  variableRate: bigint | undefined;
  /** The rates between which nothing is traded. */
  band: { low: bigint; high: bigint } | undefined;
  steps: readonly Step[];
  notes: readonly string[];
}

/** All pools at one block. */
export interface Snapshot {
  block: { number: number; timestamp: number };
  pools: readonly PoolView[];
  /** The wallet's base, by token. */
  base: ReadonlyMap<string, bigint>;
}
