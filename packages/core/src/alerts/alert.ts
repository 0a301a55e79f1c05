/** Who gets up: info nobody, warning somebody today, error somebody soon, critical somebody now. */
export const severities = ['info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** One line of a bot's table of everything it can raise. */
export interface AlertKind {
  /** What it means for operators, in a few words; the same for every occurrence. */
  title: string;
  severity: Severity;
  /** Page under docs/runbooks, without the ending. */
  runbook: string;
}

/** Every alert a bot can raise, by check. */
export type AlertTable = Readonly<Record<string, AlertKind>>;

/** What a check found. */
export type Outcome =
  | { failing: false }
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

/** What reaches a person. */
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
  data: Record<string, unknown>;
}

/** Why an alert is sent. */
export type Occasion = 'opened' | 'escalated' | 'resolved';

export interface Notice {
  occasion: Occasion;
  alert: Alert;
}

/** A way to reach people. It knows no bot, and no bot knows it. */
export interface Channel {
  readonly name: string;
  /** Resolves once the service has taken the notice. @throws when it did not */
  deliver(notice: Notice): Promise<void>;
}
