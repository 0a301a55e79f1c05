import type { Observation } from '@service-bots/core/alerts';
import { one } from '@service-bots/core/hyperdrive';
import type { Inspection } from '../src/judging/inspect.ts';

/** The real events of a pool, as the simulated users recorded them. */
export interface Deeds {
  /** Blocks in which the pool's vault lost money. */
  losses: readonly number[];
  /** Whether people have left checkpoints unminted beyond their time. */
  hasMissed: boolean;
}

/** Returns the reason why a finding is true; undefined: it is a false alarm. */
export function truthOf(
  { view, verdicts }: Inspection,
  { check }: Observation,
  severity: string,
  { losses, hasMissed }: Deeds,
): string | undefined {
  const { now } = view;
  const result = verdicts.find(verdict => verdict.check.name === check)?.result;
  const lostSince = (block: number) => losses.some(loss => loss > block && loss <= now.block.number);
  switch (check) {
    case 'negative-interest':
      return lostSince(result?.against ?? Number.POSITIVE_INFINITY) ? 'the vault lost money' : undefined;
    case 'checkpoint-exists':
      return hasMissed ? 'a checkpoint was missed' : undefined;
    case 'total-shares':
      // The simulated users never steal: a shortage after a loss comes from the loss.
      return severity === 'warning' && lostSince(-1) ? 'a loss that shorts bear' : undefined;
    case 'lp-share-price': {
      const by = result?.outcome === 'fails' ? result.by : undefined;
      if (severity !== 'warning' || !lostSince(-1) || by === undefined) return undefined;
      return isExplainedFall(Number(by.value) / Number(one), view)
        ? 'a loss that closed shorts bear'
        : undefined;
    }
    case 'solvency':
      return lostSince(-1) && isInsolvent(view) ? 'the loss made the pool insolvent' : undefined;
    default:
      return undefined;
  }
}

/** In plain numbers: what longs are owed is more than there is. */
function isInsolvent({ now: { market, vaultSharePrice }, pool }: Inspection['view']): boolean {
  if (!market.ok || !vaultSharePrice.ok) return false;
  const { shareReserves, longExposure } = market.value;
  return shareReserves < (longExposure * one) / vaultSharePrice.value + pool.config.minimumShareReserves;
}

/**
 * The allowed distance of the price from its expected value, beyond the reduced payments of closed shorts:
 * the bound of the check.
 */
const bound = 1e-4;

/**
 * Returns whether a fall of the LP share price is at most the reduction in the payments of the shorts closed
 * since. It computes each from its event, in plain numbers, with neither the check's own bounds nor possible
 * additions by fees.
 */
function isExplainedFall(change: number, { diagnostics, before, pool }: Inspection['view']): boolean {
  if (change >= 0 || !diagnostics?.events || !diagnostics.openingPrices || !before?.market.ok) return false;
  const { lpSharePrice, lpTotalSupply } = before;
  if (!lpSharePrice.ok || !lpTotalSupply.ok) return false;
  let lostBase = 0;
  for (const {
    name,
    minted,
    maturityTime = 0,
    basePayment = 0n,
    vaultSharePrice = 0n,
  } of diagnostics.events) {
    const opening = Number(diagnostics.openingPrices.get(minted?.time ?? maturityTime) ?? 0n);
    const kept = Number(minted?.closingPrice ?? vaultSharePrice) / opening;
    if (!(kept < 1)) continue;
    if (minted) lostBase += Number(minted.shorts) * (1 - kept);
    else if (name === 'CloseShort') lostBase += Number(basePayment) * (1 / kept - 1);
  }
  const worth = (Number(lpSharePrice.value) / 1e18) * Number(lpTotalSupply.value);
  // The haircut also reduces the flat fee of matured positions.
  const fees = 1 + Number(pool.config.fees.flat) / 1e18;
  return -change <= (lostBase * fees) / worth + bound;
}
