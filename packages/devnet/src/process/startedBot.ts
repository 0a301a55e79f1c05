import type { ClockMessage } from './onVirtualClock.ts';

/** How a bot ended: one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A bot that runs, as a process (`startBotProcess`) or as a container (`startBotContainer`). */
export interface StartedBot {
  /** The process that was started for it: the bot itself, or the client of its container. */
  readonly pid: number;
  /** The process of a bot in a container, as this machine numbers it; undefined until it runs. */
  readonly nodePid?: number | undefined;
  /** Its whole output so far, standard output and error together. */
  readonly output: string;
  readonly exited: Promise<Exit>;
  /**
   * Sets its virtual clock; resolves once the bot has applied it. An empty message shows that its event loop is
   * free. Never resolves when the bot ends first or was not started with `anchor`.
   */
  setClock(change: Omit<ClockMessage, 'id'>): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}
