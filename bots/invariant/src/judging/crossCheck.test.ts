import { describe, expect, it } from '@jest/globals';
import { read, snapshotOf, units, viewOf } from '../../test/view.ts';
import { evaluate } from '../checks/evaluate.ts';
import { negativeInterest } from '../checks/negativeInterest.ts';
import { solvency } from '../checks/solvency.ts';
import { totalShares } from '../checks/totalShares.ts';
import type { Quantity } from '../readings/quantity.ts';
import { emptyLedger, withChanges } from '../readings/shortsLedger.ts';
import { confirmation, type EndpointResult, endpointResultOf } from './crossCheck.ts';

const insolvent = viewOf({ now: snapshotOf({ longExposure: units(2_000) }) });
const fallen = (isPaused = false) => {
  const now = snapshotOf({ isPaused });
  const { number: block, timestamp: time } = now.block;
  const moment = { block: block - 300, time: time - 3_600, weightedSpotPrice: 0n };
  return viewOf({ now, history: { moments: [{ ...moment, vaultSharePrice: units(2) }] } });
};
let nth = 0;
/** Each opinion has a separate operator, unless one is named. */
const opinion = (
  fails: boolean | undefined,
  isItsOwn = true,
  operator = `operator ${nth++}`,
): EndpointResult => ({
  endpoint: 'a',
  says: 'so',
  fails,
  isItsOwn,
  operator,
});

describe('the result of a check with one endpoint’s answers', () => {
  it('default: the check on its numbers', () => {
    expect(endpointResultOf('a', solvency, { view: insolvent })).toEqual({
      endpoint: 'a',
      fails: true,
      isItsOwn: true,
      says: 'the pool cannot pay all its longs (solvency -828.181818181818181818 shares)',
    });
    expect(endpointResultOf('a', solvency, { view: viewOf() })).toMatchObject({
      fails: false,
      says: expect.stringMatching(/^the check holds \(\d+\.\d+ shares left\)$/),
    });
  });
  it('nothing, when it could not be asked', () => {
    expect(endpointResultOf('a', solvency, 'is out of use')).toMatchObject({
      fails: undefined,
      says: 'is out of use',
    });
  });
  it('a past that it does not serve is not its own word', () => {
    const answer = { view: fallen(), remembered: 'block 700: missing trie node' };
    expect(endpointResultOf('a', negativeInterest, answer)).toMatchObject({
      fails: true,
      isItsOwn: false,
      says: expect.stringMatching(/\(by the price that this bot remembers: block 700: missing trie node\)$/),
    });
    expect(endpointResultOf('a', solvency, { ...answer, view: insolvent })).toMatchObject({ isItsOwn: true });
  });
  it('counts a shortage that only the events distinguish from a loss as not its own finding, and an unexplained shortage as its own', () => {
    const shares = (missing: bigint) => {
      const now = snapshotOf();
      const held = evaluate([totalShares], viewOf({ now }))[0]?.result;
      const expected = 'numbers' in (held as object) ? (held as { numbers: Quantity[] }).numbers : [];
      const actual = (expected.find(({ name }) => name === 'expected shares')?.value ?? 0n) - missing;
      return { ...now, actualShares: read(actual) };
    };
    const base = { block: 900, shares: units(1_000), isExact: true };
    const of = (missing: bigint, change: bigint, openingPrice: bigint) => {
      const recent = change === 0n ? [] : [{ block: 950, shares: change }];
      const openShorts = [{ maturity: 1, bonds: units(50), openingPrice, closingPrice: openingPrice }];
      const ledger = withChanges(emptyLedger(base), 1_000, recent);
      const view = viewOf({
        now: shares(missing),
        diagnostics: { events: [], openShorts, shortsLedger: ledger },
      });
      return endpointResultOf('a', totalShares, { view });
    };
    expect(of(units(0.1), 0n, units(1.1))).toMatchObject({ fails: true, isItsOwn: true });
    expect(of(units(0.1), 1n, units(1.1))).toMatchObject({
      fails: true,
      isItsOwn: false,
      says: expect.stringContaining('(by the events that this bot has counted)'),
    });
    expect(of(units(0.1), 0n, units(1.2))).toMatchObject({ fails: true, isItsOwn: false });
    // More than any loss explains.
    expect(of(units(100), 1n, units(1.2))).toMatchObject({ fails: true, isItsOwn: true });
  });
  it('counts a finding below critical as no failure', () => {
    expect(endpointResultOf('a', negativeInterest, { view: fallen(true) })).toMatchObject({ fails: false });
  });
});

describe('the combination of endpoints’ results', () => {
  it.each([
    ['both agree', [opinion(true), opinion(true)], true, true, true],
    ['both agree, of one operator', [opinion(true, true, 'x'), opinion(true, true, 'x')], true, false, true],
    [
      'two of three see it, of one operator',
      [opinion(true, true, 'x'), opinion(true, true, 'x'), opinion(undefined, true, 'y')],
      true,
      false,
      false,
    ],
    ['one could not be asked', [opinion(true), opinion(undefined)], true, false, false],
    ['one relies on the bot’s stored price', [opinion(true), opinion(true, false)], true, false, true],
    ['one differs', [opinion(true), opinion(false)], false, false, false],
    ['none sees it', [opinion(false), opinion(false)], false, false, false],
    ['none could be asked', [opinion(undefined), opinion(undefined)], true, false, false],
    ['two of three see it', [opinion(true), opinion(false), opinion(true)], true, true, false],
    ['one of three sees it', [opinion(true), opinion(false), opinion(false)], false, false, false],
    [
      'the third could not be asked either',
      [opinion(true), opinion(false), opinion(undefined)],
      false,
      false,
      false,
    ],
    ['a third makes up for one', [opinion(true), opinion(undefined), opinion(true)], true, true, false],
    [
      'two of three, by what is remembered',
      [opinion(true, false), opinion(false), opinion(true)],
      true,
      false,
      false,
    ],
  ])('%s', (_, opinions, confirmed, certain, settled) => {
    const text = opinions.map(() => 'a: so').join('; ');
    expect(confirmation(opinions)).toMatchObject({ confirmed, certain, settled, text });
  });
});
