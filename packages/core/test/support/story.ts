import { type Circumstances, type Event, step } from '../../src/alerts/lifecycle/lifecycle.ts';
import type { Severity } from '../../src/alerts/model/alert.ts';
import type { Condition, StoredAlert } from '../../src/alerts/model/condition.ts';
import { usualRules } from '../../src/alerts/model/rules.ts';

export const minute = 60_000;
export const hour = 60 * minute;

function alert(severity: Severity = 'error'): StoredAlert {
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

type About = Omit<Circumstances, 'now' | 'rules'>;

/** The life of one key over time. Every notice is kept with its time. */
export function story(rules = usualRules) {
  let condition: Condition | undefined;
  const told: Told[] = [];
  const it = {
    told,
    /** The notices, as `occasion@hours`. */
    get summary() {
      return told.map(({ occasion, at }) => `${occasion}@${Math.round((at / hour) * 100) / 100}`);
    },
    get condition() {
      return condition;
    },
    at(now: number, event: Event, about: About = {}) {
      // The condition is kept as JSON in between, as a restart would keep it.
      const kept = condition && (JSON.parse(JSON.stringify(condition)) as Condition);
      const next = step(kept, event, { now, rules, ...about });
      condition = next.condition;
      if (next.notice) told.push({ ...next.notice, at: now });
      return it;
    },
    /** Repeats the event every minute of the given time, both ends included. */
    every(from: number, to: number, event: Event, about: About = {}) {
      for (let now = from; now <= to; now += minute) it.at(now, event, about);
      return it;
    },
  };
  return it;
}
