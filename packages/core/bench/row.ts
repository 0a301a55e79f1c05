import type { Contestant } from './contestant.ts';
import type { Cell } from './rig.ts';

/** The measurement of one contestant, and whether it meets the demand. */
export interface Figure {
  text: string;
  met: boolean;
}

/** A line of the table. */
export interface Row {
  what: string;
  demand: string;
  measure(cell: Cell): Promise<Figure>;
  /** Whether the contestants must not be measured side by side. */
  isAlone?: boolean;
  /** Returns whether the row applies to a contestant; absent: to all. */
  concerns?(contestant: Contestant): boolean;
}

/** Returns milliseconds, or seconds from ten of them on. */
export function duration(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms).toLocaleString('en')} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
