import type { Plain } from '../logger/index.ts';
import { isAtLeast, type Severity } from './severity.ts';

/** One line of a bot's table of everything it can raise. */
export interface AlertKind {
  /** What it means for operators, in a few words; the same for every occurrence. */
  title: string;
  severity: Severity;
  /** How severe it is at worst, where a check may find it worse than usual. */
  worst?: Severity;
  /** Page under docs/runbooks, without the ending. */
  runbook: string;
  /**
   * For what happens rather than lasts, and so is never found to be over: it ends when it has not happened again for
   * so many hours.
   */
  quietHours?: number;
}

/** Every alert a bot can raise, by check. */
export type AlertTable = Readonly<Record<string, AlertKind>>;

/** What a check found. */
export type Outcome =
  | {
      failing: false;
      /** Why nobody looks at it any more (it is muted, say): what was told of it is over, at once and for that reason. */
      ended?: string;
    }
  | {
      failing: true;
      /** Where it differs from the table's. */
      severity?: Severity;
      message: string;
      data?: Record<string, unknown>;
    };

/**
 * A check that ran. A check that could not run is simply not observed: it neither raises nor resolves anything
 * under its own name.
 */
export type Observation = Outcome & {
  check: string;
  /** Address of the pool concerned; absent when it is about the bot as a whole. */
  pool?: string;
  /** What else it is about, where one check looks at several things (an endpoint, by its host). */
  subject?: string;
};

/** A condition that people hear of. Everything in it is plain data and free of secrets. */
export interface Alert {
  /** `bot:check:chain:pool:subject`: the same condition has the same key. */
  dedupKey: string;
  severity: Severity;
  bot: string;
  check: string;
  chain: string;
  pool: string | undefined;
  subject: string | undefined;
  title: string;
  message: string;
  /** URL of the page that says what to do. */
  runbook: string;
  owner: string;
  /** Version of the code that raised it. */
  version: string;
  /** When the condition was first seen, milliseconds since 1970. */
  since: number;
  /** How often it was seen since then. */
  count: number;
  /** At most 16 KB as JSON. */
  data: Readonly<Record<string, Plain>>;
}

/** What a person decided about an alert from the command line. */
export interface Decision {
  kind: 'ack' | 'mute';
  by: string;
  why: string;
  /** Milliseconds since 1970. */
  at: number;
  /** How bad it was then; absent when it was not open. */
  severity?: Severity | undefined;
  /** When it ends by itself, milliseconds since 1970; absent: with the alert. */
  until?: number | undefined;
}

/** Why a notice is sent; `news` is about no alert at all. */
export const occasions = [
  'opened',
  /** A reminder of what was told before. */
  'lasting',
  'escalated',
  'flapping',
  /** A person takes care of it, or wants to hear no more of it. */
  'acknowledged',
  'resolved',
  'news',
] as const;
export type Occasion = (typeof occasions)[number];

/** Something worth telling people that nobody has to act on. It is told once: there is nothing to resolve. */
export interface News {
  /** What kind of news, in the form of a check's name: `round-committed`. */
  check: string;
  /** In a few words, the same for all news of the kind. */
  title: string;
  message: string;
  pool?: string;
  /** A line for each, in this order. */
  data?: Record<string, unknown>;
}

/** One message to people. */
export interface Notice {
  /** The same when the notice is delivered a second time, which a crash can cause. */
  id: string;
  occasion: Occasion;
  /** When it was written, milliseconds since 1970. A resolved condition lasted from `alert.since` to here. */
  at: number;
  alert: Alert;
  /** Who took care of it, where somebody did. */
  decision?: Decision | undefined;
  /** Why it ended, where it is not that the check found it gone. */
  ending?: string | undefined;
}

/** Whether a notice is severe enough for a channel; news counts as information. */
export function reaches({ alert }: Notice, minSeverity: Severity): boolean {
  return isAtLeast(alert.severity, minSeverity);
}
