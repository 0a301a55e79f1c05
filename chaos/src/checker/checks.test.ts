import { describe, expect, it } from '@jest/globals';
import { knownChecks, listedChecks } from './checks.ts';

describe('the known checks', () => {
  it('are the rows between the marks of the page', () => {
    const row = (check: string) => `| \`${check}\` | critical | the ${check} | every bot | [page](page.md) |`;
    const text = `| \`not-this\` | x | y |\n<!-- alerts -->\n| Check | Severity |\n| --- | --- |\n${row('one')}\n${row('two')}\n<!-- alerts -->\n${row('nor-this')}`;
    expect(listedChecks(text)).toEqual([
      ['one', 'the one'],
      ['two', 'the two'],
    ]);
  });

  it('are read from docs/runbooks/index.md', () => {
    expect(knownChecks.size).toBeGreaterThan(50);
    expect([...knownChecks]).toEqual(
      expect.arrayContaining(['solvency', 'low-balance', 'bot-unreachable', 'drill']),
    );
  });
});
