import { describe, expect, it } from '@jest/globals';
import { broken } from '../verdict.fixture.ts';
import { loss, lossPage, over, page, theft } from './told.fixture.ts';
import { type Evidence, judge } from './verdicts.ts';

const whole: Evidence = {
  incidents: [theft, loss],
  told: [page, over(page), lossPage, over(lossPage)],
  blocks: { from: 10, to: 60 },
  checked: { upTo: 60, skipped: 0 },
  complaints: [],
};
const judged = (over: Partial<Evidence>) => broken(judge({ ...whole, ...over }));

describe('judge', () => {
  it('default: everything happened', () => {
    expect(judged({})).toEqual([]);
    expect(judge(whole).map(({ detail }) => detail)).toEqual([
      '51 blocks',
      'nothing told',
      '2 of 2',
      'at most 0 blocks later',
      '2 of 2',
      '2 alerts, 2 incidents',
      '2 of 2',
      'no line above info',
    ]);
  });

  it('behavior: blocks that were not checked', () => {
    expect(judged({ checked: { upTo: 60, skipped: 3 } })).toEqual(['every block is checked: 3 were not']);
    expect(judged({ checked: { upTo: 59, skipped: 0 } })).toEqual(['every block is checked: 50 blocks']);
  });

  it('behavior: a false alarm on an ordinary day', () => {
    const alarm = { ...page, check: 'solvency', block: 20, message: 'not enough for longs' };
    expect(judged({ told: [alarm, ...whole.told] })).toEqual([
      'a day of ordinary trades is nothing to tell: not enough for longs',
      'and nothing else is told: 3 alerts, 2 incidents',
    ]);
  });

  it('behavior: an incident of which nobody is told', () => {
    expect(judged({ told: [page, over(page)] })).toEqual([
      'each incident pages: 1 of 2',
      'as soon as it is there: 1 of 2',
      'with the number that the chain has, to a thousandth: 1 of 2',
      'and nothing else is told: 1 alert, 2 incidents',
      'each is over when its cause is gone: 1 of 2',
    ]);
  });

  it.each([
    ['a warning only', { level: 'warning' }, 'each incident pages: 1 of 2'],
    ['late', { block: 51 }, 'as soon as it is there: 1 of 2'],
    [
      'another number',
      { by: '-50000 shares' },
      'with the number that the chain has, to a thousandth: 1 of 2',
    ],
  ])('behavior: %s', (_, change, text) => {
    const [first, ...others] = whole.told;
    expect(judged({ told: [{ ...page, ...first, ...change }, ...others] })).toEqual([text]);
  });

  it('behavior: an alert that stays open', () => {
    expect(judged({ told: [page, over(page), lossPage] })).toEqual([
      'each is over when its cause is gone: 1 of 2',
    ]);
  });

  it('behavior: an empty chain proves nothing', () => {
    expect(judged({ incidents: [], told: [] })).toHaveLength(4);
  });
});
