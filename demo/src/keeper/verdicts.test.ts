import { describe, expect, it } from '@jest/globals';
import { broken } from '../verdict.fixture.ts';
import type { Round } from './chainRecord.ts';
import { people } from './people.ts';
import { anchorAt, commitAt, drawOf, keeper, round } from './rounds.fixture.ts';
import { type Evidence, judge } from './verdicts.ts';

const back = anchorAt(2) + 120;
/** The second round's anchor was missed, the fourth round is empty. */
const rounds = [
  round(),
  round({ number: 2, commit: commitAt(2, 122, 300) }),
  round({ number: 3, commit: commitAt(3, 0, 1) }),
  round({ number: 4, purchases: [], draw: undefined, isSkipped: true, paidInWei: 0n, paidBackWei: 0n }),
];
const late =
  'round 2 committed 2 min after its anchor Wed 13:00 UTC, which heals by itself, in block 7, gas 1';

/** @param given replaces rounds with the same number */
function evidence(given: readonly Round[] = [], over: Partial<Evidence> = {}): Evidence {
  const all = rounds.map(each => given.find(({ number }) => number === each.number) ?? each);
  const blocks = all.flatMap(({ commit, draw }) => [commit, draw]).flatMap(action => action?.block ?? []);
  return {
    chain: { rounds: all, sentIn: blocks },
    keeper,
    told: [late, ...blocks.map(block => `round done in block ${block}, gas 1`)],
    downtime: { from: anchorAt(2) - 3_600, until: back },
    exit: { code: 0, signal: null },
    complaints: [],
    ...over,
  };
}

const judgeOf = (...given: Parameters<typeof evidence>) => judge(evidence(...given));

describe('judge', () => {
  it('default: everything happened', () => {
    expect(broken(judgeOf())).toEqual([]);
    expect(judgeOf().map(({ detail }) => detail)).toEqual([
      '3 rounds, at worst in block 2',
      '2 min late',
      '1 of 1',
      '1 message',
      '3 of 3, at worst in block 1',
      '1 round',
      '3 winners',
      '3 rounds',
      '7 of 7',
      '7 transactions',
      'exit 0',
      'no line above info',
    ]);
  });

  it.each([
    ['two blocks late', commitAt(1, 1, 2), '3 rounds, at worst in block 3'],
    ['too early', commitAt(1, -1, -1), '3 rounds, at worst in block 2'],
    ['not there', undefined, 'one is missing'],
  ])('behavior: a commit that is %s', (_, commit, detail) => {
    expect(broken(judgeOf([round({ commit })]))).toEqual([
      `every commit is in the first or second block at its anchor: ${detail}`,
    ]);
  });

  it('behavior: a keeper that takes its time when it is back', () => {
    expect(broken(judgeOf([round({ number: 2, commit: commitAt(2, 301, 700) })]))).toEqual([
      'the one whose anchor the keeper missed comes when it is back: 5 min late',
    ]);
  });

  it('behavior: a schedule that stays shifted', () => {
    expect(broken(judgeOf([round({ number: 3, commit: commitAt(3, 120, 300) })]))).toEqual([
      'every commit is in the first or second block at its anchor: 3 rounds, at worst in block 301',
      'so little heals by itself: a week later it is at its anchor: 0 of 1',
    ]);
  });

  it('behavior: a draw that nobody made', () => {
    expect(broken(judgeOf([round({ draw: undefined })]))).toEqual([
      'every draw is settled, most of its 255 blocks to spare: 2 of 3, at worst in block 1',
    ]);
  });

  it('behavior: a winner without the winning ticket', () => {
    expect(broken(judgeOf([round({ draw: drawOf(people.Ada, 5) })]))).toEqual([
      'every winner holds the winning ticket: 2 winners',
    ]);
  });

  it('behavior: principal that was not paid back', () => {
    expect(broken(judgeOf([round({ paidBackWei: 10n ** 18n })]))).toEqual([
      'winners got their prizes, and everybody the principal: 2 rounds',
    ]);
  });

  it('behavior: Telegram kept silent', () => {
    expect(broken(judgeOf([], { told: [] }))).toEqual([
      'people are told how late it is, and that it heals: 0 messages',
      'Telegram told of every action: 0 of 7',
    ]);
  });

  it('behavior: somebody else acted, or the keeper more than once', () => {
    const byOther = round({ commit: { ...commitAt(1), by: '0xC0' } });
    expect(broken(judgeOf([byOther]))).toEqual(['and each took one transaction: 7 transactions']);
    const { chain } = evidence();
    expect(broken(judgeOf([], { chain: { ...chain, sentIn: [...chain.sentIn, 99] } }))).toEqual([
      'and each took one transaction: 8 transactions',
    ]);
  });

  it('behavior: an empty chain proves nothing', () => {
    const verdicts = judgeOf([], { chain: { rounds: [], sentIn: [] }, told: [] });
    expect(verdicts.filter(({ holds }) => holds).map(({ claim }) => claim)).toEqual([
      'the bot stopped cleanly',
      'nothing else went wrong in its log',
    ]);
  });
});
