import type { Contestant } from './contestant.ts';
import type { Cell } from './rig.ts';

/** What was measured of one contestant, and whether it is what is demanded. */
export interface Figure {
  text: string;
  met: boolean;
}

/** One line of the table. */
export interface Row {
  what: string;
  demand: string;
  measure(cell: Cell): Promise<Figure>;
  /** Whether the contestants must not be measured side by side. */
  isAlone?: boolean;
  /** Whether the question makes sense for a contestant; without it, for all. */
  concerns?(contestant: Contestant): boolean;
}

/** Milliseconds, or seconds from ten of them on. */
export function duration(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms).toLocaleString('en')} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
