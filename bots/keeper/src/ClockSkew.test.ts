import { describe, expect, it } from '@jest/globals';
import { ClockSkew } from './ClockSkew.ts';

/** Shows it one head after the other, each read so many ms after its own time. */
function looks(ages: readonly number[], toleranceSeconds = 5) {
  const skew = new ClockSkew(toleranceSeconds, 400);
  return ages.map((age, i) => skew.look({ number: i, timestamp: 1_000 + i }, (1_000 + i) * 1000 + age));
}
const last = (ages: readonly number[]) => looks(ages).at(-1);
const fine = { check: 'clock-skew', failing: false };

describe('ClockSkew', () => {
  it('default: makes no observation before the third head, and then observes a right clock', () => {
    expect(looks([200, 800, 1_300, 400])).toEqual([undefined, undefined, fine, fine]);
  });

  it('behavior: this clock is behind when every head seems to come from the future', () => {
    expect(last([-5_001, -7_000, -6_000])).toMatchObject({
      failing: true,
      message: expect.stringMatching(
        /^this machine's clock is 5\.0 s behind the chain's: commits miss their anchors/,
      ),
      data: { skewMs: 5_001 },
    });
  });

  it('behavior: this clock is ahead when every head seems too old, its whole second and block time allowed for', () => {
    expect(last([6_401, 9_000, 7_000])).toMatchObject({
      failing: true,
      message: expect.stringMatching(/^this machine's clock is 5\.0 s ahead of the chain's/),
      data: { skewMs: 5_001 },
    });
  });

  it.each([
    ['behind', [-5_000, -5_000, -5_000]],
    ['ahead', [6_400, 6_400, 6_400]],
  ])('behavior: the tolerance itself is no skew, %s', (_, ages) => {
    expect(last(ages)).toEqual(fine);
  });

  it('behavior: a single late head, or a head from the future, is no skew', () => {
    expect(last([300, 60_000, 500])).toEqual(fine);
    expect(last([300, -60_000, 500])).toEqual(fine);
  });

  it('behavior: three in a row are, and it ends with the first that is right', () => {
    expect(looks([300, 60_000, 60_000, 60_000, 300]).map(found => found?.failing)).toEqual([
      undefined,
      undefined,
      false,
      true,
      false,
    ]);
  });

  it('behavior: a chain that stands still, or a node that lags, is no evidence about the clock', () => {
    const skew = new ClockSkew(5, 400);
    const ages = [0, 0, 0].map((_, i) => skew.look({ number: i, timestamp: i }, i * 1000));
    expect(ages.at(-1)).toEqual(fine);
    expect(skew.look({ number: 2, timestamp: 2 }, 3_600_000)).toBeUndefined();
    expect(skew.look({ number: 1, timestamp: 1 }, 3_600_000)).toBeUndefined();
  });
});
