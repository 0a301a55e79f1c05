import type { Stage } from './stage.ts';
import type { Column } from './table.ts';
import type { Verdict } from './verdict.ts';

/** A part of the demo with a separate chain and bot. */
export interface Act {
  readonly title: string;
  readonly steps: readonly Step[];
  /**
   * Returns the events since the last call, for a person to follow; also called while chain and bot stay up.
   */
  news(): Promise<readonly News[]>;
  /** Returns the result, when the steps are over. */
  outcome(): Promise<ActResult>;
  /** Lets the chain produce blocks by itself. @returns lines that explain how to use it and the bot */
  goOn(): Promise<readonly string[]>;
}

/** Sets an act up; nothing runs yet. The stage closes all that the act starts. */
export type OpenAct = (stage: Stage) => Act;

export interface Step {
  readonly title: string;
  /** Runs the step. @returns its noteworthy result */
  play(): Promise<string>;
}

export interface News {
  readonly who: string;
  /** Whether the bot is the source of this action or message. */
  readonly isBot: boolean;
  readonly text: string;
}

export interface ActResult {
  /** The content of the table. */
  readonly heading: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** Explanations of the table's words. */
  readonly remarks: readonly string[];
  readonly verdicts: readonly Verdict[];
}
