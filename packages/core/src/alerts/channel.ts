import type { Notice } from './alert.ts';

/** A way to reach people. It knows no bot, and no bot knows it. */
export interface Channel {
  /** Short and without secrets: it stands in logs, files and /status. */
  readonly name: string;
  /** Where it sends, where the service may give that another name: a chat's number. Without secrets. */
  readonly address?: string;
  /** For people, once the address has another name: what to change. */
  moved?(): string | undefined;
  /** Shortest pause between two deliveries; absent: none. */
  readonly minIntervalMs?: number;
  /** How many notices one delivery may carry when they pile up (a digest); absent: one. */
  readonly digestUpTo?: number;
  /** Every notice is for a program that keeps the story; absent: what a later one of the same alert supersedes is dropped. */
  readonly keepsEach?: boolean;
  /** The end of an incident means nothing to it where it never got the beginning. */
  readonly needsBeginning?: boolean;
  /** Which notices are for it; absent: all but news. What it was told of once it is told the end of, without being asked. */
  wants?(notice: Notice): boolean;
  /** Whether the owners list it for a notice; absent: for all. */
  isRouted?(notice: Notice): boolean;
  /**
   * Resolves once the service has taken all of them.
   * @param signal aborts when the attempt has taken too long
   * @throws DeliveryFailed; any other error counts as a defect, and trying again would not help
   */
  deliver(notices: readonly Notice[], signal: AbortSignal): Promise<void>;
}
