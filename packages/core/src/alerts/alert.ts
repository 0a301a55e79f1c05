import type { Plain } from '../logger/index.ts';
import { isAtLeast, type Severity } from './severity.ts';

/** One line of a bot's table of everything it can raise. */
export interface AlertKind {
  /** What it means for operators, in a few words; the same for every occurrence. */
  title: string;
  severity: Severity;
  /** How severe it is at worst and at least, where a check may find it worse or milder than usual. */
  worst?: Severity;
  least?: Severity;
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
  /**
   * What several findings of this check have in common and come from (`vault 0x…`, `RPC endpoints`): all that name the
   * same cause are one alert, which lists them. It tells causes apart, so it holds no numbers that change.
   */
  cause?: string;
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
  /** The cause it shares with other findings of its check, and the key of the alert that lists them all. */
  cause?: string | undefined;
  group?: string | undefined;
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
  /** The findings of a group that it is about, and how bad each was then: a pool that joins later is not among them. */
  members?: Readonly<Record<string, Severity>> | undefined;
  /** The alerts it is about and when each began, by key: what its clock says of the order does not matter then. */
  since?: Readonly<Record<string, number>> | undefined;
  /** When it ends by itself, milliseconds since 1970; absent: with the alert. */
  until?: number | undefined;
  /** The same by the clock of when it was made, where the clock was set since. */
  untilAsMade?: number | undefined;
}

/** Why a notice is sent; `news` is about no alert at all. */
export const occasions = [
  'opened',
  /** A reminder of what was told before. */
  'lasting',
  'escalated',
  /** As bad as people know, and of one more pool than the people who were woken may know of. */
  'joined',
  /** Findings joined or left the group of one cause, without a reason to wake people again. */
  'changed',
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
  /** Counts how often the alert had to wake people anew after it was acknowledged or got worse; absent: 0. */
  episode?: number | undefined;
  /**
   * The deployment's name under which people are told of it, as it was when the notice was written; empty: it had none.
   * Absent in a file of an earlier version: today's.
   */
  environment?: string | undefined;
}

/**
 * Returns the deployment's name that a notice is sent with; undefined: it has none.
 * @param today the deployment's name now, for a notice of an earlier version that does not say
 */
export function deploymentOf({ environment }: Notice, today: string | undefined): string | undefined {
  return (environment ?? today) || undefined;
}

/** Whether a notice is severe enough for a channel; news counts as information. */
export function reaches({ alert }: Notice, minSeverity: Severity): boolean {
  return isAtLeast(alert.severity, minSeverity);
}
