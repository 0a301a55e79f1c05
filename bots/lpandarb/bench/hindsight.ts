import {
  closePosition,
  divDown,
  isRefusal,
  mulDown,
  openLong,
  openShort,
  type Position,
} from '@service-bots/core/hyperdrive';
import { withPaper } from '../src/paper/withPaper.ts';
import type { PoolView } from '../src/planning/view.ts';

/**
 * The parts of the capital that a long takes, in percent, and the bonds of a short, in percent of the
 * capital. A short's deposit is small.
 */
const longParts = [100n, 30n, 10n];
const shortParts = [800n, 200n, 50n];

/**
 * Returns the profit of the best trades in hindsight, in base. At each moment a long or a short of some sizes
 * is opened with all of the capital and closed at the best later moment, one position at a time. Only the
 * other traders move the pool between the moments; a trade of the bound moves it while it is open.
 */
export function bestInHindsight(views: readonly PoolView[], capital: bigint): bigint {
  const best = new Array<bigint>(views.length).fill(0n);
  for (let i = views.length - 2; i >= 0; i -= 1) {
    best[i] = best[i + 1] as bigint;
    for (const { position, paid } of openings(views[i] as PoolView, capital)) {
      for (let j = i + 1; j < views.length; j += 1) {
        const proceeds = closingAt(views[j] as PoolView, position);
        if (proceeds === undefined) continue;
        const earned = proceeds - paid + (best[j] as bigint);
        if (earned > (best[i] as bigint)) best[i] = earned;
      }
    }
  }
  return best[0] ?? 0n;
}

function openings({ config, state, chainTime, vaultSharePrice }: PoolView, capital: bigint) {
  const moment = { chainTime, vaultSharePrice };
  const longs = longParts.flatMap(part => {
    const paid = (capital * part) / 100n;
    const done = attempt(
      () => openLong(config, state, { shares: divDown(paid, vaultSharePrice), moment }).long,
    );
    return done
      ? [{ paid, position: { side: 'long' as const, maturity: done.maturity, bonds: done.bonds } }]
      : [];
  });
  const shorts = shortParts.flatMap(part => {
    const bonds = (capital * part) / 100n;
    const done = attempt(() => openShort(config, state, { bonds, moment }).short);
    const paid = done ? mulDown(done.depositShares, vaultSharePrice) : 0n;
    return done && paid <= capital
      ? [{ paid, position: { side: 'short' as const, maturity: done.maturity, bonds } }]
      : [];
  });
  return [...longs, ...shorts];
}

function closingAt(
  { config, state, chainTime, vaultSharePrice, lpSharePrice }: PoolView,
  position: Position,
): bigint | undefined {
  const moment = { chainTime, vaultSharePrice };
  const held = { lpShares: 0n, withdrawalShares: 0n, bonds: [position], allowance: 0n };
  return attempt(() => {
    const pool = withPaper(config, state, { held, prices: { ...moment, lpSharePrice } });
    return mulDown(closePosition(config, pool, { position, moment }).closed.proceeds, vaultSharePrice);
  });
}

/** Returns the result of a computation; undefined: the pool refuses it. */
export function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
