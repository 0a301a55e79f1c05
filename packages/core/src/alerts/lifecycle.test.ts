import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Alert, type Notice, type Severity, severities } from './alert.ts';
import { type OpenAlerts, step } from './lifecycle.ts';

function alert(dedupKey: string, severity: Severity, since = 1): Alert {
  return {
    dedupKey,
    severity,
    bot: 'b',
    check: 'c',
    chain: 'x',
    pool: undefined,
    subject: undefined,
    title: 't',
    message: `since ${since}`,
    runbook: 'r',
    owner: 'o',
    version: '1',
    since,
    count: 1,
    data: {},
  };
}

describe('step', () => {
  const opened = step(new Map(), 'a', alert('a', 'warning'));

  it('default: a condition is told when it begins', () => {
    expect(opened.notice).toEqual({ occasion: 'opened', alert: alert('a', 'warning') });
    expect([...opened.open.keys()]).toEqual(['a']);
  });

  it('behavior: not again while it lasts, but what is known of it stays up to date', () => {
    const lasting = step(opened.open, 'a', { ...alert('a', 'warning', 9), message: 'new' });
    expect(lasting.notice).toBeUndefined();
    expect(lasting.open.get('a')).toMatchObject({ message: 'new', since: 1 });
  });

  it('behavior: again when it gets worse, with its beginning', () => {
    const { notice } = step(opened.open, 'a', alert('a', 'critical', 9));
    expect(notice).toMatchObject({ occasion: 'escalated', alert: { severity: 'critical', since: 1 } });
  });

  it('behavior: not when it gets better but lasts', () => {
    const worse = step(opened.open, 'a', alert('a', 'critical'));
    expect(step(worse.open, 'a', alert('a', 'info')).notice).toBeUndefined();
  });

  it('behavior: when it ends, once', () => {
    const ended = step(opened.open, 'a', undefined);
    expect(ended.notice).toMatchObject({ occasion: 'resolved', alert: { severity: 'warning', since: 1 } });
    expect(step(ended.open, 'a', undefined)).toEqual({ open: new Map(), notice: undefined });
  });

  it('behavior: what it is given is left as it was', () => {
    const open: OpenAlerts = new Map();
    step(open, 'a', alert('a', 'warning'));
    expect(open.size).toBe(0);
  });

  it('property: for each key, notices go opened, escalated upwards, resolved, and from the beginning', () => {
    const event = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      severity: fc.option(fc.constantFrom(...severities), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), events => {
        let open: OpenAlerts = new Map();
        const notices: Pick<Notice, 'occasion' | 'alert'>[] = [];
        for (const [i, { key, severity }] of events.entries()) {
          const next = step(open, key, severity && alert(key, severity, i));
          open = next.open;
          if (next.notice) notices.push(next.notice);
          expect(open.has(key)).toBe(severity !== undefined);
        }
        for (const key of ['a', 'b', 'c']) {
          let current: Alert | undefined;
          for (const { occasion, alert: told } of notices.filter(each => each.alert.dedupKey === key)) {
            expect(occasion === 'opened').toBe(current === undefined);
            if (current) expect(told.since).toBe(current.since);
            current = occasion === 'resolved' ? undefined : told;
          }
          expect(open.has(key)).toBe(current !== undefined);
        }
      }),
    );
  });

  it('property: an escalation is always to something worse than what it was', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...severities), { minLength: 1 }), history => {
        let open: OpenAlerts = new Map();
        let last = -1;
        for (const severity of history) {
          const next = step(open, 'a', alert('a', severity));
          open = next.open;
          const rank = severities.indexOf(severity);
          expect(next.notice !== undefined).toBe(rank > last);
          last = rank;
        }
      }),
    );
  });
});
