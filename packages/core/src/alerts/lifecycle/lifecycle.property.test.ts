import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { failing, fine, hour, minute, story, type Told, time } from '../../../test/support/story.ts';
import { type Acknowledgement, severities } from '../model/alert.ts';
import type { Condition } from '../model/condition.ts';
import { usualRules } from '../model/rules.ts';
import { dueAt, type Event, step } from './lifecycle.ts';

describe('lifecycle, in random histories', () => {
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
  ) as fc.Arbitrary<Acknowledgement | undefined>;

  it('reports each incident from its beginning, with rising severity, to its one end', () => {
    fc.assert(
      fc.property(history, decision, (steps, acknowledgements) => {
        const told = story();
        let now = 0;
        for (const { event: each, pauseMs } of steps) {
          now += pauseMs;
          told.at(now, each, { decision: acknowledgements });
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

  it('resolves only after two rounds and five minutes without the finding', () => {
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

  it('reports an unchanged condition no more often than the time allows, over any restarts', () => {
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

  it('changes nothing before the due time, and something at it', () => {
    fc.assert(
      fc.property(
        history,
        decision,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (steps, acknowledgements, part) => {
          const about = { decision: acknowledgements };
          const told = story();
          let now = 0;
          for (const { event: each, pauseMs } of steps) {
            now += pauseMs;
            told.at(now, each, about);
          }
          if (!told.condition) return;
          const at = (when: number) => step(told.condition, time, { now: when, rules: usualRules, ...about });
          const due = dueAt(told.condition, { rules: usualRules, ...about });
          const horizon = Math.min(due, now + 100 * hour);
          const early = at(Math.max(now, Math.min(now + Math.floor((horizon - now) * part), due - 1)));
          if (due > now)
            expect([early.notice, early.condition?.incident]).toEqual([undefined, told.condition.incident]);
          if (due === Infinity) return;
          const { condition } = at(Math.max(due, now));
          if (condition)
            expect(dueAt(condition, { rules: usualRules, ...about })).toBeGreaterThan(Math.max(due, now));
        },
      ),
    );
  });

  it('does not change its arguments', () => {
    const given = Object.freeze(story().at(0, failing()).condition) as Condition;
    const copy = JSON.stringify(given);
    step(given, fine, { now: hour, rules: usualRules });
    step(given, failing('critical'), { now: hour, rules: usualRules });
    expect(JSON.stringify(given)).toBe(copy);
  });
});
