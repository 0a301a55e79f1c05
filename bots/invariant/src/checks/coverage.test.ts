import { describe, expect, it } from '@jest/globals';
import { one } from '@service-bots/core/hyperdrive';
import type { ReadResult } from '@service-bots/core/rpc';
import fc from 'fast-check';
import { blockOf, day, noon, poolOf, read, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import type { MarketState, Snapshot } from '../readings/index.ts';
import { evaluate } from './evaluate.ts';
import { checks, type View } from './index.ts';

// No case may fall between checks. For each state the test asserts the failing checks, and that a check which
// leaves its case to another leaves it to a check that fails.

const reverted: ReadResult<never> = {
  ok: false,
  reason: 'the call reverted without a reason',
  reverted: true,
};
const nothing: ReadResult<never> = { ok: false, reason: 'it returned nothing', unusable: true };
const zMin = poolOf().config.minimumShareReserves;
const before = snapshotOf({}, { block: blockOf(999, noon - 12) });
const history = {
  moments: [{ block: 999, time: noon - 3_600, vaultSharePrice: units(1.1), weightedSpotPrice: units(0.999) }],
};
/** No positions, and hardly any shares behind many LP shares: the state of a drained pool. */
const drained = (z: bigint): Partial<MarketState> => ({
  shareReserves: z,
  longsOutstanding: 0n,
  longExposure: 0n,
  shortsOutstanding: 0n,
});
const manyLpShares = read(units(1_000_000));
const enough = read(units(100_000));
/** A pool whose vault does not answer: only its own storage is readable. */
const silentVault = { vaultSharePrice: reverted, lpSharePrice: reverted, actualShares: reverted };
const gone: Partial<Snapshot> = {
  market: nothing,
  vaultSharePrice: nothing,
  lpSharePrice: nothing,
  lpTotalSupply: nothing,
  withdrawalSharesProceeds: nothing,
  governanceFees: nothing,
  actualShares: nothing,
  weightedSpotPrice: nothing,
  pastCheckpoints: nothing,
  latestCheckpoint: nothing,
};

const now = (market: Partial<MarketState> = {}, changes: Partial<Snapshot> = {}) =>
  snapshotOf(market, { actualShares: enough, ...changes });
/** The LP share price if nothing happened since the block before. */
const priceThen = now().lpSharePrice;
const withPast = (at: Snapshot): View => viewOf({ now: at, before, history });

type State = [name: string, now: Snapshot, failing: string[]];
const states: State[] = [
  ['healthy', now(), []],
  ['z = zMin', now(drained(zMin), { lpTotalSupply: manyLpShares }), ['present-value']],
  ['z = zMin + 1', now(drained(zMin + 1n), { lpTotalSupply: manyLpShares }), ['present-value']],
  ['z = zMin + 5e5', now(drained(zMin + 500_000n), { lpTotalSupply: manyLpShares }), ['present-value']],
  [
    'z a little more, price just above 0',
    now(drained(zMin + 10n ** 9n), { lpTotalSupply: manyLpShares }),
    ['present-value'],
  ],
  [
    'z = zMin with longs',
    now({ shareReserves: zMin }, { lpTotalSupply: manyLpShares }),
    ['solvency', 'present-value'],
  ],
  [
    'z < zMin',
    now(drained(zMin - 1n), { lpTotalSupply: manyLpShares }),
    ['solvency', 'minimum-share-reserves', 'present-value'],
  ],
  ['price 0 by the contract alone', now({}, { lpSharePrice: read(0n) }), ['present-value']],
  ['the present value reverts', now({}, { lpSharePrice: reverted }), ['present-value']],
  ['LP supply 0', now({}, { lpTotalSupply: read(0n) }), ['present-value']],
  ['c = 0', now({}, { vaultSharePrice: read(0n), lpSharePrice: read(0n) }), ['vault-answers']],
  [
    'c = 0 without longs',
    now({ longExposure: 0n }, { vaultSharePrice: read(0n), lpSharePrice: read(0n) }),
    ['vault-answers'],
  ],
  ['the vault reverts', now({}, silentVault), ['vault-answers']],
  [
    'the vault answers with nothing',
    now({}, { ...silentVault, vaultSharePrice: nothing }),
    ['vault-answers'],
  ],
  ['the code is gone', now({}, gone), ['pool-answers']],
  ['the code is another', now({}, { ...gone, market: reverted }), ['pool-answers']],
  [
    'z − ζ = 0',
    now({ ...drained(units(1_000)), shareAdjustment: units(1_000) }, { lpSharePrice: priceThen }),
    ['present-value'],
  ],
  [
    'y = 0',
    now({ ...drained(units(1_000)), bondReserves: 0n }, { lpSharePrice: priceThen }),
    ['present-value'],
  ],
  ['not initialised, with reserves', now({ isInitialized: false }), ['minimum-share-reserves']],
  [
    'never initialised',
    now(
      { isInitialized: false, ...drained(0n), bondReserves: 0n },
      { lpTotalSupply: read(0n), lpSharePrice: read(0n) },
    ),
    [],
  ],
];

/** Returns verdicts that leave a case to a check that does not fail. */
function orphansOf(view: View) {
  const verdicts = evaluate(checks, view);
  const fails = (name: string) =>
    verdicts.some(({ check, result }) => check.name === name && result.outcome === 'fails');
  return verdicts
    .flatMap(({ check, result }) => ('see' in result && result.see ? [[check.name, result.see]] : []))
    .filter(([, see]) => !fails(see as string));
}
const failingIn = (view: View) =>
  evaluate(checks, view).flatMap(({ check, result }) => (result.outcome === 'fails' ? [check.name] : []));
/** Returns cases that no alert names: neither a separate one nor the one about undecided checks. */
const undecidedIn = (view: View) =>
  evaluate(checks, view).flatMap(({ check, result }) =>
    result.outcome === 'indeterminate' && result.see === undefined ? [`${check.name}: ${result.reason}`] : [],
  );

describe('each state of a pool', () => {
  it.each(states)(
    '%s: raises exactly the alerts it should, with a past and without one',
    (_, at, failing) => {
      for (const view of [withPast(at), viewOf({ now: at })]) {
        expect(failingIn(view)).toEqual(failing);
        expect(orphansOf(view)).toEqual([]);
        expect(undecidedIn(view)).toEqual([]);
      }
    },
  );

  /** Prices of a look-back ago: none known, lower, the same, higher. */
  const pasts: [string, View['history'], boolean][] = [
    ['nothing', { moments: [] }, false],
    ...([1.0, 1.1, 1.2] as const).map((price): [string, View['history'], boolean] => [
      String(price),
      { moments: [{ block: 999, time: noon - 3_600, vaultSharePrice: units(price), weightedSpotPrice: 0n }] },
      price > 1.1,
    ]),
  ];
  it.each(states)('%s: is raised after every other state and every past of the vault', (_, at, failing) => {
    for (const [name, then] of states)
      for (const [price, past, isFall] of pasts) {
        const about = `${name}, vault share price ${price}`;
        const earlier = { ...then, block: blockOf(999, noon - 12) };
        const view = viewOf({ now: at, before: earlier, history: past });
        const found = failingIn(view);
        expect([about, orphansOf(view)]).toEqual([about, []]);
        // The snapshot's own findings stay, regardless of the past; additional findings come from checks that
        // compare with it.
        expect([about, failing.filter(check => !found.includes(check))]).toEqual([about, []]);
        const more = found.filter(check => !failing.includes(check));
        const compared = ['lp-share-price', ...(isFall ? ['negative-interest'] : [])];
        expect([about, more.filter(check => !compared.includes(check))]).toEqual([about, []]);
        const hasPrice = at.vaultSharePrice.ok && at.vaultSharePrice.value > 0n;
        if (isFall && hasPrice)
          expect([about, found]).toEqual([about, expect.arrayContaining(['negative-interest'])]);
        // Every undecided case has an alert, except a case that only the block before keeps undecided.
        const undecided = undecidedIn(view).filter(
          text => !/^lp-share-price: .*(block 999|in another way than this bot does)/.test(text),
        );
        expect([about, undecided]).toEqual([about, []]);
      }
  });

  it.each(states.filter(([, , failing]) => failing.length > 0))('%s: is critical', (_, at) => {
    const severities = evaluate(checks, withPast(at)).flatMap(({ check, result }) =>
      result.outcome === 'fails' ? [result.severity ?? check.severity] : [],
    );
    expect(new Set(severities)).toEqual(new Set(['critical']));
  });

  it.each(states)('%s: uses no words of the arithmetic in its texts', (_, at) => {
    const texts = evaluate(checks, withPast(at)).flatMap(({ result }) =>
      'message' in result ? [result.message] : 'reason' in result ? [result.reason] : [],
    );
    for (const text of texts)
      expect(text).not.toMatch(/division by zero|divided by 0|is negative|undefined|NaN|0n/);
  });

  it('a fall of the LP share price to almost nothing is present-value’s, any other lp-share-price’s', () => {
    const fallen = (part: bigint) => {
      const { lpSharePrice } = now();
      const price = lpSharePrice.ok ? lpSharePrice.value / part : 0n;
      return failingIn(withPast(now({}, { lpSharePrice: read(price) })));
    };
    for (const part of [2n, 1_000n, 900_000n]) expect(fallen(part)).toContain('lp-share-price');
    for (const part of [10_000_000n, 10n ** 17n]) {
      expect(fallen(part)).toContain('present-value');
      expect(fallen(part)).not.toContain('lp-share-price');
    }
  });

  const amount = fc.oneof(
    fc.constantFrom(0n, 1n, zMin - 1n, zMin, zMin + 1n, zMin + 500_000n, units(1_000)),
    fc.bigInt({ min: 0n, max: units(5_000) }),
  );
  const reading = fc.oneof(
    fc.constantFrom<ReadResult<bigint>>(read(0n), reverted, nothing, unread, read(units(1)), read(1n)),
    fc.bigInt({ min: 0n, max: units(5) }).map(read),
  );
  const anySnapshot = fc
    .record({
      market: fc.record({
        shareReserves: amount,
        bondReserves: amount,
        longExposure: amount,
        longsOutstanding: amount,
        shortsOutstanding: amount,
        shareAdjustment: fc.oneof(
          amount,
          amount.map(value => -value),
        ),
        isInitialized: fc.boolean(),
        isPaused: fc.boolean(),
        zombieShareReserves: amount,
        longAverageMaturityTime: fc
          .integer({ min: noon - 9 * day, max: noon + 7 * day })
          .map(at => BigInt(at) * one),
        shortAverageMaturityTime: fc
          .integer({ min: noon - 9 * day, max: noon + 7 * day })
          .map(at => BigInt(at) * one),
      }),
      silence: fc.constantFrom(undefined, undefined, undefined, nothing, reverted, unread),
      vaultSharePrice: reading,
      lpSharePrice: reading,
      lpTotalSupply: reading,
      actualShares: reading,
    })
    .map(({ market, silence, ...readings }) => {
      return { ...now(), ...readings, market: silence ?? read(market as MarketState) } as Snapshot;
    });

  it('leaves no condition to a silent check in any state, and always raises worthless LP shares', () => {
    fc.assert(
      fc.property(anySnapshot, fc.boolean(), fc.boolean(), (at, hasBefore, hasHistory) => {
        const view = viewOf({
          now: at,
          ...(hasBefore ? { before } : {}),
          ...(hasHistory ? { history } : {}),
        });
        expect(orphansOf(view)).toEqual([]);
        const { market, lpSharePrice, lpTotalSupply, vaultSharePrice } = at;
        const told = [...failingIn(view), ...undecidedIn(view)];
        const isWorthless = lpSharePrice.ok && lpSharePrice.value < units(0.000001);
        const hasLps = lpTotalSupply.ok && lpTotalSupply.value > 0n;
        if (isWorthless && hasLps) expect(told).not.toEqual([]);
        if (market.ok && market.value.isInitialized && lpTotalSupply.ok && lpTotalSupply.value === 0n)
          expect(told).not.toEqual([]);
        if (!vaultSharePrice.ok || vaultSharePrice.value === 0n || !market.ok) expect(told).not.toEqual([]);
        // Each cause is reported by a single check.
        if (market.ok && vaultSharePrice.ok && vaultSharePrice.value === 0n)
          for (const check of [
            'solvency',
            'total-shares',
            'present-value',
            'lp-share-price',
            'negative-interest',
          ])
            expect(failingIn(view)).not.toContain(check);
        const ofPrice = failingIn(view).filter(name => name === 'present-value' || name === 'lp-share-price');
        if (isWorthless) expect(ofPrice).not.toContain('lp-share-price');
      }),
      { numRuns: 2_000 },
    );
  });
});
