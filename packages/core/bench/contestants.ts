import type { Contestant } from './contestant.ts';
import { ethersFallback } from './ethersFallback.ts';
import { ours } from './ours.ts';
import { viemFallback, viemRanked } from './viemFallback.ts';

/** The contestants in the order of the table's columns. */
export const contestants: readonly Contestant[] = [ours, ethersFallback, viemFallback, viemRanked];
