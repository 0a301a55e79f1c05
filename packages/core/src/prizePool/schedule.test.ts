import { describe, expect, it } from '@jest/globals';
import { anchorAtOrAfter, anchorText, parseAnchor, weekSeconds } from './schedule.ts';

/** Seconds since 1970. */
const at = (text: string) => Date.parse(text) / 1000;

const wednesday = { weekday: 3, hour: 13, minute: 0 };
const sunday = { weekday: 0, hour: 1, minute: 0 };

describe('anchorAtOrAfter', () => {
  it.each([
    ['the same week', wednesday, '2026-11-21T12:00:00Z', '2026-11-25T13:00:00Z'],
    ['a second before it', wednesday, '2026-11-25T12:59:59Z', '2026-11-25T13:00:00Z'],
    ['the very second', wednesday, '2026-11-25T13:00:00Z', '2026-11-25T13:00:00Z'],
    ['a second after it', wednesday, '2026-11-25T13:00:01Z', '2026-12-02T13:00:00Z'],
    ['over a weekend', sunday, '2026-11-21T12:00:00Z', '2026-11-22T01:00:00Z'],
    ['over the end of a year', sunday, '2026-12-31T00:00:00Z', '2027-01-03T01:00:00Z'],
    ['over a leap day', sunday, '2028-02-28T00:00:00Z', '2028-03-05T01:00:00Z'],
    [
      'the first second of a week',
      { weekday: 4, hour: 0, minute: 0 },
      '1970-01-01T00:00:00Z',
      '1970-01-01T00:00:00Z',
    ],
    [
      'the last minute of a week',
      { weekday: 3, hour: 23, minute: 59 },
      '2026-11-26T00:00:00Z',
      '2026-12-02T23:59:00Z',
    ],
  ])('default: %s', (_, anchor, time, expected) => {
    expect(anchorAtOrAfter(anchor, at(time))).toBe(at(expected));
  });

  it('behavior: a fraction of a second after it is after it', () => {
    const anchorAt = at('2026-11-25T13:00:00Z');
    expect(anchorAtOrAfter(wednesday, anchorAt - 0.001)).toBe(anchorAt);
    expect(anchorAtOrAfter(wednesday, anchorAt + 0.001)).toBe(anchorAt + weekSeconds);
  });

  it('behavior: the clocks that change for winter and summer change nothing: it is UTC', () => {
    // Europe went back on 2026-10-25, America on 2026-11-01.
    const weeks = ['2026-10-21', '2026-10-28', '2026-11-04', '2026-11-11'].map(day => at(`${day}T13:00:00Z`));
    for (const [i, week] of weeks.slice(1).entries())
      expect(anchorAtOrAfter(wednesday, (weeks[i] as number) + 1)).toBe(week);
  });
});

describe('parseAnchor', () => {
  it.each([
    [['Wed', '13'], wednesday],
    [['Sun', '01'], sunday],
    [['sun', '1'], sunday],
    [['SAT', '23', '59'], { weekday: 6, hour: 23, minute: 59 }],
  ])('default: %j', (parts, expected) => {
    expect(parseAnchor(parts)).toEqual(expected);
  });

  it.each([
    [[], 'is not address:weekday:hour or address:weekday:hour:minute'],
    [['Wed'], 'is not address:weekday:hour or address:weekday:hour:minute'],
    [['Wed', '13', '00', '00'], 'is not address:weekday:hour or address:weekday:hour:minute'],
    [['Wednesday', '13'], 'has no weekday of Sun, Mon, Tue, Wed, Thu, Fri, Sat after the address'],
    [['', '13'], 'has no weekday of Sun, Mon, Tue, Wed, Thu, Fri, Sat after the address'],
    [['Wed', '24'], 'has no hour from 0 to 23 (UTC) where one belongs'],
    [['Wed', '1pm'], 'has no hour from 0 to 23 (UTC) where one belongs'],
    [['Wed', '-1'], 'has no hour from 0 to 23 (UTC) where one belongs'],
    [['Wed', ''], 'has no hour from 0 to 23 (UTC) where one belongs'],
    [['Wed', '13', '60'], 'has no minute from 0 to 59 (UTC) where one belongs'],
    [['Wed', '13', ''], 'has no minute from 0 to 59 (UTC) where one belongs'],
  ])('behavior: %j is refused', (parts, problem) => {
    expect(() => parseAnchor(parts)).toThrow(problem);
  });

  it('behavior: is written back as people read it', () => {
    expect(anchorText(parseAnchor(['wed', '13']))).toBe('Wed 13:00 UTC');
    expect(anchorText(parseAnchor(['Sun', '1', '5']))).toBe('Sun 01:05 UTC');
  });
});
