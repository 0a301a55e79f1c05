import type { StoredAlert } from './condition.ts';

/** The texts of an alert. A class that implements them may build them when they are first read. */
export interface AlertTexts {
  readonly cause?: string | undefined;
  readonly message: string;
}

const from = Symbol('texts');

interface Lazy {
  [from]: AlertTexts;
}

// All alerts share these accessors. V8 gives an object with accessors of its own a hidden class and a
// dictionary of its own, which takes five times as long, and 2 KB.
const accessors = {
  cause: {
    enumerable: true,
    configurable: true,
    get(this: Lazy) {
      return this[from].cause;
    },
  },
  message: {
    enumerable: true,
    configurable: true,
    get(this: Lazy) {
      return this[from].message;
    },
  },
};

/**
 * Gives an alert texts that are read from `source` each time. A copy by `...` has them as plain properties.
 */
export function withTexts<T extends Omit<StoredAlert, 'cause' | 'message'>>(
  alert: T,
  source: AlertTexts,
): T & AlertTexts {
  Object.defineProperty(alert, from, { value: source });
  Object.defineProperty(alert, 'cause', accessors.cause);
  return Object.defineProperty(alert, 'message', accessors.message) as T & AlertTexts;
}

/** Returns the source of an alert's texts. */
export function textsOf(alert: StoredAlert): AlertTexts {
  return (alert as StoredAlert & Partial<Lazy>)[from] ?? alert;
}

/**
 * Returns a copy of an alert with other properties, without reading its texts: the texts of an alert which
 * was just found are redacted when they are first read (see `findingOf`).
 * @param texts the texts of the copy, if they differ
 */
export function withChanges<T extends object>(
  alert: StoredAlert,
  changes: T,
  texts = textsOf(alert),
): StoredAlert & T {
  // The copy is a single literal: a copy by `...` takes ten times as long.
  const copy = {
    dedupKey: alert.dedupKey,
    severity: alert.severity,
    bot: alert.bot,
    check: alert.check,
    chain: alert.chain,
    pool: alert.pool,
    subject: alert.subject,
    group: alert.group,
    title: alert.title,
    runbook: alert.runbook,
    owner: alert.owner,
    version: alert.version,
    since: alert.since,
    count: alert.count,
  };
  return withTexts(Object.assign(copy, changes), texts);
}

/** Returns a copy of an alert that holds its texts themselves. A copy by `...` takes twice as much memory. */
export function withItsTexts(alert: StoredAlert): StoredAlert {
  return {
    dedupKey: alert.dedupKey,
    severity: alert.severity,
    bot: alert.bot,
    check: alert.check,
    chain: alert.chain,
    pool: alert.pool,
    subject: alert.subject,
    cause: alert.cause,
    group: alert.group,
    title: alert.title,
    message: alert.message,
    runbook: alert.runbook,
    owner: alert.owner,
    version: alert.version,
    since: alert.since,
    count: alert.count,
  };
}
