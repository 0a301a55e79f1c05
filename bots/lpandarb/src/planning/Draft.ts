import { type Moment, mulDivDown, type PoolState, vaultAtPrice } from '@service-bots/core/hyperdrive';
import { atLeastZero, capitalInUse, least } from './account.ts';
import type { BondPosition, PoolLimits, PoolView, Positions, Step } from './view.ts';

/**
 * A plan for one pool in progress. Each step sees the pool and the wallet as the steps before it leave them.
 */
export class Draft {
  readonly limits: PoolLimits;
  readonly steps: Step[] = [];
  readonly notes: string[] = [];
  positions: Positions;
  #view: PoolView;
  readonly #wallet: Wallet;

  constructor(
    view: PoolView,
    { positions, limits, wallet }: { positions: Positions; limits: PoolLimits; wallet: Wallet },
  ) {
    this.#view = view;
    this.positions = positions;
    this.limits = withinPolicy(limits, view);
    this.#wallet = wallet;
  }

  /** The pool after the steps so far. */
  get view(): PoolView {
    return this.#view;
  }

  get moment(): Moment {
    const { chainTime, vaultSharePrice } = this.#view;
    return { chainTime, vaultSharePrice };
  }

  /**
   * Conversions at the vault's price. They are a few wei off, and the simulation of the exact call corrects
   * that.
   */
  get vault() {
    return vaultAtPrice(this.#view.vaultSharePrice);
  }

  /** The wallet's base, which all pools with this token share. */
  get base(): bigint {
    return this.#wallet.base;
  }

  get inUse(): bigint {
    return capitalInUse(this.#view, this.positions);
  }

  /**
   * The base that may still go into this pool. Its own capital, the capital of all pools and the wallet limit
   * it.
   */
  get room(): bigint {
    const own = this.limits.capital - this.inUse;
    const all = this.#wallet.capital - this.#wallet.inUse;
    return atLeastZero(least(own, all, this.base));
  }

  note(text: string): undefined {
    this.notes.push(text);
  }

  /** Adds a step and continues with the pool after it. */
  take(step: Step, state: PoolState, positions: Positions): void {
    const before = this.inUse;
    this.steps.push(step);
    this.#view = { ...this.#view, state };
    this.positions = positions;
    this.#wallet.base += step.pays > 0n ? -step.pays : 0n;
    this.#wallet.inUse += this.inUse - before;
    this.#wallet.transactions -= 1;
  }

  /** Adds a step that pays into the wallet. @param base the payment, in base */
  takeIn(
    step: Step,
    { base, state, positions }: { base: bigint; state: PoolState; positions: Positions },
  ): undefined {
    this.take(step, state, positions);
    this.#wallet.base += base;
  }

  get hasTransactions(): boolean {
    return this.#wallet.transactions > 0;
  }
}

/** The part of the wallet that all pools of one base token share. */
export interface Wallet {
  base: bigint;
  /** The most base that all pools with this token may hold. */
  capital: bigint;
  inUse: bigint;
  transactions: number;
}

/** Returns positions with other bonds of one maturity; a position without bonds is left out. */
export function withBonds(positions: Positions, changed: BondPosition): Positions {
  const isSame = (other: BondPosition) => other.side === changed.side && other.maturity === changed.maturity;
  const others = positions.bonds.filter(position => !isSame(position));
  return { ...positions, bonds: changed.bonds > 0n ? [...others, changed] : others };
}

/**
 * Returns the limits that the signer's policy enforces too. The policy counts vault shares at the pool's first
 * price. After a loss of the vault the same base is more shares, so the limits in base are lower.
 */
function withinPolicy(limits: PoolLimits, { settlement, config, vaultSharePrice }: PoolView): PoolLimits {
  const { initialVaultSharePrice: first } = config;
  if (settlement.asBase || vaultSharePrice >= first) return limits;
  const lowered = (amount: bigint) => mulDivDown(amount, vaultSharePrice, first);
  return { ...limits, capital: lowered(limits.capital), trade: lowered(limits.trade) };
}
