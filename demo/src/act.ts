import type { Stage } from './stage.ts';
import type { Column } from './table.ts';
import type { Verdict } from './verdict.ts';

/** A part of the demo with a chain and a bot of its own. */
export interface Act {
  readonly title: string;
  readonly steps: readonly Step[];
  /** What has come of it since the last call, for people to follow; also called while chain and bot stay up. */
  news(): Promise<readonly News[]>;
  /** What it has come to, when the steps are over. */
  outcome(): Promise<Outcome>;
  /** Makes the chain go on by itself. @returns lines that say what to do with it and the bot */
  goOn(): Promise<readonly string[]>;
}

/** Sets an act up; nothing runs yet. What it starts belongs to the stage, which puts it away. */
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
  /** What the table shows. */
  readonly heading: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** What the table's words mean. */
  readonly remarks: readonly string[];
  readonly verdicts: readonly Verdict[];
}
