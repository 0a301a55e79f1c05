import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { notice } from '../../../test/support/notice.ts';
import type { AlertTable } from '../alert.ts';
import type { Channel } from '../channel.ts';
import type { Severity } from '../severity.ts';
import { problemsOfOwners } from './checkOwners.ts';
import { OwnersRefused, parseOwners, ruleFor } from './ownersFile.ts';
import { channelNames, readOwnership } from './ownership.ts';

const file = `
people:
  ada: https://example.com/ada
  bob: bob@example.com
rules:
  - name: money is at stake
    bot: keeper
    check: [late, broken]
    severity: critical
    page: [ada, bob]
    channels: [pagerduty, rollbar]
    link: https://example.com/duty
  - name: everything else
    page: bob
    tell: ada
`;
const table = {
  late: { title: 'it is late', severity: 'error', worst: 'critical', runbook: 'late' },
  broken: { title: 'it is broken', severity: 'critical', runbook: 'broken' },
} satisfies AlertTable;
const around = { tables: { keeper: table }, channels: channelNames, othersExist: false };

const refusal = (text: string): readonly string[] => {
  try {
    parseOwners(text);
  } catch (error) {
    if (error instanceof OwnersRefused) return error.problems;
    throw error;
  }
  return [];
};

describe('ruleFor', () => {
  it.each<[string, string, Severity, string]>([
    ['keeper', 'late', 'critical', 'money is at stake'],
    ['keeper', 'late', 'error', 'everything else'],
    ['keeper', 'other', 'critical', 'everything else'],
    ['checkpoint', 'late', 'critical', 'everything else'],
  ])('default: the first rule that fits: %s, %s, %s', (bot, check, severity, name) => {
    expect(ruleFor(parseOwners(file), bot, check, severity)?.name).toBe(name);
  });
});

describe('parseOwners', () => {
  it.each([
    ['no YAML', 'rules: [', 'line 1: '],
    ['a key twice', `${file}rules: []`, 'line 16: Map keys must be unique'],
    ['nothing', '', 'the file: Invalid input: expected object'],
    [
      'a mistyped key',
      file.replace('channels:', 'chanels:'),
      'rule 1: there is no chanels here; did you mean channels?',
    ],
    ['no rules', 'people: {}\nrules: []', 'rules: '],
    ['nobody to page', file.replace('page: bob', 'link: https://x.example'), 'rule 2, page: '],
    ['no such severity', file.replace('severity: critical', 'severity: fatal'), 'rule 1, severity: '],
    ['a link that is none', file.replace('https://example.com/duty', 'duty'), 'rule 1, link: Invalid URL'],
    ['a stranger', file.replace('page: bob', 'page: eve'), '"everything else": eve is not among the people'],
  ])('error: %s', (_, text, problem) => {
    const problems = refusal(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('error: all at once', () => {
    expect(refusal(file.replace('page: bob', 'page: [eve, mallory]'))).toHaveLength(2);
  });
});

describe('problemsOfOwners', () => {
  const problems = (text: string, more = {}) => problemsOfOwners(parseOwners(text), { ...around, ...more });

  it('default: none', () => {
    expect(problems(file)).toEqual([]);
  });

  it('error: every check that nobody owns is listed, and at which severity', () => {
    expect(problems(file.slice(0, file.indexOf('  - name: everything')))).toEqual([
      'keeper: nobody owns late at info and warning and error',
      'keeper: nobody owns broken at info and warning and error',
    ]);
    expect(
      problems(
        file.replace(
          '  - name: everything else',
          '  - name: everything else\n    bot: [keeper]\n    check: late',
        ),
      ),
    ).toEqual(['keeper: nobody owns broken at info and warning and error']);
  });

  it.each([
    ['bot', 'bot: keeper', 'bot: keepr', 'there is no bot keepr; did you mean keeper?'],
    ['check', 'late, broken', 'late, brokn', 'there is no check brokn; did you mean broken?'],
    ['channel', 'pagerduty,', 'pager-duty,', 'there is no channel pager-duty; did you mean pagerduty?'],
    ['channel', 'pagerduty,', 'sms,', 'there is no channel sms'],
  ])('error: an unknown %s', (_, right, wrong, problem) => {
    expect(problems(file.replace(right, wrong))).toEqual([`"money is at stake": ${problem}`]);
  });

  it('behavior: where other bots may exist, only what looks mistyped is a problem', () => {
    const others = { othersExist: true };
    expect(problems(file.replace('bot: keeper', 'bot: invariant'), others)).toEqual([]);
    expect(problems(file.replace('bot: keeper', 'bot: keepr'), others)).toHaveLength(1);
    expect(
      problems(file.replace('bot: keeper', 'bot: [keeper, invariant]').replace('broken', 'k'), others),
    ).toEqual([]);
  });
});

describe('a rule about checks that are never so severe', () => {
  const tables = {
    keeper: {
      ...table,
      failing: { title: 'it fails', severity: 'warning', worst: 'critical', runbook: 'failing' },
      odd: { title: 'it is odd', severity: 'warning', runbook: 'odd' },
    },
  } satisfies Record<string, AlertTable>;
  const problems = (severity: Severity) => {
    const text = file
      .replace('[late, broken]', '[broken, failing, odd]')
      .replace('severity: critical', `severity: ${severity}`);
    return problemsOfOwners(parseOwners(text), { ...around, tables });
  };

  it('default: is a mistake, where the check cannot be worse than usual either', () => {
    expect(problems('error')).toEqual([
      '"money is at stake": odd is warning at worst, so with severity error the rule is never about it',
    ]);
  });

  it('behavior: as severe is enough', () => {
    expect(problems('warning')).toEqual([]);
  });
});

describe('readOwnership', () => {
  const folder = mkdtempSync(join(tmpdir(), 'owners-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (text: string, configured: readonly string[] = ['rollbar', 'pagerduty', 'telegram']) => {
    const path = join(folder, 'owners.yaml');
    writeFileSync(path, text);
    return readOwnership({ file: path, bot: 'keeper', table, configured });
  };

  it('default: an alert says who has to act, who is told, and why they', () => {
    const { ownerOf } = read(file);
    expect(ownerOf('keeper', 'late', 'critical')).toBe(
      'ada, bob (money is at stake, https://example.com/duty)',
    );
    expect(ownerOf('keeper', 'late', 'error')).toBe('bob, told: ada (everything else)');
  });

  it('default: each channel gets what it is listed for', () => {
    const channels = ['rollbar', 'pagerduty', 'telegram'].map(
      (name): Channel => ({ name, deliver: () => Promise.resolve(), wants: () => true }),
    );
    const told = (...given: Parameters<typeof notice>) =>
      read(file)
        .routed(channels)
        .filter(({ wants }) => wants?.(notice(...given)))
        .map(({ name }) => name);
    expect(told({ check: 'late', severity: 'critical' })).toEqual(['rollbar', 'pagerduty']);
    expect(told({ check: 'late', severity: 'error' })).toEqual(['rollbar', 'pagerduty', 'telegram']);
    expect(told({ check: 'round-done', severity: 'info' }, { occasion: 'news' })).toHaveLength(3);
  });

  it('behavior: what a channel does not want it is not sent either', () => {
    const channel: Channel = { name: 'rollbar', deliver: () => Promise.resolve() };
    const [routed] = read(file).routed([channel]);
    expect(routed?.wants?.(notice({}, { occasion: 'news' }))).toBe(false);
  });

  it.each([
    [
      'a channel that is not configured',
      file,
      ['telegram'],
      'alerts of keeper go to pagerduty, which is not configured',
    ],
    [
      'a check nobody owns',
      file.replace('bot: keeper', 'bot: [keeper]').split('  - name: every')[0],
      undefined,
      'nobody owns late',
    ],
    ['a file that is none', 'x', undefined, 'the file: '],
  ])('error: %s', (_, text, configured, problem) => {
    expect(() => read(String(text), configured)).toThrow(new RegExp(`OWNERS_FILE: .*${problem}`));
  });

  it('error: no file', () => {
    const given = { file: join(folder, 'none.yaml'), bot: 'keeper', table, configured: [] };
    expect(() => readOwnership(given)).toThrow(/OWNERS_FILE: cannot be read: .*ENOENT/);
  });
});
