import type { Condition, Remembered } from '../../src/alerts/condition.ts';
import { type Circumstances, type Event, step } from '../../src/alerts/lifecycle.ts';
import { usualRules } from '../../src/alerts/rules.ts';
import type { Severity } from '../../src/alerts/severity.ts';

export const minute = 60_000;
export const hour = 60 * minute;

function alert(severity: Severity = 'error'): Remembered {
  return {
    dedupKey: 'b:c:x:-',
    severity,
    bot: 'b',
    check: 'c',
    chain: 'x',
    pool: undefined,
    subject: undefined,
    title: 't',
    message: 'm',
    runbook: 'r',
    owner: 'o',
    version: '1',
    since: 0,
    count: 1,
  };
}

export const failing = (severity?: Severity): Event => ({
  kind: 'failing',
  alert: alert(severity),
  data: () => ({ block: 7 }),
});
export const fine: Event = { kind: 'fine' };
export const time: Event = { kind: 'time' };
export type Told = NonNullable<ReturnType<typeof step>['notice']> & { at: number };

/** One key over time. What was told is kept, each with its moment. */
export function story(rules = usualRules) {
  let condition: Condition | undefined;
  const told: Told[] = [];
  const it = {
    told,
    /** What was told, as `occasion@hours`. */
    get summary() {
      return told.map(({ occasion, at }) => `${occasion}@${Math.round((at / hour) * 100) / 100}`);
    },
    get condition() {
      return condition;
    },
    at(now: number, event: Event, about: Omit<Circumstances, 'now'> = {}) {
      // Kept on disk in between, as it would be by a restart.
      const kept = condition && (JSON.parse(JSON.stringify(condition)) as Condition);
      const next = step(kept, event, { now, ...about }, rules);
      condition = next.condition;
      if (next.notice) told.push({ ...next.notice, at: now });
      return it;
    },
    /** The same every minute of the time given, both ends included. */
    every(from: number, to: number, event: Event, about: Omit<Circumstances, 'now'> = {}) {
      for (let now = from; now <= to; now += minute) it.at(now, event, about);
      return it;
    },
  };
  return it;
}
