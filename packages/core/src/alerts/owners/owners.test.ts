import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { notice } from '../../../test/support/notice.ts';
import { channelNames } from '../channels/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import { recipientsOf } from '../delivery/recipientsOf.ts';
import { type AlertTable, isAtLeast, type Severity } from '../model/alert.ts';
import { OwnersRefused, parseOwners, ruleFor } from './parseOwners.ts';
import { problemsOfOwners } from './problemsOfOwners.ts';
import { readOwnership } from './readOwnership.ts';

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

/** Nine aliases each, ten levels deep: a billion. */
const bomb = Array.from({ length: 10 }, (_, i) => {
  const items = i === 0 ? Array(9).fill('x') : Array(9).fill(`*a${i - 1}`);
  return `a${i}: &a${i} [${items.join(', ')}]`;
}).join('\n');

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
    expect(ruleFor(parseOwners(file), { bot, check, severity })?.name).toBe(name);
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
    ['a bomb of aliases', bomb, 'the file uses aliases (*name) more than 1000 times'],
    ['a file without end', `#${'x'.repeat(1_000_001)}`, 'the file has 1000002 characters'],
    ['no rules', 'people: {}\nrules: []', 'rules: '],
    ['no person to page', file.replace('page: bob', 'link: https://x.example'), 'rule 2, page: '],
    ['no such severity', file.replace('severity: critical', 'severity: fatal'), 'rule 1, severity: '],
    ['a link that is none', file.replace('https://example.com/duty', 'duty'), 'rule 1, link: Invalid URL'],
    ['a person without a contact', file.replace('bob@example.com', '"  "'), 'people, bob: has no contact'],
    [
      'a person with nothing behind the name',
      file.replace(' bob@example.com', ''),
      'people, bob: has no contact',
    ],
    [
      'a key of an unknown person',
      `${file}keys: { keeper: eve }`,
      'keys, keeper: eve is not among the people',
    ],
    [
      'an address that YAML takes for a number',
      `${file}keys: { 0x${'12'.repeat(20)}: bob }`,
      'is neither the name of a bot nor the address of a wallet in quotation marks',
    ],
    ['a stranger', file.replace('page: bob', 'page: eve'), '"everything else": eve is not among the people'],
  ])('error: %s', (_, text, problem) => {
    const problems = refusal(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('error: lists all problems at once', () => {
    expect(refusal(file.replace('page: bob', 'page: [eve, mallory]'))).toHaveLength(2);
  });
});

describe('problemsOfOwners', () => {
  const problems = (text: string, more = {}) => problemsOfOwners(parseOwners(text), { ...around, ...more });

  it('default: returns no problem', () => {
    expect(problems(file)).toEqual([]);
  });

  it('error: every check without an owner is listed, and at which severity', () => {
    expect(problems(file.slice(0, file.indexOf('  - name: everything')))).toEqual([
      'keeper: no owner for late at info and warning and error',
      'keeper: no owner for broken at info and warning and error',
    ]);
    expect(
      problems(
        file.replace(
          '  - name: everything else',
          '  - name: everything else\n    bot: [keeper]\n    check: late',
        ),
      ),
    ).toEqual(['keeper: no owner for broken at info and warning and error']);
  });

  it.each([
    ['bot', 'bot: keeper', 'bot: keepr', 'there is no bot keepr; did you mean keeper?'],
    ['check', 'late, broken', 'late, brokn', 'there is no check brokn; did you mean broken?'],
    ['channel', 'pagerduty,', 'pager-duty,', 'there is no channel pager-duty; did you mean pagerduty?'],
    ['channel', 'pagerduty,', 'sms,', 'there is no channel sms'],
  ])('error: an unknown %s', (_, right, wrong, problem) => {
    expect(problems(file.replace(right, wrong))).toEqual([`"money is at stake": ${problem}`]);
  });

  it('error: reports a rule that can never apply because of the rules above it', () => {
    const text = `${file}  - name: too late\n    check: late\n    page: bob\n`;
    const problem =
      '"too late" can never apply: "money is at stake", "everything else" above it decide on all that it is for';
    expect(problems(text)).toEqual([problem]);
    expect(problems(text, { othersExist: true })).toEqual([]);
  });

  it('behavior: reports only names that look mistyped, where other bots may exist', () => {
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

  it('default: is a problem when the check can never be that severe', () => {
    expect(problems('error')).toEqual([
      '"money is at stake": odd is warning at worst, so with severity error the rule is never about it',
    ]);
  });

  it('behavior: is no problem at exactly that severity', () => {
    expect(problems('warning')).toEqual([]);
  });
});

describe('readOwnership', () => {
  const folder = mkdtempSync(join(tmpdir(), 'owners-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const opened = (names: readonly string[]) =>
    names.map((name): Channel => ({ name, deliver: () => Promise.resolve() }));
  const read = (text: string, configured: readonly string[] = ['rollbar', 'pagerduty', 'telegram']) => {
    const path = join(folder, 'owners.yaml');
    writeFileSync(path, text);
    return readOwnership({ file: path, bot: 'keeper', table, channels: opened(configured) });
  };

  it('default: names in an alert who has to act, who is informed, and the rule', () => {
    const { ownerOf } = read(file);
    expect(ownerOf('keeper', 'late', 'critical')).toBe(
      'ada, bob (money is at stake, https://example.com/duty)',
    );
    expect(ownerOf('keeper', 'late', 'error')).toBe('bob, also informed: ada (everything else)');
  });

  it('default: sends each channel the alerts that it is listed for', () => {
    const channels = ['rollbar', 'pagerduty', 'telegram'].map(
      (name): Channel => ({ name, deliver: () => Promise.resolve(), wants: () => true }),
    );
    const told = (...given: Parameters<typeof notice>) =>
      read(file)
        .routed(channels)
        .filter(channel => recipientsOf(notice(...given), [channel]).length > 0)
        .map(({ name }) => name);
    expect(told({ check: 'late', severity: 'critical' })).toEqual(['rollbar', 'pagerduty']);
    expect(told({ check: 'late', severity: 'error' })).toEqual(['rollbar', 'pagerduty', 'telegram']);
    expect(told({ check: 'round-done', severity: 'info' }, { occasion: 'news' })).toHaveLength(3);
  });

  it('behavior: sends a channel nothing below its minimum severity', () => {
    const channel: Channel = { name: 'rollbar', deliver: () => Promise.resolve() };
    const [routed] = read(file).routed([channel]);
    expect(recipientsOf(notice({}, { occasion: 'news' }), routed ? [routed] : [])).toEqual([]);
  });

  it.each([
    [
      'a channel that is not configured',
      file,
      ['telegram'],
      'alerts of keeper go to pagerduty, which is not configured',
    ],
    [
      'a check without an owner',
      file.replace('bot: keeper', 'bot: [keeper]').split('  - name: every')[0],
      undefined,
      'no owner for late',
    ],
    ['a file that is none', 'x', undefined, 'the file: '],
  ])('error: %s', (_, text, configured, problem) => {
    expect(() => read(String(text), configured)).toThrow(new RegExp(`OWNERS_FILE: .*${problem}`));
  });

  const pager = (least: Severity): Channel => ({
    name: 'pagerduty',
    deliver: () => Promise.resolve(),
    wants: each => isAtLeast(each.alert.severity, least),
  });
  const silent = (text: string | undefined, channels: readonly Channel[]) => {
    const path = text === undefined ? undefined : join(folder, 'owners.yaml');
    if (path !== undefined) writeFileSync(path, String(text));
    try {
      readOwnership({ file: path, bot: 'keeper', table: reachTable, channels });
      return '';
    } catch (error) {
      return String(error);
    }
  };
  const reachTable = {
    ...table,
    odd: { title: 'it is odd', severity: 'warning', worst: 'error', runbook: 'odd' },
    seen: { title: 'it is seen', severity: 'info', runbook: 'seen' },
    unsure: { title: 'it is unsure', severity: 'critical', least: 'info', runbook: 'unsure' },
  } satisfies AlertTable;
  const onlyPager = `${file.slice(0, file.indexOf('rules:'))}rules:
  - name: all to the pager
    page: ada
    channels: pagerduty
`;

  it.each([
    [
      'a rule that sends to a channel whose minimum is higher',
      onlyPager,
      [pager('critical'), ...opened(['slack'])],
      [
        'no channel takes late, odd, unsure of keeper at error (rule "all to the pager"): pagerduty takes critical alone',
        'no channel takes odd, unsure of keeper at warning (rule "all to the pager")',
        'no channel takes seen of keeper at info (rule "all to the pager")',
      ],
    ],
    [
      'errors that the only channel does not take, without a file',
      undefined,
      [pager('critical')],
      [
        'PAGERDUTY_MIN_SEVERITY: no channel takes late, odd, unsure of keeper at error: pagerduty takes critical alone',
      ],
    ],
  ])('error: %s: each alert that reaches no channel is named', (_, text, channels, texts) => {
    const said = silent(text, channels);
    for (const each of texts) expect(said).toContain(each);
    expect(said).not.toContain('broken');
  });

  it.each([
    ['a channel that takes errors', undefined, [pager('error')]],
    ['a second channel that takes the rest', undefined, [pager('critical'), ...opened(['slack'])]],
    ['a rule for a channel that takes all', onlyPager, [pager('info')]],
    ['no channel at all: the log is wanted', undefined, []],
  ])('behavior: %s is accepted', (_, text, channels) => {
    expect(silent(text, channels)).toBe('');
  });

  it('error: reports a file that does not exist', () => {
    const given = { file: join(folder, 'none.yaml'), bot: 'keeper', table, channels: [] };
    expect(() => readOwnership(given)).toThrow(/OWNERS_FILE: cannot be read: .*ENOENT/);
  });
});
