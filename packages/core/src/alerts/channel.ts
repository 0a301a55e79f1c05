import type { Notice } from './alert.ts';

/** A way to deliver notices to people. A channel is independent of any bot, and a bot of any channel. */
export interface Channel {
  /** Short and without secrets: the name appears in logs, files and /status. */
  readonly name: string;
  /** Where the channel sends, if the service may change that: a chat's number. Without secrets. */
  readonly address?: string;
  /** Returns what people have to change, once the service has changed the address. */
  moved?(): string | undefined;
  /** Shortest pause between two deliveries, in ms; absent: none. */
  readonly minIntervalMs?: number;
  /** How many waiting notices one delivery may carry (a digest); absent: one. */
  readonly digestUpTo?: number;
  /**
   * Whether a program receives every notice and keeps the history. When absent, notices that a later one of
   * the same alert supersedes are dropped.
   */
  readonly keepsEach?: boolean;
  /** Whether the end of an incident is useless to the channel without its beginning. */
  readonly needsBeginning?: boolean;
  /**
   * Returns whether a notice is for this channel; absent: all but news. A channel gets the end of every alert
   * that it was sent, without this call.
   */
  wants?(notice: Notice): boolean;
  /** Returns whether the file of owners lists the channel for a notice; absent: for all. */
  isRouted?(notice: Notice): boolean;
  /**
   * Resolves once the service has accepted all notices.
   * @param signal aborts when the attempt has taken too long
   * @throws DeliveryFailed; any other error counts as a defect, which a retry would not fix
   */
  deliver(notices: readonly Notice[], signal: AbortSignal): Promise<void>;
}
