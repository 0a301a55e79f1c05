import { baseBalance } from './baseBalance.ts';
import type { Check } from './Check.ts';
import { checkpointExists } from './checkpointExists.ts';
import { ethBalance } from './ethBalance.ts';
import { lpSharePriceCheck } from './lpSharePrice.ts';
import { minimumShareReserves } from './minimumShareReserves.ts';
import { negativeInterest } from './negativeInterest.ts';
import { poolAnswers } from './poolAnswers.ts';
import { presentValueCheck } from './presentValue.ts';
import { priceSpike } from './priceSpike.ts';
import { solvency } from './solvency.ts';
import { totalShares } from './totalShares.ts';
import { vaultAnswers } from './vaultAnswers.ts';

/** All invariants of a pool. A new check is a file and a line here. */
export const checks: readonly Check[] = [
  solvency,
  totalShares,
  minimumShareReserves,
  presentValueCheck,
  lpSharePriceCheck,
  negativeInterest,
  priceSpike,
  checkpointExists,
  ethBalance,
  baseBalance,
  vaultAnswers,
  poolAnswers,
];

export type { Check, CloserLook, Headroom, Result, View } from './Check.ts';
export const checkNames: readonly string[] = checks.map(({ name }) => name);
