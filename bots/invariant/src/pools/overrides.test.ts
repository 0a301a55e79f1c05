import { describe, expect, it } from '@jest/globals';
import { SetupError } from '@service-bots/core/errors';
import { assertListed, noOverrides, parseOverrides, settingsOf } from './overrides.ts';

const pool = '0xcA11bde05977b3631167028862bE2a173976CA11';
const problemsOf = (yaml: string) => {
  try {
    parseOverrides(yaml, 'o.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(SetupError);
    return (error as Error).message;
  }
  throw new Error('there is nothing wrong with it');
};

describe('overrides', () => {
  it('default: everything that can be said of a pool', () => {
    const overrides = parseOverrides(
      `
# for all pools
warnBelow: { solvency: 5 }
pools:
  ${pool.toLowerCase()}:
    name: ElementDAO 182 Day Morpho Blue wstETH/USDA Hyperdrive
    totalSharesTolerance: 10000000000000
    sharePriceNoise: 25
    lookBackHours: 12
    baseIsYield: true
    warnBelow: { present-value: 0.5 }
    mute:
      - { check: price-spike, until: 2026-12-31, reason: a large trade that we know of }
`,
      'o.yaml',
    );
    expect(overrides.pools?.[pool]?.baseIsYield).toBe(true);
    expect(settingsOf(overrides, pool, 18)).toEqual({
      totalSharesTolerance: 10n ** 13n,
      sharePriceNoise: 25n,
      lookBackSeconds: 12 * 3_600,
      mutes: [
        {
          check: 'price-spike',
          until: Date.parse('2026-12-31T23:59:59Z'),
          reason: 'a large trade that we know of',
        },
      ],
      warnBelow: { solvency: 5n * 10n ** 16n, 'present-value': 5n * 10n ** 15n },
    });
  });

  // As doubles, 1.1 · 3600 is 3960.0000000000005.
  it.each([
    ['1.1', 3_960],
    ['4.1', 14_760],
  ])('a look-back of %s hours is %i whole seconds', (hours, seconds) => {
    const overrides = parseOverrides(`pools: { "${pool}": { lookBackHours: ${hours} } }`, 'o.yaml');
    expect(settingsOf(overrides, pool, 18).lookBackSeconds).toBe(seconds);
  });

  it('without any, tolerances follow the decimals', () => {
    expect(settingsOf(noOverrides, pool, 18)).toMatchObject({
      totalSharesTolerance: 10n ** 9n,
      sharePriceNoise: 10n,
      lookBackSeconds: 3_600,
    });
    expect(settingsOf(noOverrides, pool, 6)).toMatchObject({
      totalSharesTolerance: 100n,
      sharePriceNoise: 10n ** 6n,
    });
  });

  it.each([
    ['an empty file', ''],
    ['only a comment', '# nothing yet\n'],
  ])('%s returns no settings', (_, yaml) => {
    expect(parseOverrides(yaml, 'o.yaml')).toEqual({});
  });

  it.each([
    [
      'a check that does not exist',
      `pools: { "${pool}": { mute: [{ check: solvent, until: 2026-12-31, reason: x }] } }`,
      'is not one of solvency',
    ],
    ['a warning level for one', 'warnBelow: { solvent: 5 }', 'is not one of solvency'],
    [
      'a field that does not exist',
      `pools: { "${pool}": { tolerance: 5 } }`,
      'tolerance: there is no such field; there are name, totalSharesTolerance, ',
    ],
    [
      'one beside the pools',
      'warnbelow: {}',
      'warnbelow: there is no such field; there are warnBelow, pools',
    ],
    ['no address', 'pools: { "ElementDAO": { baseIsYield: true } }', 'is not an address'],
    [
      'a fraction of a wei',
      `pools: { "${pool}": { totalSharesTolerance: 1e13 } }`,
      'is not a whole number of wei',
    ],
    [
      'no date',
      `pools: { "${pool}": { mute: [{ check: solvency, until: never, reason: x }] } }`,
      'is not a date, such as 2026-12-31',
    ],
    [
      'a mute without a reason',
      `pools: { "${pool}": { mute: [{ check: solvency, until: 2026-12-31 }] } }`,
      'mute.0.reason',
    ],
    ['a noise of 0', `pools: { "${pool}": { sharePriceNoise: 0 } }`, 'is 0: a price that stays would fail'],
    ['no YAML', 'pools: [', 'o.yaml is no YAML'],
    ['a pool twice', `pools:\n  "${pool}": {}\n  "${pool}": {}\n`, 'o.yaml is no YAML'],
    [
      'a pool twice, spelt differently',
      `pools: { "${pool}": { lookBackHours: 2 }, "${pool.toLowerCase()}": { baseIsYield: true } }`,
      `pools: names ${pool} twice`,
    ],
    ['an absurd look-back', `pools: { "${pool}": { lookBackHours: 9000 } }`, 'is not between'],
  ])('%s is refused, and the error names the mistake', (_, yaml, problem) => {
    expect(problemsOf(yaml)).toContain(problem);
  });

  it('everything that is wrong is listed at once', () => {
    const text = problemsOf(`pools: { "${pool}": { lookBackHours: soon, baseIsYield: maybe } }`);
    expect(text).toContain('lookBackHours: is not a number of hours');
    expect(text).toContain('baseIsYield: is neither true nor false');
  });

  it('a pool that is not listed is refused', () => {
    const overrides = parseOverrides(`pools: { "${pool}": { baseIsYield: true } }`, 'o.yaml');
    expect(() => assertListed(overrides, [pool], 'o.yaml')).not.toThrow();
    expect(() => assertListed(overrides, [], 'o.yaml')).toThrow(`o.yaml is about ${pool}`);
  });
});
