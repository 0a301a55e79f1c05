import type { Verdict } from '../checks/verdict.ts';
import { type InvariantPool, vaultOf } from '../pools/InvariantPool.ts';
import type { Snapshot } from '../readings/index.ts';

/**
 * Returns the cause of a finding outside the pool itself: pools with one vault lose together when the vault
 * loses. Returns undefined where nothing points to the vault.
 * @param all verdicts of the pool at the block
 */
export function causeOf(
  pool: InvariantPool,
  { check, result }: Verdict,
  all: readonly Verdict[],
): string | undefined {
  // A shortage that the loss explains lasts for weeks after the loss: it stays one alert for all pools of the
  // vault.
  if (result.outcome === 'fails' && result.isByVault) return causeIn(pool);
  const hasFallen = all.some(each => each.check.vaultLoss === 'shows' && each.result.outcome === 'fails');
  return hasFallen && check.vaultLoss !== undefined ? causeIn(pool) : undefined;
}

/** Returns the cause for a pool that cannot be judged while its vault does not answer. */
export function causeOfSilence(pool: InvariantPool, { vaultSharePrice }: Snapshot): string | undefined {
  return vaultSharePrice.ok ? undefined : causeIn(pool);
}

function causeIn(pool: InvariantPool): string | undefined {
  const vault = vaultOf(pool);
  return vault === undefined ? undefined : `vault ${vault}`;
}
