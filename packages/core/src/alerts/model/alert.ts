import type { Plain } from '../../logger/index.ts';

/** The properties of one kind of alert, in a bot's table. */
export interface AlertKind {
  /** The meaning for operators in a few words, the same for every occurrence. */
  title: string;
  severity: Severity;
  /** The highest and lowest severity, where a check may find the condition worse or milder than usual. */
  worst?: Severity;
  least?: Severity;
  /** The page under docs/runbooks, without the ending. */
  runbook: string;
  /**
   * For alerts about events, which no check can find to be over: the alert is resolved after this many hours
   * without another event.
   */
  quietHours?: number;
}

/** Every alert that a bot can raise, by check. */
export type AlertTable = Readonly<Record<string, AlertKind>>;

/** The result of a check. */
export type Outcome =
  | {
      failing: false;
      /**
       * Why the object is no longer observed (it is muted, for example): its alert is resolved at once, for
       * that reason.
       */
      ended?: string;
    }
  | {
      failing: true;
      /** The severity, where it differs from the table's. */
      severity?: Severity;
      message: string;
      data?: Record<string, unknown>;
    };

/**
 * The result of a check that ran. A check that could not run is not observed: it neither raises nor resolves
 * any alert under its own name.
 */
export type Observation = Outcome & {
  check: string;
  /** Address of the pool concerned; absent when the observation is about the bot as a whole. */
  pool?: string;
  /** The further object of the observation, where one check looks at several (an endpoint, by its host). */
  subject?: string;
  /**
   * The common cause of several findings of this check (`vault 0x…`, `RPC endpoints`): all findings with the
   * same cause are one alert, which lists them. It distinguishes causes, so it must not hold numbers that
   * change.
   */
  cause?: string;
};

/** A condition that people are notified of. Everything in it is plain data and free of secrets. */
export interface Alert {
  /** `bot:check:chain:pool:subject`: the same condition has the same key. */
  dedupKey: string;
  severity: Severity;
  bot: string;
  check: string;
  chain: string;
  pool: string | undefined;
  subject: string | undefined;
  /**
   * The cause that it shares with other findings of its check, and the key of the alert that lists them all.
   */
  cause?: string | undefined;
  group?: string | undefined;
  title: string;
  message: string;
  /** The URL of the runbook page. */
  runbook: string;
  owner: string;
  /** The version of the code that raised it. */
  version: string;
  /** When the condition was first seen, in ms since 1970. */
  since: number;
  /** How often the condition was seen since then. */
  count: number;
  /** At most 16 KB as JSON. */
  data: Readonly<Record<string, Plain>>;
}

/** An acknowledgement or a mute of an alert from the command line. */
export interface Acknowledgement {
  kind: 'ack' | 'mute';
  by: string;
  why: string;
  /** Milliseconds since 1970. */
  at: number;
  /** The severity of the alert at that time; absent when it was not open. */
  severity?: Severity | undefined;
  /**
   * The findings of a group that the decision covers, with the severity of each at that time. A pool that
   * joins later is not covered.
   */
  members?: Readonly<Record<string, Severity>> | undefined;
  /**
   * The alerts that the decision covers and when each began, by key. With them the order of the clock's times
   * does not matter.
   */
  since?: Readonly<Record<string, number>> | undefined;
  /** When the decision expires, in ms since 1970; absent when it ends with the alert. */
  until?: number | undefined;
  /** The same time on the clock of when the decision was made, if the clock was set since. */
  untilAsMade?: number | undefined;
}

/** Why a notice is sent; `news` is about no alert at all. */
export const occasions = [
  'opened',
  /** A reminder of an alert that was raised before. */
  'lasting',
  'escalated',
  /**
   * A further pool at a severity that was already reported. The people who were paged may not know of this
   * pool.
   */
  'joined',
  /** Findings joined or left the group of one cause, without a reason to page people again. */
  'changed',
  'flapping',
  /** A person has acknowledged or muted the alert. */
  'acknowledged',
  'resolved',
  'news',
] as const;
/** The reason for which a notice is sent. */
export type Occasion = (typeof occasions)[number];

/** News that needs no action by a person. It is sent once and never resolved. */
export interface News {
  /** The kind of news, in the form of a check's name: `round-committed`. */
  check: string;
  /** A title in a few words, the same for all news of the kind. */
  title: string;
  message: string;
  pool?: string;
  /** The entries have a line each, in this order. */
  data?: Record<string, unknown>;
}

/** A message to people. */
export interface Notice {
  /** Stays the same when the notice is delivered a second time, which a crash can cause. */
  id: string;
  occasion: Occasion;
  /**
   * When the notice was written, in ms since 1970. A resolved condition lasted from `alert.since` to this
   * time.
   */
  at: number;
  alert: Alert;
  /** The acknowledgement or mute of the alert, if there is one. */
  decision?: Acknowledgement | undefined;
  /** Why the alert ended, unless the check found the condition gone. */
  ending?: string | undefined;
  /** How often the alert had to page people anew after it was acknowledged or got worse. @default 0 */
  episode?: number | undefined;
  /**
   * The deployment's name at the time the notice was written; empty when it had none. Absent in a file of an
   * earlier version, which means the present name.
   */
  environment?: string | undefined;
}

/**
 * Returns the deployment's name that a notice is sent with; undefined when it has none.
 * @param today the deployment's present name, for a notice of an earlier version without one
 */
export function deploymentOf({ environment }: Notice, today: string | undefined): string | undefined {
  return (environment ?? today) || undefined;
}

/** Returns whether a notice is severe enough for a channel; news counts as information. */
export function reaches({ alert }: Notice, minSeverity: Severity): boolean {
  return isAtLeast(alert.severity, minSeverity);
}

/** The urgency for people: info needs no action, warning needs it today, error soon, critical now. */
export const severities = ['info', 'warning', 'error', 'critical'] as const;
/** The severity of a condition; docs/runbooks/index.md defines each. */
export type Severity = (typeof severities)[number];

/** Returns the rank of a severity; a higher rank is worse. */
export function rank(severity: Severity): number {
  return severities.indexOf(severity);
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return rank(severity) >= rank(least);
}

/** Returns the more severe of two; the right one where they are equal. */
export function worse(left: Severity, right: Severity): Severity {
  return rank(left) > rank(right) ? left : right;
}
