import { mulDown, one } from '../../src/hyperdrive/fixedPoint.ts';
import { maximumLong, maximumShort } from '../../src/hyperdrive/trades/maximum.ts';
import type { TradeSequence } from './TradeSequence.ts';

/** Repeatable random choices. */
export class Chance {
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  /** Returns a number between two others. */
  between(least: number, most: number): number {
    return least + (most - least) * this.#next();
  }

  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  is(probability: number): boolean {
    return this.#next() < probability;
  }

  of<T>(items: readonly T[]): T {
    return items[Math.floor(this.#next() * items.length)] as T;
  }

  /** Returns a part of an amount; small parts are as likely as large ones. */
  part(amount: bigint, least = 1e-6, most = 1): bigint {
    const fraction = least * (most / least) ** this.#next();
    return (amount * BigInt(Math.round(fraction * 1e12))) / 10n ** 12n;
  }
}

/** Adds one random trade; amounts are of every size up to and just beyond what the pool accepts. */
export async function addTrade(sequence: TradeSequence, chance: Chance): Promise<void> {
  const { traded, holdings } = sequence;
  const { pool } = traded;
  const asBase = chance.is(0.5);
  const held = [
    ...[...holdings.longs].map(([maturity, bonds]) => ({ side: 'long' as const, maturity, bonds })),
    ...[...holdings.shorts].map(([maturity, bonds]) => ({ side: 'short' as const, maturity, bonds })),
  ];
  const isRich = holdings.lpShares > pool.spec.liquidity * 3n;
  const kinds: [number, () => void | Promise<void>][] = [
    [16, () => openLongOf(sequence, chance, asBase)],
    [16, () => openShortOf(sequence, chance, asBase)],
    [
      held.length > 0 ? 6 + 2 * held.length : 0,
      () => {
        const { side, maturity, bonds } = chance.of(held);
        sequence.close(side, maturity, chance.is(0.5) ? bonds : chance.part(bonds, 0.01), asBase);
      },
    ],
    [isRich ? 2 : 6, () => sequence.addLiquidity(chance.part(pool.spec.liquidity, 1e-5), asBase)],
    [isRich ? 8 : 6, () => sequence.removeLiquidity(chance.part(holdings.lpShares, 1e-3), asBase)],
    [
      holdings.withdrawalShares > 0n ? 4 : 0,
      () => sequence.redeem(chance.part(holdings.withdrawalShares, 0.01), asBase),
    ],
    [3, () => sequence.checkpoint(sequence.latest)],
    [held.length > 0 ? 2 : 0, () => sequence.checkpoint(Math.min(sequence.latest, chance.of(held).maturity))],
    [3, () => moveVaultOf(sequence, chance)],
  ];
  await chance.of(kinds.flatMap(([weight, act]) => Array.from({ length: weight }, () => act)))();
}

function openLongOf(sequence: TradeSequence, chance: Chance, asBase: boolean): void {
  const { config } = sequence.traded;
  if (chance.is(0.1)) {
    // At the very limit only shares are exact: a deposit of base moves the price of the vault.
    const most = maximumLong(config, sequence.state, { moment: sequence.moment });
    sequence.openLong(most + (chance.is(0.5) ? 1n : 0n), false);
  } else if (chance.is(0.05)) {
    sequence.openLong(config.minimumTransactionAmount - 1n, asBase);
  } else {
    const most = maximumLong(config, sequence.state, {
      moment: sequence.moment,
      tolerance: config.minimumShareReserves,
    });
    const shares = chance.part(most, 1e-6, 1.1);
    sequence.openLong(asBase ? mulDown(shares, sequence.vault.price) : shares, asBase);
  }
}

function openShortOf(sequence: TradeSequence, chance: Chance, asBase: boolean): void {
  const { config } = sequence.traded;
  const isEdge = chance.is(0.1);
  const tolerance = isEdge ? 1n : config.minimumShareReserves;
  const most = maximumShort(config, sequence.state, { moment: sequence.moment, tolerance });
  if (isEdge) sequence.openShort(most + (chance.is(0.5) ? 1n : 0n), asBase);
  else if (chance.is(0.05)) sequence.openShort(config.minimumTransactionAmount - 1n, asBase);
  else sequence.openShort(chance.part(most, 1e-6, 1.1), asBase);
}

function moveVaultOf(sequence: TradeSequence, chance: Chance): Promise<void> {
  const rate = (one * BigInt(chance.whole(0, 1_500))) / 10_000n;
  const loses = chance.is(0.7);
  const part = chance.part(sequence.vault.base, 1e-9, loses ? 0.1 : 0.02);
  return sequence.moveVault(loses ? -part : part, rate);
}
