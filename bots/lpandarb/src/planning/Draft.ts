import { type Moment, type PoolState, vaultAtPrice } from '@service-bots/core/hyperdrive';
import { atLeastZero, capitalInUse, least } from './account.ts';
import type { BondPosition, PoolLimits, PoolView, Positions, Step } from './view.ts';

/** A plan for one pool while it is made: each step sees the pool and the wallet as the steps before it leave them. */
export class Draft {
  readonly limits: PoolLimits;
  readonly steps: Step[] = [];
  readonly notes: string[] = [];
  positions: Positions;
  #view: PoolView;
  readonly #wallet: Wallet;

  constructor(view: PoolView, positions: Positions, limits: PoolLimits, wallet: Wallet) {
    this.#view = view;
    this.positions = positions;
    this.limits = limits;
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

  /** Conversions at the vault's price: a few wei off, which the simulation of the very call corrects. */
  get vault() {
    return vaultAtPrice(this.#view.vaultSharePrice);
  }

  /** The wallet's base, of which other pools take their part. */
  get base(): bigint {
    return this.#wallet.base;
  }

  get inUse(): bigint {
    return capitalInUse(this.#view, this.positions);
  }

  /** Base that may still go into this pool, by its own capital, by that of all pools, and by the wallet. */
  get room(): bigint {
    const own = this.limits.capital - this.inUse;
    const all = this.#wallet.capital - this.#wallet.inUse;
    return atLeastZero(least(own, all, this.base));
  }

  note(text: string): undefined {
    this.notes.push(text);
  }

  /** Adds a step and goes on from the pool after it. */
  take(step: Step, state: PoolState, positions: Positions): void {
    const before = this.inUse;
    this.steps.push(step);
    this.#view = { ...this.#view, state };
    this.positions = positions;
    this.#wallet.base += step.pays > 0n ? -step.pays : 0n;
    this.#wallet.inUse += this.inUse - before;
    this.#wallet.transactions -= 1;
  }

  /** Adds a step that pays into the wallet. */
  takeIn(step: Step, base: bigint, state: PoolState, positions: Positions): undefined {
    this.take(step, state, positions);
    this.#wallet.base += base;
  }

  get hasTransactions(): boolean {
    return this.#wallet.transactions > 0;
  }
}

/** What all pools of one base token share. */
export interface Wallet {
  base: bigint;
  /** The most base that all pools with this token may hold. */
  capital: bigint;
  inUse: bigint;
  transactions: number;
}

/** Returns positions with other bonds of one maturity; none are left out. */
export function withBonds(positions: Positions, changed: BondPosition): Positions {
  const isSame = (other: BondPosition) => other.side === changed.side && other.maturity === changed.maturity;
  const others = positions.bonds.filter(position => !isSame(position));
  return { ...positions, bonds: changed.bonds > 0n ? [...others, changed] : others };
}
