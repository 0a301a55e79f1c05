import { baseBalance } from './baseBalance.ts';
import type { Check, Condition } from './Check.ts';
import { checkpointExists } from './checkpointExists.ts';
import { ethBalance } from './ethBalance.ts';
import { lpSharePrice } from './lpSharePrice.ts';
import { minimumShareReserves } from './minimumShareReserves.ts';
import { negativeInterest } from './negativeInterest.ts';
import { poolAnswers } from './poolAnswers.ts';
import { presentValue } from './presentValue.ts';
import { priceSpike } from './priceSpike.ts';
import { solvency } from './solvency.ts';
import { totalShares } from './totalShares.ts';
import { vaultAnswers } from './vaultAnswers.ts';

/** All invariants of a pool. A new check is a file and a line here. */
export const checks: readonly Check[] = [
  solvency,
  totalShares,
  minimumShareReserves,
  presentValue,
  lpSharePrice,
  negativeInterest,
  priceSpike,
  checkpointExists,
  ethBalance,
  baseBalance,
  vaultAnswers,
  poolAnswers,
];

export type { Check, Condition, Diagnostics, Headroom, Need, Result, View } from './Check.ts';

/** Returns the check that reports a condition. */
export function reporterOf(condition: Condition): Check {
  const check = checks.find(({ reports }) => reports?.includes(condition));
  if (!check) throw new Error(`no check reports that ${condition}`);
  return check;
}

export const checkNames: readonly string[] = checks.map(({ name }) => name);
