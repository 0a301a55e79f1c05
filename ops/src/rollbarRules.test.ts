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
    const shown = wanted.map((rule, index) => ({
      id: index + 1,
      ...rule,
      filters: rule.filters.toReversed().map(filter => ({ ...filter, id: 7 })),
      config: { ...rule.config, message_template: '' },
    }));
    expect(planOf(wanted, shown)).toEqual({ create: [], update: [], stale: [] });
  });

  it('behavior: another setting is updated', () => {
    const [first, ...others] = existing;
    const other = [{ ...(first as ExistingRule), config: { channel: '#old' } }, ...others];
    expect(planOf(wanted, other).update).toEqual([{ id: 1, rule: { ...wanted[0], status: 'enabled' } }]);
    expect(planOf(wanted, [{ ...(first as ExistingRule), config: null }, ...others]).update).toHaveLength(1);
  });

  it('behavior: a disabled rule is enabled, and keeps what else a person has set in it', () => {
    const [first, ...others] = existing;
    const config = { channel: '#bots', message_template: 'mine' };
    const disabled = { ...(first as ExistingRule), status: 'disabled', config };
    expect(planOf(wanted, [disabled, ...others])).toEqual({
      create: [],
      update: [{ id: 1, rule: { ...wanted[0], status: 'enabled', config } }],
      stale: [],
    });
  });

  it('behavior: a disabled copy beside an enabled rule is left alone', () => {
    const copy = { ...(existing[0] as ExistingRule), id: 99, status: 'disabled' };
    for (const shown of [
      [copy, ...existing],
      [...existing, copy],
    ])
      expect(planOf(wanted, shown)).toEqual({ create: [], update: [], stale: [] });
  });

  it.each<[string, object]>([
    ['no filters', {}],
    ['filters that are null', { filters: null }],
    ['filters that are a text', { filters: 'level' }],
    ['filters that are an object', { filters: { level: 'error' } }],
    ['a filter that is null', { filters: [null, null] }],
    ['a filter that is a list', { filters: [[], ['level']] }],
    ['a value that is a list', { filters: [{ type: 'title', operation: 'in', value: ['[gone] '] }] }],
    ['a value that is a number', { filters: [{ type: 'rate', value: 5 }, { type: 'title' }] }],
    ['a trigger that is an object', { trigger: { all: [] }, filters: [{ any: [{ type: 'level' }] }] }],
    ['a config that is a text', { filters: [], config: 'none' }],
  ])('behavior: a rule with %s is somebody else’s', (_, rule) => {
    const strange = { id: 50, trigger: 'new_item', ...rule };
    expect(planOf(wanted, [strange, ...existing])).toEqual({ create: [], update: [], stale: [] });
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
