import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { minute } from '../../../test/support/story.ts';
import { type Acknowledgement, rank, type Severity, severities } from '../model/alert.ts';
import type { Condition, StoredAlert } from '../model/condition.ts';
import { usualRules } from '../model/rules.ts';
import { acknowledgementOf, type Member, severityOf } from './group.ts';
import { type GroupStep, stepGroup } from './groupLifecycle.ts';

const key = 'b:c:x:-:cause';

/** A finding in the state that its own life cycle leaves. */
function member(number: number, severity: Severity, since: number): Member {
  const alert: StoredAlert = {
    dedupKey: `b:c:x:${number}`,
    severity,
    bot: 'b',
    check: 'c',
    chain: 'x',
    pool: `${number}`,
    subject: undefined,
    cause: 'cause',
    group: key,
    title: 't',
    message: `m${number}`,
    runbook: 'r',
    owner: 'o',
    version: '1',
    since,
    count: 1,
  };
  const told = { at: since, severity, worst: severity, times: 1 };
  return { key: alert.dedupKey, incident: { alert, lastSeenAt: since, told, isFlapping: false } };
}

/** A step of a history: pools begin to fail, change their severity or hold; a person decides; time passes. */
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('fails' as const),
      number: fc.integer({ min: 1, max: 5 }),
      severity: fc.constantFrom(...severities),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('holds' as const), number: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('decides' as const),
      what: fc.constantFrom('ack' as const, 'mute' as const),
      forMs: fc.integer({ min: 1, max: 200 * minute }),
      alone: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('waits' as const) }) },
);
type Step = typeof event extends fc.Arbitrary<infer T> ? T : never;
const history = fc.array(fc.record({ event, pauseMs: fc.integer({ min: 0, max: 20 * minute }) }), {
  maxLength: 60,
});

/** Plays a history; the passing of time alone is processed when the previous step asked for it. */
function played(steps: readonly { event: Step; pauseMs: number }[]) {
  const members = new Map<number, Member>();
  const own = new Map<number, Acknowledgement>();
  let ofGroup: Acknowledgement | undefined;
  let condition: Condition | undefined;
  let last: GroupStep = { condition: undefined, dueAt: Infinity };
  const log: { at: number; members: Member[]; decision: Acknowledgement | undefined; step: GroupStep }[] = [];
  let now = 0;
  const look = () => {
    const all = [...members].map(([number, one]) => ({ ...one, decision: own.get(number) }));
    // The condition is kept as JSON in between, as a restart would keep it.
    const kept = condition && (JSON.parse(JSON.stringify(condition)) as Condition);
    last = stepGroup({ key, before: kept, members: all }, { now, decision: ofGroup }, usualRules);
    condition = last.condition;
    log.push({ at: now, members: all, decision: ofGroup, step: last });
  };
  for (const { event: each, pauseMs } of steps) {
    const until = now + pauseMs;
    for (let looks = 0; last.dueAt <= until; looks += 1) {
      expect(looks).toBeLessThan(1_000);
      now = Math.max(now, last.dueAt);
      look();
    }
    now = until;
    if (each.kind === 'fails') {
      const since = members.get(each.number)?.incident.alert.since ?? now;
      members.set(each.number, member(each.number, each.severity, since));
    } else if (each.kind === 'holds') members.delete(each.number);
    else if (each.kind === 'decides') {
      const one: Acknowledgement = { kind: each.what, by: 'ann', why: 'x', at: now, until: now + each.forMs };
      const target = each.alone === undefined ? undefined : members.get(each.alone);
      if (target && each.alone !== undefined) own.set(each.alone, { ...one, severity: severityOf(target) });
      else if (members.size > 0)
        ofGroup = {
          ...one,
          members: Object.fromEntries([...members.values()].map(each => [each.key, severityOf(each)])),
        };
    }
    look();
  }
  return log;
}

describe('a group of findings, in random histories', () => {
  it('reports a finding that got worse under a mute when the mute ends, even if a milder one was reported meanwhile', () => {
    const fails = (number: number, severity: Severity) => ({ kind: 'fails' as const, number, severity });
    const log = played([
      { event: fails(3, 'info'), pauseMs: 0 },
      { event: { kind: 'decides', what: 'mute', forMs: 1, alone: undefined }, pauseMs: 0 },
      { event: fails(3, 'error'), pauseMs: 0 },
      { event: fails(1, 'info'), pauseMs: 0 },
      { event: { kind: 'waits' }, pauseMs: 1 },
    ]);
    const told = log.flatMap(({ step: { notice } }) => notice ?? []);
    expect(told.map(({ occasion, alert }) => `${occasion} ${alert.severity}`)).toEqual([
      'opened info',
      'acknowledged info',
      'joined info',
      'escalated error',
    ]);
  });

  it('is reported from its beginning to its one end', () => {
    fc.assert(
      fc.property(history, steps => {
        let isOpen = false;
        for (const { members, step } of played(steps)) {
          expect(step.condition === undefined).toBe(members.length === 0);
          const { notice } = step;
          if (!notice) {
            if (members.length === 0) expect(isOpen).toBe(false);
            continue;
          }
          expect(notice.occasion === 'opened').toBe(!isOpen);
          expect(notice.alert.dedupKey).toBe(key);
          isOpen = notice.occasion !== 'resolved';
          if (notice.occasion === 'resolved') expect(members).toEqual([]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('reports each finding without an acknowledgement at its severity, at once or within a minute', () => {
    fc.assert(
      fc.property(history, steps => {
        /** The reported state of each finding, since it began. */
        let heard = new Map<string, { severity: Severity; since: number }>();
        let toldAt = Number.NEGATIVE_INFINITY;
        for (const { at, members, decision, step } of played(steps)) {
          const unacknowledged = members.filter(each => !acknowledgementOf(each, decision, at));
          const { notice } = step;
          if (notice?.occasion === 'resolved') heard = new Map();
          else if (notice && notice.occasion !== 'acknowledged') {
            toldAt = at;
            for (const each of unacknowledged)
              heard.set(each.key, { severity: severityOf(each), since: each.incident.alert.since });
          }
          for (const each of unacknowledged) {
            const known = heard.get(each.key);
            const isKnown =
              known?.since === each.incident.alert.since && rank(known.severity) >= rank(severityOf(each));
            if (isKnown) continue;
            expect(heard.size).toBeGreaterThan(0);
            const reached = step.condition?.incident?.told?.severity ?? 'info';
            expect(rank(severityOf(each))).toBeLessThanOrEqual(rank(reached));
            expect(step.dueAt).toBeLessThanOrEqual(toldAt + usualRules.changeEveryMs);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('pages people no more often than findings join or get worse', () => {
    fc.assert(
      fc.property(history, steps => {
        const log = played(steps);
        const isWake = (occasion: string) => occasion === 'escalated' || occasion === 'joined';
        const pages = log.filter(({ step }) => step.notice && isWake(step.notice.occasion)).length;
        const reasons = steps.filter(({ event: { kind } }) => kind === 'fails' || kind === 'decides').length;
        expect(pages).toBeLessThanOrEqual(2 * reasons);
      }),
    );
  });

  it('is due for no step without effect twice', () => {
    fc.assert(
      fc.property(history, steps => {
        for (const { at, step } of played(steps)) expect(step.dueAt).toBeGreaterThan(at);
      }),
      { numRuns: 1_000 },
    );
  });
});
