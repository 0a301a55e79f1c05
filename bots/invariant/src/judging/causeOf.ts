import type { Verdict } from '../checks/evaluate.ts';
import { lpSharePriceCheck } from '../checks/lpSharePrice.ts';
import { negativeInterest } from '../checks/negativeInterest.ts';
import { presentValueCheck } from '../checks/presentValue.ts';
import { solvency } from '../checks/solvency.ts';
import { totalShares } from '../checks/totalShares.ts';
import { vaultAnswers } from '../checks/vaultAnswers.ts';
import { type InvariantPool, vaultOf } from '../pools/InvariantPool.ts';
import type { Snapshot } from '../readings/readSnapshots.ts';

/** Checks that a fall of the vault share price can make a healthy pool fail. */
const failWithTheVault = [negativeInterest, totalShares, solvency, presentValueCheck, lpSharePriceCheck];

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
  if (check === vaultAnswers) return causeIn(pool);
  // A shortage that the loss explains lasts for weeks after the loss: it stays one alert for all pools of the
  // vault.
  const isByLoss = check === totalShares && result.outcome === 'fails' && result.severity !== undefined;
  if (isByLoss) return causeIn(pool);
  const hasFallen = all.some(
    verdict => verdict.check === negativeInterest && verdict.result.outcome === 'fails',
  );
  return hasFallen && failWithTheVault.includes(check) ? causeIn(pool) : undefined;
}

/** Returns the cause for a pool that cannot be judged while its vault does not answer. */
export function causeOfSilence(pool: InvariantPool, { vaultSharePrice }: Snapshot): string | undefined {
  return vaultSharePrice.ok ? undefined : causeIn(pool);
}

function causeIn(pool: InvariantPool): string | undefined {
  const vault = vaultOf(pool);
  return vault === undefined ? undefined : `vault ${vault}`;
}
