import type { Stage } from './stage.ts';
import type { Column } from './table.ts';
import type { Verdict } from './verdict.ts';

/** A part of the demo with a chain and a bot of its own. */
export interface Act {
  readonly title: string;
  readonly steps: readonly Step[];
  /**
   * Returns the events since the last call, for a person to follow; also called while chain and bot stay up.
   */
  news(): Promise<readonly News[]>;
  /** Returns the result, when the steps are over. */
  outcome(): Promise<Outcome>;
  /** Makes the chain go on by itself. @returns lines that say what to do with it and the bot */
  goOn(): Promise<readonly string[]>;
}

/** Sets an act up; nothing runs yet. The stage closes all that the act starts. */
export type OpenAct = (stage: Stage) => Act;

export interface Step {
  readonly title: string;
  /** Does it. @returns what is worth telling of it */
  play(): Promise<string>;
}

export interface News {
  readonly who: string;
  /** Whether it is the bot that did or says this. */
  readonly isBot: boolean;
  readonly text: string;
}

export interface Outcome {
  /** The content of the table. */
  readonly heading: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** Explanations of the table's words. */
  readonly remarks: readonly string[];
  readonly verdicts: readonly Verdict[];
}
