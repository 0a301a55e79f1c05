import { describe, expect, it } from '@jest/globals';
import { type ExistingRule, planOf, rulesFor, searchFor } from './rollbarRules.ts';

const kind = { title: 't', severity: 'error', runbook: 'r' } as const;
const tables = { keeper: { late: kind, crashed: kind }, checkpoint: { crashed: kind } };
const wanted = rulesFor(tables, { notifier: 'slack', minSeverity: 'error', config: { channel: '#bots' } });
const existing = wanted.map((rule, index): ExistingRule => ({ ...structuredClone(rule), id: index + 1 }));

describe('rulesFor', () => {
  it('default: one for each type of check, whichever bots have it', () => {
    expect(wanted).toEqual(
      ['crashed', 'late'].map(check => ({
        trigger: 'new_item',
        filters: [
          { type: 'level', operation: 'gte', value: 'error' },
          { type: 'title', operation: 'within', value: `[${check}] ` },
        ],
        config: { channel: '#bots' },
      })),
    );
  });
});

describe('planOf', () => {
  it('default: what is not there is created', () => {
    expect(planOf(wanted, [])).toEqual({ create: wanted, update: [], stale: [] });
  });

  it('behavior: what is there is right, whatever order and extras Rollbar shows it with', () => {
    const shown = existing.map(rule => ({
      ...rule,
      filters: rule.filters.toReversed().map(filter => ({ ...filter, id: 7 })),
      config: { ...rule.config, message_template: '' },
    }));
    expect(planOf(wanted, shown)).toEqual({ create: [], update: [], stale: [] });
  });

  it('behavior: another setting is updated', () => {
    const [first, ...others] = existing;
    const other = [{ ...(first as ExistingRule), config: { channel: '#old' } }, ...others];
    expect(planOf(wanted, other).update).toEqual([{ id: 1, rule: wanted[0] }]);
    expect(planOf(wanted, [{ ...(first as ExistingRule), config: null }, ...others]).update).toHaveLength(1);
  });

  it('behavior: a rule for a check that is gone is named, and what is not ours is left alone', () => {
    const level = { type: 'level', operation: 'gte', value: 'error' };
    const title = (value: string) => ({ type: 'title', operation: 'within', value });
    const rule = (id: number, filters: ExistingRule['filters'], trigger = 'new_item') => ({
      id,
      trigger,
      filters,
    });
    const others = [
      rule(9, [level, title('[gone] ')]),
      rule(10, [level, title('mine')]),
      rule(11, [level]),
      rule(12, [level, title('[gone] ')], 'occurrence'),
      // Of the other set of rules.
      rule(13, [{ ...level, value: 'critical' }, title('[gone] ')]),
    ];
    expect(planOf(wanted, [...existing, ...others])).toEqual({
      create: [],
      update: [],
      stale: [{ id: 9, title: '[gone] ' }],
    });
  });
});

it('searchFor: exactly this check of this bot', () => {
  expect(searchFor('keeper', 'late')).toBe('context:"keeper#late"');
});
