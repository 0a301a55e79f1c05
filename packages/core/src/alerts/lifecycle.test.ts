import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Alert, type Decision, type Severity, severities } from './alert.ts';
import {
  type Circumstances,
  type Condition,
  dueAt,
  type Event,
  rulesWith,
  step,
  usualRules,
} from './lifecycle.ts';

const minute = 60_000;
const hour = 60 * minute;

function alert(severity: Severity = 'error'): Alert {
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
    data: { block: 7 },
  };
}

const failing = (severity?: Severity): Event => ({ kind: 'failing', alert: alert(severity) });
const fine: Event = { kind: 'fine' };
const time: Event = { kind: 'time' };
type Told = NonNullable<ReturnType<typeof step>['notice']> & { at: number };

/** One key over time. What was told is kept, each with its moment. */
function story(rules = usualRules) {
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

describe('step', () => {
  it('default: 48 hours are told at 0, 1, 5 and 29 hours, and once when they are over, with duration and count', () => {
    const told = story()
      .every(0, 48 * hour, failing())
      .every(48 * hour + minute, 49 * hour, fine);
    expect(told.summary).toEqual(['opened@0', 'lasting@1', 'lasting@5', 'lasting@29', 'resolved@48.1']);
    expect(told.told.at(-1)?.alert).toMatchObject({ since: 0, count: 48 * 60 + 1 });
    expect(told.told[0]?.alert.data).toEqual({ block: 7 });
  });

  it('behavior: gone for two rounds and five minutes, both', () => {
    const slow = story()
      .at(0, failing())
      .at(minute, fine)
      .at(10 * minute, time);
    expect(slow.summary).toEqual(['opened@0']);
    expect(slow.at(11 * minute, fine).summary.at(-1)).toBe('resolved@0.18');
    const quick = story()
      .at(0, failing())
      .at(1, fine)
      .at(2, fine)
      .at(4 * minute, fine);
    expect(quick.summary).toEqual(['opened@0']);
    expect(quick.at(5 * minute + 1, time).summary.at(-1)).toBe('resolved@0.08');
  });

  it('behavior: found again in between, it was never over', () => {
    const told = story()
      .at(0, failing())
      .every(minute, 5 * minute, fine)
      .at(6 * minute, failing());
    expect(told.every(7 * minute, 11 * minute, fine).summary).toEqual(['opened@0']);
  });

  it('behavior: not looked at, nothing is over, however long it takes; reminders go on', () => {
    const told = story()
      .at(0, failing())
      .at(minute, fine)
      .at(2 * minute, failing());
    expect(told.every(3 * minute, 6 * hour, time).summary).toEqual(['opened@0', 'lasting@1', 'lasting@5']);
  });

  it('behavior: worse is told at once, and reminders start anew', () => {
    const told = story()
      .every(0, 2 * hour, failing('warning'))
      .every(2 * hour + minute, 4 * hour, failing('critical'));
    expect(told.summary).toEqual(['opened@0', 'lasting@1', 'escalated@2.02', 'lasting@3.02']);
    expect(told.told[2]?.alert).toMatchObject({ severity: 'critical', since: 0 });
  });

  it('behavior: better is not told, and up and down every round is not told as worse each time', () => {
    const told = story().at(0, failing('critical'));
    for (let i = 1; i < 60; i += 1) told.at(i * minute, failing(i % 2 ? 'warning' : 'critical'));
    expect(told.summary).toEqual(['opened@0']);
  });

  it('behavior: but worse again after it was better for a while is', () => {
    const told = story()
      .at(0, failing('critical'))
      .every(minute, 7 * minute, failing('warning'));
    expect(told.at(8 * minute, failing('critical')).summary).toEqual(['opened@0', 'escalated@0.13']);
  });

  it('behavior: back after it was over is a new one', () => {
    const told = story()
      .at(0, failing())
      .every(minute, 6 * minute, fine)
      .at(7 * minute, failing());
    expect(told.told.map(({ occasion }) => occasion)).toEqual(['opened', 'resolved', 'opened']);
    expect(told.told.at(-1)?.alert).toMatchObject({ since: 7 * minute, count: 1 });
  });

  it('behavior: three beginnings within an hour are one flapping alert, over after an hour of quiet', () => {
    const told = story();
    for (let i = 0; i < 6; i += 1)
      told.at(i * 10 * minute, failing()).every((i * 10 + 1) * minute, (i * 10 + 9) * minute, fine);
    expect(told.told.map(({ occasion }) => occasion)).toEqual([
      'opened',
      'resolved',
      'opened',
      'resolved',
      'flapping',
    ]);
    told.every(hour, 2 * hour, fine);
    expect(told.summary.at(-1)).toBe('resolved@1.85');
    // The hour is over: the next is an ordinary one.
    expect(told.at(3 * hour, failing()).summary.at(-1)).toBe('opened@3');
  });

  it('behavior: nothing is remembered of what was over an hour ago', () => {
    const told = story()
      .at(0, failing())
      .every(minute, 6 * minute, fine);
    expect(told.condition).toBeDefined();
    expect(told.at(hour, time).condition).toBeUndefined();
  });

  it('behavior: what nobody will look at any more ends at once, and says why', () => {
    const told = story().at(0, failing()).at(1, { kind: 'ended', why: 'the pool is gone' });
    expect(told.told.at(-1)).toMatchObject({ occasion: 'resolved', ending: 'the pool is gone' });
  });

  it('behavior: what happens rather than lasts ends when it has not happened for long enough', () => {
    const about = { quietMs: 24 * hour };
    const told = story()
      .at(0, failing(), about)
      .at(3 * hour, failing(), about)
      .every(4 * hour, 26 * hour, time, about);
    expect(told.summary.at(-1)).toBe('lasting@7');
    told.at(27 * hour, time, about);
    expect(told.told.at(-1)).toMatchObject({
      occasion: 'resolved',
      ending: 'it has not happened again for 24 h',
    });
  });

  it('behavior: a clock that was set back puts off neither reminders nor the end', () => {
    const told = story()
      .every(10 * hour, 11 * hour, failing())
      .every(0, 4 * hour, failing());
    expect(told.summary).toEqual(['opened@10', 'lasting@11', 'lasting@4']);
    told.at(30 * hour, fine).every(5 * hour, 6 * hour, fine);
    expect(told.summary.at(-1)).toBe('resolved@5.08');
  });

  it('behavior: with no patience, two rounds are enough', () => {
    const told = story(rulesWith(0)).at(0, failing()).at(1, fine);
    expect(told.summary).toEqual(['opened@0']);
    expect(told.at(1, fine).told.at(-1)?.occasion).toBe('resolved');
  });
});

describe('what a person decides', () => {
  const ack: Decision = { kind: 'ack', by: 'ann', why: 'on it', at: 30 * minute, severity: 'warning' };
  const mute: Decision = { ...ack, kind: 'mute', until: 4 * hour };

  it('ack: is told once; no reminders; who took care is told with the end', () => {
    const told = story()
      .at(0, failing('warning'))
      .every(hour, 30 * hour, failing('warning'), { decision: ack });
    told.every(30 * hour, 31 * hour, fine, { decision: ack });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'resolved@30.08']);
    expect(told.told.at(-1)?.decision).toEqual(ack);
  });

  it('ack: who heard how bad it was hears of it, though it is less bad by now', () => {
    const calm = { decision: { ...ack, at: 2 * hour } };
    const told = story().at(0, failing('critical'));
    told.every(5 * minute, 50 * minute, failing('warning')).at(2 * hour, time, calm);
    expect(told.told.at(-1)).toMatchObject({
      occasion: 'acknowledged',
      alert: { severity: 'critical' },
      decision: { by: 'ann' },
    });
  });

  it('ack: worse is told all the same, and reminded of', () => {
    const told = story().at(0, failing('warning')).at(hour, failing('error'), { decision: ack });
    told.every(hour, 3 * hour, failing('error'), { decision: ack });
    expect(told.summary).toEqual(['opened@0', 'escalated@1', 'lasting@2']);
  });

  it('ack: does not hold for the next time', () => {
    const told = story()
      .at(0, failing('warning'))
      .every(hour, 2 * hour, fine, { decision: ack });
    told.every(3 * hour, 4 * hour, failing('warning'), { decision: ack });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'resolved@1.08', 'opened@3', 'lasting@4']);
  });

  it('mute: nothing until it expires, and then what is due', () => {
    const told = story().every(0, 6 * hour, failing('warning'), { decision: mute });
    expect(told.summary).toEqual(['opened@4', 'lasting@5']);
  });

  it('mute: what began and ended under it is never told', () => {
    const told = story().every(0, hour, failing('warning'), { decision: mute });
    expect(told.every(hour, 5 * hour, fine, { decision: mute }).summary).toEqual([]);
  });

  it('mute: the end of what had been told is told', () => {
    const told = story()
      .at(0, failing('warning'))
      .every(hour, 2 * hour, fine, { decision: mute });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'resolved@1.08']);
  });

  it('mute: gives way to what has become critical since, to nothing less', () => {
    const told = story().at(0, failing('warning'));
    told.every(hour, 2 * hour, failing('error'), { decision: mute });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1']);
    told.every(2 * hour, 3 * hour, failing('critical'), { decision: mute });
    expect(told.summary).toEqual(['opened@0', 'acknowledged@1', 'escalated@2', 'lasting@3']);
  });

  it('mute: of something critical is silent', () => {
    const decision: Decision = { ...mute, severity: 'critical' };
    expect(story().every(hour, 3 * hour, failing('critical'), { decision }).summary).toEqual([]);
  });
});

describe('properties', () => {
  const event = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...severities).map(severity => failing(severity)) },
    { weight: 5, arbitrary: fc.constant(fine) },
    { weight: 2, arbitrary: fc.constant(time) },
    { weight: 1, arbitrary: fc.constant<Event>({ kind: 'ended', why: 'gone' }) },
  );
  const history = fc.array(fc.record({ event, pauseMs: fc.integer({ min: 0, max: 3 * hour }) }), {
    maxLength: 80,
  });
  const decision = fc.option(
    fc.record({
      kind: fc.constantFrom('ack', 'mute'),
      by: fc.constant('ann'),
      why: fc.constant('x'),
      at: fc.integer({ min: 0, max: 20 * hour }),
      until: fc.integer({ min: 0, max: 60 * hour }),
      severity: fc.option(fc.constantFrom(...severities), { nil: undefined }),
    }),
    { nil: undefined },
  ) as fc.Arbitrary<Decision | undefined>;

  it('each incident is told from its beginning, by ever worse, to its one end', () => {
    fc.assert(
      fc.property(history, decision, (steps, decided) => {
        const told = story();
        let now = 0;
        for (const { event: each, pauseMs } of steps) {
          now += pauseMs;
          told.at(now, each, { decision: decided });
        }
        let open: Told | undefined;
        for (const notice of told.told) {
          const isFirst = notice.occasion === 'opened' || notice.occasion === 'flapping';
          expect(isFirst).toBe(open === undefined);
          if (open) {
            expect(notice.alert.since).toBe(open.alert.since);
            expect(notice.alert.count).toBeGreaterThanOrEqual(open.alert.count);
          }
          open = notice.occasion === 'resolved' ? undefined : notice;
        }
        if (open) expect(told.condition?.incident).toBeDefined();
      }),
    );
  });

  it('nothing is resolved but after two looks and five minutes without it', () => {
    fc.assert(
      fc.property(history, steps => {
        const told = story();
        let now = 0;
        let looks: number[] = [];
        for (const { event: each, pauseMs } of steps) {
          now += pauseMs;
          if (each.kind === 'fine') looks.push(now);
          if (each.kind === 'failing') looks = [];
          const before = told.told.length;
          told.at(now, each);
          const last = told.told.at(-1);
          if (told.told.length === before || last?.occasion !== 'resolved' || last.ending) continue;
          expect(looks.length).toBeGreaterThanOrEqual(2);
          expect(now - (looks[0] ?? now)).toBeGreaterThanOrEqual(5 * minute);
        }
      }),
    );
  });

  it('while it lasts unchanged, n looks are told no more often than time allows, wherever it was restarted', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 * hour }), { maxLength: 100 }), pauses => {
        const told = story().at(0, failing());
        let now = 0;
        for (const pauseMs of pauses) {
          now += pauseMs;
          told.at(now, failing());
        }
        const gaps = told.told.slice(1).map(({ at }, i) => at - (told.told[i]?.at ?? 0));
        for (const [i, gap] of gaps.entries())
          expect(gap).toBeGreaterThanOrEqual([hour, 4 * hour][i] ?? 24 * hour);
      }),
    );
  });

  it('before it is due, time changes nothing; when it is due, time does', () => {
    fc.assert(
      fc.property(history, decision, fc.double({ min: 0, max: 1, noNaN: true }), (steps, decided, part) => {
        const about = { decision: decided };
        const told = story();
        let now = 0;
        for (const { event: each, pauseMs } of steps) {
          now += pauseMs;
          told.at(now, each, about);
        }
        if (!told.condition) return;
        const at = (when: number) => step(told.condition, time, { now: when, ...about }, usualRules);
        const due = dueAt(told.condition, about, usualRules);
        const horizon = Math.min(due, now + 100 * hour);
        const early = at(Math.max(now, Math.min(now + Math.floor((horizon - now) * part), due - 1)));
        if (due > now)
          expect([early.notice, early.condition?.incident]).toEqual([undefined, told.condition.incident]);
        if (due === Infinity) return;
        const { condition } = at(Math.max(due, now));
        if (condition) expect(dueAt(condition, about, usualRules)).toBeGreaterThan(Math.max(due, now));
      }),
    );
  });

  it('what it is given is left as it was', () => {
    const given = Object.freeze(story().at(0, failing()).condition) as Condition;
    const copy = JSON.stringify(given);
    step(given, fine, { now: hour }, usualRules);
    step(given, failing('critical'), { now: hour }, usualRules);
    expect(JSON.stringify(given)).toBe(copy);
  });
});
