import type { FaultKind, Impossible, RecordOf } from '../history/index.ts';
import type { World } from '../world/World.ts';

export type Parameters = Record<string, string | number | boolean>;

/** Random choices of the plan; a seed repeats them. */
export interface Draw {
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
  chance(probability: number): boolean;
}

/** The description of a fault in the history. */
export interface Described {
  readonly kind: FaultKind;
  readonly target: RecordOf<'fault-began'>['target'];
  readonly makesImpossible: Impossible[];
}

/** A kind of fault that a campaign can inject. */
export interface FaultSpec {
  /** Among all specs; the plan and the report name it. */
  readonly name: string;
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** Shortest and longest duration in seconds; absent for a fault without one. */
  readonly lasts?: readonly [number, number];
  /** Two faults of one group never overlap on the same target. */
  readonly group: string;
  /**
   * What it takes: a disk for each bot's state, which only some users may mount and which a container does not
   * see become read-only, or an older version of the bots (`OLDER`).
   */
  readonly needs?: 'disks' | 'readOnlyDisks' | 'older';
  /** Chooses target and parameters. They are all that `begin` depends on. */
  draw(draw: Draw): Parameters;
  describe(parameters: Parameters, world: World): Described;
  /**
   * Injects it. @returns a function that ends it and resolves when everything is as before; for a fault without
   * a duration, the function is called at once.
   */
  begin(parameters: Parameters, world: World): Promise<() => Promise<void>>;
}

/** A fault of a plan. Times are seconds of the campaign. */
export interface PlannedFault {
  readonly id: string;
  readonly spec: string;
  readonly atSeconds: number;
  readonly lastsSeconds: number;
  readonly parameters: Parameters;
}

/** The end of a fault that has nothing to undo. */
export const nothingToEnd = async (): Promise<void> => undefined;
